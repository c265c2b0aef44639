package main

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
	"partyline/config"
)

// The tones of those who speak, apart from those of the phrases.
const (
	hostHz, otherHz = 3390, 3190
	voiceAmplitude  = 6000
)

// oration is four callers, two in each of two rooms; the first is a speaker.
type oration struct {
	*crowd
	songs *songbook
}

func newOration(t *testing.T, limits func(*config.Limits), phrases ...string) *oration {
	t.Helper()
	realAudio(t)
	t.Parallel()
	songs := newSongbook(t, phrases...)
	o := songs.options()
	o.change = func(cfg *config.Config) {
		cfg.Prompts = songs.dir
		if limits != nil {
			limits(&cfg.Limits)
		}
	}
	s := &oration{newCrowd(newBridge(t, o), crowdOptions{callers: 4, rooms: 2, record: 60 * time.Second}), songs}
	s.role(0, "speaker")
	where := []int{0, 0, 1, 1}
	s.assign(where)
	must(t, s.api.Do(soon(t), "POST", s.path("/breakouts/start"), map[string]any{"distribution": "plan", "include_speakers": true}, nil))
	s.hears("in their rooms", where)
	s.talk(nobody)
	return s
}

func (s *oration) path(rest string) string { return "/v1/meetings/" + s.meeting.ID + rest }

func (s *oration) role(i int, role string) {
	s.t.Helper()
	must(s.t, s.api.Do(soon(s.t), "PATCH", s.path("/participants/"+s.ids[i]), map[string]any{"role": role}, nil))
}

// press keys something in, and returns where the answer begins in what is heard.
func (s *oration) press(i int, keys string) int64 {
	s.t.Helper()
	from := s.calls[i].Recorder().Pos()
	must(s.t, s.calls[i].SendDigits(soon(s.t), keys))
	return from
}

// hear waits until those callers hear a tone now, that many dB louder than it was said, and the others do not.
func (s *oration) hear(what string, hz, db float64, who ...bool) {
	s.t.Helper()
	for i := range s.calls {
		s.hearAt(i, what, hz, db, who[i])
	}
}

// hearAt is hear of one caller.
func (s *oration) hearAt(i int, what string, hz, db float64, hears bool) {
	s.t.Helper()
	await(s.t, fmt.Sprintf("%s at caller %d", what, i), func() error {
		sound := s.calls[i].Recorder().Last(300 * time.Millisecond)
		got := toneDB(sound, hz, voiceAmplitude)
		heard, silent := got > db-2 && got < db+2, got < -30
		if len(sound) == 0 || hears && !heard || !hears && !silent {
			return fmt.Errorf("the tone is at %.1f dB in %d samples", got, len(sound))
		}
		return nil
	})
}

// saidBroadcast is one as the API has it.
type saidBroadcast struct {
	bridgeapi.Broadcast
	Kind, By, Audio string
	Limit           int `json:"limit_s"`
}

// broadcasts are all there are, once cond is true of them.
func (s *oration) broadcasts(what string, cond func([]saidBroadcast) bool) []saidBroadcast {
	s.t.Helper()
	var list struct{ Items []saidBroadcast }
	await(s.t, what, func() error {
		list.Items = nil
		if err := s.api.Do(s.t.Context(), "GET", s.path("/broadcasts"), nil, &list); err != nil {
			return err
		}
		if !cond(list.Items) {
			return fmt.Errorf("they are %+v", list.Items)
		}
		return nil
	})
	return list.Items
}

// states is a condition of broadcasts.
func states(want ...string) func([]saidBroadcast) bool {
	return func(list []saidBroadcast) bool {
		for i, b := range list {
			if i >= len(want) || b.State != want[i] {
				return false
			}
		}
		return len(list) == len(want)
	}
}

// reached fails unless a broadcast began in both rooms in the same tick, with so many listeners.
func (s *oration) reached(b saidBroadcast, listeners int) {
	s.t.Helper()
	n := 0
	for _, d := range b.Deliveries {
		n += d.Listeners
		if d.Tick == 0 || d.Tick != b.Deliveries[0].Tick {
			s.t.Errorf("receipts: %+v", b.Deliveries)
		}
	}
	if n != listeners || len(b.Deliveries) != 2 {
		s.t.Errorf("receipts: %+v", b.Deliveries)
	}
}

