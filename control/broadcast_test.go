package control_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"partyline/control"
	"partyline/control/controltest"
)

func TestBroadcastsAreJudged(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 1, nil)
	p, host := sc.call("1"), sc.web("host", control.Speaker)
	sc.do(control.AddAudio{Audio: control.Audio{ID: "aud_1", DurationMS: 10, Bytes: 80}})
	for name, c := range map[string]struct {
		send control.SendBroadcast
		code control.Code
	}{
		"nothing":                   {control.SendBroadcast{}, control.CodeInvalid},
		"no name of a prompt":       {control.SendBroadcast{Prompt: "../etc"}, control.CodeInvalid},
		"two things":                {control.SendBroadcast{Prompt: "a", Audio: "aud_1"}, control.CodeInvalid},
		"no such recording":         {control.SendBroadcast{Audio: "aud_2"}, control.CodeNotFound},
		"a blank text":              {control.SendBroadcast{Text: " \n "}, control.CodeInvalid},
		"a text with a bell":        {control.SendBroadcast{Text: "ding\a"}, control.CodeInvalid},
		"too long a text":           {control.SendBroadcast{Text: strings.Repeat("a\n", 1001)}, control.CodeInvalid},
		"no such priority":          {control.SendBroadcast{Prompt: "a", Priority: "high"}, control.CodeInvalid},
		"no language":               {control.SendBroadcast{Prompt: "a", Language: "../en"}, control.CodeInvalid},
		"a language of a recording": {control.SendBroadcast{Audio: "aud_1", Language: "en"}, control.CodeInvalid},
		"no such room":              {control.SendBroadcast{Prompt: "a", Rooms: []control.RoomID{"main", "room_9"}}, control.CodeNotFound},
		"a room twice":              {control.SendBroadcast{Prompt: "a", Rooms: []control.RoomID{"main", "main"}}, control.CodeInvalid},
		"one of the audience":       {control.SendBroadcast{Prompt: "a", By: p}, control.CodeNotAllowed},
		"nobody":                    {control.SendBroadcast{Prompt: "a", By: "par_x"}, control.CodeNotFound},
	} {
		c.send.ID = "bct_1"
		if _, _, err := control.Decide(sc.s, c.send, control.Meta{}, sc.now); err == nil {
			t.Errorf("%s is taken", name)
		}
		sc.refused(c.send, c.code)
	}
	events, _ := sc.do(control.SendBroadcast{ID: "bct_1", Text: "Hello,\r\n  Wörld ", Priority: control.PriorityUrgent, By: host, Rooms: []control.RoomID{"main"}})
	want := control.BroadcastSent{ID: "bct_1", Text: "Hello,\nWörld", Language: "en", Priority: "urgent", By: host, Rooms: 1, RoomIDs: []control.RoomID{"main"}}
	if d := cmp.Diff(want, events[0]); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	sc.refused(control.SendBroadcast{ID: "bct_1", Prompt: "a"}, control.CodeInvalid)
	everyone := sc.s.Options
	everyone.EveryoneBroadcasts = true
	sc.do(control.ChangeMeeting{Options: &everyone})
	sc.do(control.SendBroadcast{ID: "bct_2", Prompt: "a", By: p})
}

// TestBroadcastsAreBounded: those that wait, and those of a minute.
func TestBroadcastsAreBounded(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 0, nil)
	host := sc.web("host", control.Speaker)
	n := 0
	send := func(by control.ParticipantID) control.SendBroadcast {
		n++
		return control.SendBroadcast{ID: control.BroadcastID(fmt.Sprint("bct_", n)), Prompt: "a", By: by}
	}
	for range control.MaxOwnPerMinute {
		sc.do(send(host))
	}
	sc.refused(send(host), control.CodeRateLimited)
	for range control.MaxQueued - control.MaxOwnPerMinute {
		sc.do(send(""))
	}
	sc.refused(send(""), control.CodeLimit)
	sc.do(control.LoseBroadcasts{Reason: "x"})
	for range control.MaxPerMinute - control.MaxQueued {
		sc.do(send(""))
	}
	sc.refused(send(""), control.CodeRateLimited)
	sc.now = sc.now.Add(time.Minute)
	for range 9 {
		sc.do(send(host))
		sc.do(control.LoseBroadcasts{Reason: "x"})
		sc.now = sc.now.Add(20 * time.Second)
	}
	for range 100 {
		sc.do(send(""))
		sc.do(control.LoseBroadcasts{Reason: "x"})
		sc.now = sc.now.Add(10 * time.Second)
	}
	if len(sc.s.Broadcasts) != control.MaxBroadcasts {
		t.Errorf("%d broadcasts are remembered", len(sc.s.Broadcasts))
	}
}