var errNever = errors.New("it is not so")

// TestMessageIsSpokenByTelephone: while a speaker is recorded nobody hears him, nor what he is told; then all rooms hear what
// he has said.
func TestMessageIsSpokenByTelephone(t *testing.T) {
	s := newOration(t, nil, "speak_message", "to_send", "message_sent", "message_heard")
	begun := make([]int64, 4)
	for i, call := range s.calls {
		begun[i] = call.Recorder().Pos()
	}
	host := s.calls[0]
	host.Say(phone.Tone(hostHz, voiceAmplitude))
	s.hear("in his room", hostHz, 0, false, true, false, false)
	from := s.press(0, "*81")
	s.songs.hears(host, from, "speak_message")
	s.hear("while he is recorded", hostHz, 0, false, false, false, false)
	morePackets(t, host.Recorder(), 3*50)
	host.Say(nil)
	from = s.press(0, "#")
	s.songs.hears(host, from, "to_send")
	if list := s.broadcasts("nothing yet", states()); len(list) > 0 {
		t.Errorf("sent %+v", list)
	}
	from = s.press(0, "2")
	await(t, "he hears himself", func() error { return hearsTone(host.Recorder(), from, hostHz, voiceAmplitude) })
	s.songs.hears(host, from, "to_send")
	s.hear("what he hears", hostHz, 0, false, false, false, false)
	from = s.press(0, "1")
	s.songs.hears(host, from, "message_sent")
	s.hear("the message", hostHz, 0, true, true, true, true)
	list := s.broadcasts("the message is over", states("played"))
	s.songs.hears(host, from, "message_heard")
	s.reached(list[0], 4)
	if b := list[0]; b.Kind != "audio" || b.By != s.ids[0] || b.Audio == "" {
		t.Errorf("it is %+v", b)
	}
	for i := 1; i < 4; i++ {
		if said := s.songs.said(s.calls[i], begun[i]); len(said) > 0 {
			t.Errorf("caller %d heard what the speaker was told: %q", i, said)
		}
	}
	s.continuous(s.calls...)
}

// TestEveryoneBroadcasts only where they may; and who is cut by the limit, is silent or hangs up is not broadcast by that.
func TestEveryoneBroadcasts(t *testing.T) {
	limits := func(l *config.Limits) { l.BroadcastRecording.Duration = 5 * time.Second }
	s := newOration(t, limits, "not_in_this_meeting", "speak_message", "message_goes_out", "message_cut", "heard_nothing", "message_cancelled", "message_sent")
	caller := s.calls[2]
	from := s.press(2, "*8")
	s.songs.hears(caller, from, "not_in_this_meeting")
	must(t, s.api.Do(soon(t), "PATCH", s.path(""), map[string]any{"options": map[string]any{"everyone_broadcasts": true}}, nil))

	from = s.press(2, "*8")
	s.songs.hears(caller, from, "speak_message")
	morePackets(t, caller.Recorder(), 100)
	from = s.press(2, "#")
	s.songs.hears(caller, from, "heard_nothing")

	from = s.press(2, "*8")
	s.songs.hears(caller, from, "speak_message")
	from = s.press(2, "*#")
	s.songs.hears(caller, from, "message_cancelled")

	caller.Say(phone.Tone(hostHz, voiceAmplitude))
	from = s.press(2, "*8")
	s.songs.hears(caller, from, "speak_message", "message_cut")
	caller.Say(nil)
	from = s.press(2, "*#")
	s.songs.hears(caller, from, "message_cancelled")
	s.broadcasts("nothing yet", states())

	caller.Say(phone.Tone(hostHz, voiceAmplitude))
	from = s.press(2, "*8")
	s.songs.hears(caller, from, "speak_message")
	s.hear("while he is recorded", hostHz, 0, false, false, false, false)
	morePackets(t, caller.Recorder(), 100)
	caller.Say(nil)
	from = s.press(2, "#") // and no more: pound sends
	s.songs.hears(caller, from, "message_goes_out", "message_sent")
	s.hear("the message", hostHz, 0, true, true, true, true)
	s.reached(s.broadcasts("it is over", states("played"))[0], 4)

	from = s.press(2, "*8")
	s.songs.hears(caller, from, "speak_message")
	morePackets(t, caller.Recorder(), 50)
	must(t, caller.Hangup(soon(t)))
	await(t, "he has gone", func() error {
		people, err := s.api.ByCallID(t.Context(), s.meeting.ID)
		if p, there := people[caller.ID()]; there && p.Location.Room != "" {
			return errNever
		}
		return err
	})
	s.broadcasts("no more", states("played"))
	if n := len(s.app.media.takes.of); n > 0 {
		t.Errorf("%d takes are left", n)
	}
}

// TestLiveByTelephone: all rooms hear a speaker, once, over their own speech, which is lower; he hears his room as it is, also
// after a move; nobody else can do so meanwhile.
func TestLiveByTelephone(t *testing.T) {
	s := newOration(t, nil, "live_after_tone", "somebody_speaks", "live_over", "message_heard")
	host := s.calls[0]
	s.role(1, "speaker")
	host.Say(phone.Tone(hostHz, voiceAmplitude))
	s.calls[3].Say(phone.Tone(otherHz, voiceAmplitude))
	s.hear("the other before", otherHz, 0, false, false, true, false)
	from := s.press(0, "*82")
	s.songs.hears(host, from, "live_after_tone")
	s.hear("live", hostHz, 0, false, true, true, true)
	s.hear("the room beneath", otherHz, -12, false, false, true, false)
	on := s.broadcasts("it goes on", states("playing"))[0]
	if on.Kind != "live" || on.By != s.ids[0] || on.Limit != 300 {
		t.Errorf("it is %+v", on)
	}
	s.reached(on, 3)
	from = s.press(1, "*82")
	s.songs.hears(s.calls[1], from, "somebody_speaks")

	must(t, s.api.Move(soon(t), s.meeting.ID, s.ids[0], s.rooms[1].ID))
	s.participant(s.meeting, host, inRoom(s.rooms[1].ID))
	s.hear("after his move", hostHz, 0, false, true, true, true)
	s.hearAt(0, "what he hears there", otherHz, 0, true)
	s.hearAt(2, "the room beneath", otherHz, -12, true)

	from = s.press(0, "#")
	s.songs.hears(host, from, "live_over", "message_heard")
	s.hear("afterwards", hostHz, 0, false, false, true, true)
	s.hear("the other afterwards", otherHz, 0, true, false, true, false)
	s.broadcasts("it is over", states("played"))
	s.continuous(s.calls...)
}

// TestLiveIsEnded by an admin, by its limit, when he hangs up.
func TestLiveIsEnded(t *testing.T) {
	limits := func(l *config.Limits) { l.BroadcastLive.Duration = 6 * time.Second }
	s := newOration(t, limits, "live_after_tone", "message_stopped", "time_is_up")
	host := s.calls[0]
	host.Say(phone.Tone(hostHz, voiceAmplitude))
	live := func() int64 {
		t.Helper()
		from := s.press(0, "*82")
		s.songs.hears(host, from, "live_after_tone")
		await(t, "live", func() error {
			return hearsTone(s.calls[2].Recorder(), s.calls[2].Recorder().Pos()-phone.Rate, hostHz, voiceAmplitude)
		})
		return from
	}
	from := live()
	id := s.broadcasts("it goes on", states("playing"))[0].ID
	must(t, s.api.Do(soon(t), "DELETE", s.path("/broadcasts/"+id), nil, nil))
	s.songs.hears(host, from, "message_stopped")
	s.hear("once it was stopped", hostHz, 0, false, true, false, false)

	from = live()
	s.songs.hears(host, from, "time_is_up")
	s.hear("after its time", hostHz, 0, false, true, false, false)
	if b := s.broadcasts("its time is up", states("cancelled", "played"))[1]; b.Failed != "the time was up" || b.Limit != 6 {
		t.Errorf("it is %+v", b)
	}

	live()
	must(t, host.Hangup(soon(t)))
	if b := s.broadcasts("he has hung up", states("cancelled", "played", "played"))[2]; b.Failed != "the call of who spoke has ended" {
		t.Errorf("it is %+v", b)
	}
	for _, call := range s.calls[1:] {
		await(t, "silence", func() error {
			if db := toneDB(call.Recorder().Last(300*time.Millisecond), hostHz, voiceAmplitude); db > -30 {
				return fmt.Errorf("the tone is at %.1f dB", db)
			}
			return nil
		})
	}
}