// TestReceipts: what each room is said to have heard.
func TestReceipts(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 4, nil)
	a, b, c := sc.call("1"), sc.call("2"), sc.call("3")
	web := sc.web("web", control.Audience)
	sc.do(control.StartBreakouts{Distribution: control.ByManual})
	for p, room := range map[control.ParticipantID]control.RoomID{a: "room_1", b: "room_2", c: "room_3", web: "room_3"} {
		sc.do(control.Move{Participants: ids(p), Room: room})
	}
	begun := []control.Delivery{{Room: "room_1", Listeners: 1, Tick: 9}, {Room: "room_2", Listeners: 1, Tick: 9}, {Room: "room_3", Listeners: 1, Tick: 9}}
	sc.do(control.SendBroadcast{ID: "bct_1", Prompt: "a"})
	sc.do(control.BroadcastBegan{ID: "bct_1", Deliveries: begun})
	sc.wantEvents(control.BroadcastBegan{ID: "bct_1", Failed: "late"}, "")
	sc.do(control.Move{Participants: ids(a), Room: "room_4"})
	sc.do(control.DeleteRoom{Room: "room_2"})
	sc.now = sc.now.Add(time.Second)
	late := append(begun, control.Delivery{Room: "room_4", Listeners: 1, Tick: 20}, control.Delivery{Room: control.MainRoom, Listeners: 1, Tick: 21})
	sc.do(control.BroadcastOver{ID: "bct_1", Deliveries: late, Whole: true})
	want := []control.Delivery{
		{Room: "room_1", Listeners: 1, Tick: 9, Outcome: control.DeliveryEmptied},
		{Room: "room_2", Listeners: 1, Tick: 9, Outcome: control.DeliveryDeleted},
		{Room: "room_3", Listeners: 1, Tick: 9, Web: 1, Outcome: control.BroadcastPlayed},
		{Room: "room_4", Listeners: 1, Tick: 20, Outcome: control.BroadcastPlayed},
		{Room: control.MainRoom, Listeners: 1, Tick: 21, Outcome: control.BroadcastPlayed},
	}
	got := sc.s.Broadcasts["bct_1"]
	if d := cmp.Diff(want, got.Deliveries); d != "" || got.State != control.BroadcastPlayed || !got.EndedAt.Equal(sc.now) {
		t.Errorf("%s at %v, -want +got:\n%s", got.State, got.EndedAt, d)
	}
	sc.wantEvents(control.BroadcastOver{ID: "bct_1"}, "")
	sc.refused(control.CancelBroadcast{ID: "bct_1"}, control.CodeWrongState)

	sc.do(control.SendBroadcast{ID: "bct_2", Prompt: "a", PhonesOnly: true, Rooms: []control.RoomID{"room_1", "room_3"}})
	sc.do(control.BroadcastBegan{ID: "bct_2", Deliveries: begun[2:]})
	sc.wantEvents(control.CancelBroadcast{ID: "bct_2"}, "broadcast.ended")
	sc.wantEvents(control.CancelBroadcast{ID: "bct_2"}, "")
	sc.wantEvents(control.BroadcastOver{ID: "bct_2"}, "")
	want = []control.Delivery{{Room: "room_1", Outcome: control.DeliveryNobody}, {Room: "room_3", Listeners: 1, Tick: 9, Outcome: control.BroadcastCancelled}}
	if d := cmp.Diff(want, sc.s.Broadcasts["bct_2"].Deliveries); d != "" {
		t.Errorf("phones only: -want +got:\n%s", d)
	}
	sc.refused(control.CancelBroadcast{ID: "bct_9"}, control.CodeNotFound)
}

// TestLastHeard: what can be repeated to somebody is what was played where he is.
func TestLastHeard(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 2, nil)
	p := sc.call("1")
	sc.do(control.StartBreakouts{Distribution: control.ByManual})
	want := func(when string, id control.BroadcastID) {
		t.Helper()
		got := control.BroadcastID("")
		if b := sc.s.LastHeard(p); b != nil {
			got = b.ID
		}
		if got != id {
			t.Errorf("%s: %q, want %q", when, got, id)
		}
	}
	play := func(id control.BroadcastID, rooms ...control.RoomID) {
		sc.do(control.SendBroadcast{ID: id, Prompt: "a", Rooms: rooms})
		sc.do(control.BroadcastBegan{ID: id})
		sc.do(control.BroadcastOver{ID: id, Whole: true})
	}
	want("at first", "")
	play("bct_1")
	want("one to all", "bct_1")
	play("bct_2", "room_2")
	want("one to another room", "bct_1")
	sc.do(control.Move{Participants: ids(p), Room: "room_2"})
	want("in that room", "bct_2")
	sc.do(control.SendBroadcast{ID: "bct_3", Text: "Hello", By: sc.web("host", control.Speaker)})
	want("one that waits", "bct_2")
	sc.do(control.BroadcastBegan{ID: "bct_3"})
	want("one that is being played", "bct_3")
	sc.do(control.CancelBroadcast{ID: "bct_3"})
	want("one that was taken back", "bct_2")
	if b := sc.s.LastHeard("par_nobody"); b != nil {
		t.Errorf("nobody has heard %s", b.ID)
	}
}

// air is a live meeting with a caller in each of two rooms, whose broadcasts last until they are told to end.
type airScene struct {
	*bridge
	m *control.Meeting
}

func onAir(t *testing.T, f func(a *airScene)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t, controltest.NewStore(), nil)
		defer b.stop()
		b.mixer.Hold = true
		m := b.create(2)
		call(t, m, "1")
		call(t, m, "2")
		do(t, m, control.StartBreakouts{})
		b.mixer.Plays()
		f(&airScene{b, m})
		wantReplayed(t, b.store, m)
	})
}

func (a *airScene) send(id, priority string, rooms ...control.RoomID) {
	a.t.Helper()
	do(a.t, a.m, control.SendBroadcast{ID: control.BroadcastID("bct_" + id), Prompt: "a", Priority: priority, Rooms: rooms})
	synctest.Wait()
}

// want compares the states of all broadcasts, and what has been played since.
func (a *airScene) want(when, states string, played ...control.BroadcastID) {
	a.t.Helper()
	synctest.Wait()
	got := read(a.t, a.m, func(s *control.State) string {
		var list []string
		for _, id := range s.BroadcastLog {
			list = append(list, s.Broadcasts[id].State)
		}
		return strings.Join(list, " ")
	})
	if got != states {
		a.t.Errorf("%s: %s, want %s", when, got, states)
	}
	var on []control.BroadcastID
	for _, p := range a.mixer.Plays() {
		if p.Broadcast != "" {
			on = append(on, p.Broadcast)
		}
	}
	if d := cmp.Diff(played, on, cmpopts.EquateEmpty()); d != "" {
		a.t.Errorf("%s: -want +played:\n%s", when, d)
	}
}

func TestBroadcastsTakeTurns(t *testing.T) {
	t.Parallel()
	onAir(t, func(a *airScene) {
		a.send("1", "")
		a.send("2", "")
		a.send("3", "")
		a.want("at first", "playing queued queued", "bct_1")
		a.mixer.Finish("bct_1")
		a.want("then", "played playing queued", "bct_2")
		do(a.t, a.m, control.CancelBroadcast{ID: "bct_3"})
		a.want("one that waits is cancelled", "played playing cancelled")
		a.send("4", "")
		do(a.t, a.m, control.CancelBroadcast{ID: "bct_2"})
		a.want("the one that is played is cancelled", "played cancelled cancelled playing", "bct_4")
		if d := cmp.Diff([]control.BroadcastID{"bct_2"}, a.mixer.Stopped()); d != "" {
			a.t.Errorf("stopped: -want +got:\n%s", d)
		}
	})
}

// TestUrgentBroadcasts go first, and interrupt a normal one, which is played again from its beginning.
func TestUrgentBroadcasts(t *testing.T) {
	t.Parallel()
	onAir(t, func(a *airScene) {
		a.send("1", control.PriorityNormal)
		a.send("2", "")
		a.send("3", control.PriorityUrgent)
		a.want("interrupted", "queued queued playing", "bct_1", "bct_3")
		a.send("4", control.PriorityUrgent)
		a.want("another urgent one waits", "queued queued playing queued")
		a.mixer.Finish("bct_3")
		a.want("urgent ones first", "queued queued played playing", "bct_4")
		a.mixer.Finish("bct_4")
		a.want("then the one that was interrupted", "playing queued played played", "bct_1")
		a.mixer.Finish("bct_1")
		a.want("and the rest", "played playing played played", "bct_2")
	})
}

// TestBroadcastsAmidChanges: what becomes of them when rooms and meetings end.
func TestBroadcastsAmidChanges(t *testing.T) {
	t.Parallel()
	onAir(t, func(a *airScene) {
		a.send("1", "", "room_1")
		a.send("2", "", "room_1")
		a.send("3", "")
		do(a.t, a.m, control.DeleteRoom{Room: "room_1"})
		a.want("its room is deleted", "cancelled failed playing", "bct_1", "bct_3")
		do(a.t, a.m, control.StopBreakouts{Countdown: time.Minute})
		time.Sleep(2 * time.Minute)
		a.want("the breakouts stop", "cancelled failed playing")
		a.send("4", "")
		do(a.t, a.m, control.EndMeeting{})
		a.want("the meeting ends", "cancelled failed cancelled cancelled")
		if d := cmp.Diff([]control.BroadcastID{"bct_1", "bct_3"}, a.mixer.Stopped()); d != "" {
			a.t.Errorf("stopped: -want +got:\n%s", d)
		}
	})
}

// TestStoppedMixerFailsTheBroadcast and is not asked again and again.
func TestStoppedMixerFailsTheBroadcast(t *testing.T) {
	t.Parallel()
	onAir(t, func(a *airScene) {
		a.send("1", "")
		a.mixer.Stop(a.m.ID(), "bct_1") // by itself
		a.want("it stopped", "failed", "bct_1")
		a.mixer.Report = func(control.MeetingID, []int, control.Sound) control.PlayReport {
			return control.PlayReport{Err: errors.New("no such prompt")}
		}
		a.send("2", "")
		a.want("it cannot be played", "failed failed", "bct_2")
		if got := read(a.t, a.m, func(s *control.State) string { return s.Broadcasts["bct_2"].Failed }); got != "no such prompt" {
			a.t.Errorf("because %q", got)
		}
	})
}

// TestStoreDownDuringABroadcast: facts are kept for later, and the next one goes on.
func TestStoreDownDuringABroadcast(t *testing.T) {
	t.Parallel()
	onAir(t, func(a *airScene) {
		a.send("1", "")
		a.send("2", "")
		a.store.Fail(errors.New("full"))
		a.mixer.Finish("bct_1")
		a.want("the store is down", "played playing", "bct_1", "bct_2")
		refused(a.t, a.m, control.CancelBroadcast{ID: "bct_2"}, control.CodeStore)
		a.store.Fail(nil)
		time.Sleep(time.Minute)
		do(a.t, a.m, control.CancelBroadcast{ID: "bct_2"})
		a.want("it is back", "played cancelled")
	})
}

// TestBroadcastsFailWithTheProcess: those that wait and the one that is played, in one append; none is given to the mixer.
func TestBroadcastsFailWithTheProcess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := controltest.NewStore()
		b := newBridge(t, log, nil)
		b.mixer.Hold = true
		m := b.create(0)
		call(t, m, "1")
		for range 3 {
			do(t, m, control.SendBroadcast{Prompt: "a"})
		}
		synctest.Wait()
		b.stop()
		b = newBridge(t, log, nil)
		defer b.stop()
		m, err := b.reg.Meeting(m.ID())
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Read(t.Context(), func(s *control.State) {
			for _, x := range s.Broadcasts {
				if x.State != control.BroadcastFailed || x.Failed != "the bridge was restarted" {
					t.Errorf("%s is %s: %q", x.ID, x.State, x.Failed)
				}
			}
		}); err != nil {
			t.Fatal(err)
		}
		if plays := b.mixer.Plays(); len(plays) > 0 {
			t.Errorf("played: %+v", plays)
		}
	})
}
