package attendant

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"partyline/control"
)

// harmless are the deeds that concern the caller alone, or that he takes back by the same key.
var harmless = []string{string(Mute), string(Unmute), string(Go), string(Raise), string(Lower), "listening volume", string(Ask), string(Withdraw), string(EndLive), "choose a language"}

// TestLostKeysOfEveryCommand keys in every command with one key missing, doubled or late, or one too many before or after it:
// nothing is done to others but what the command does.
func TestLostKeysOfEveryCommand(t *testing.T) {
	t.Parallel()
	const audience, speaker = control.Audience, control.Speaker
	for _, c := range []struct {
		role control.Role
		idle bool // the breakouts are not open
		keys string
		deed string // what it does; "": nothing
		more string // what one key more may do: the menu goes on
	}{
		{role: audience, keys: "*6", deed: "mute"},
		{role: audience, keys: "*9", deed: "raise hand"},
		{role: audience, keys: "*5", deed: "raise hand"},
		{role: audience, keys: "*0", deed: "ask for help"},
		{role: audience, keys: "*33#", deed: "go"},
		{role: audience, keys: "*30#"},
		{role: audience, keys: "*3#"},
		{role: audience, keys: "*#", deed: "go"},
		{role: audience, keys: "*2"},
		{role: audience, keys: "*1", deed: "listening volume"},
		{role: audience, keys: "*4"},
		{role: audience, keys: "*71"},
		{role: audience, keys: "*3#1", deed: "go"},
		{role: audience, keys: "*3#11", deed: "go"},
		{role: audience, keys: "*8"},
		{role: audience, keys: "*8_#", deed: "broadcast"},
		{role: audience, keys: "*31#", deed: "go"},
		{role: audience, keys: "*32#"},
		{role: audience, keys: "*34#", deed: "go"},
		{role: audience, keys: "*35#"},
		{role: audience, keys: "*36#"},
		{role: audience, keys: "*37#"},
		{role: audience, keys: "*38#"},
		{role: audience, keys: "*39#"},
		{role: audience, keys: "**"},
		{role: audience, keys: "**9"},
		{role: audience, idle: true, keys: "*0"},
		{role: audience, idle: true, keys: "*9", deed: "raise hand"},
		{role: speaker, keys: "*6", deed: "mute"},
		{role: speaker, keys: "*91", deed: "give floor"},
		{role: speaker, keys: "*01", deed: "accept"},
		{role: speaker, keys: "*02", deed: "decline", more: "accept"},
		{role: speaker, keys: "*031", deed: "accept"},
		{role: speaker, keys: "*04", deed: "accept"},
		{role: speaker, keys: "*33#", deed: "go"},
		{role: speaker, keys: "*3#"},
		{role: speaker, keys: "*#"},
		{role: speaker, keys: "*2"},
		{role: speaker, keys: "*1", deed: "listening volume"},
		{role: speaker, keys: "*41", deed: "mute all"},
		{role: speaker, keys: "*71", deed: "lock"},
		{role: speaker, keys: "*531", deed: "bring back"},
		{role: speaker, keys: "*5211", deed: "apply plan"},
		{role: speaker, keys: "*5221", deed: "shuffle"},
		{role: speaker, idle: true, keys: "*511", deed: "start breakouts"},
		{role: speaker, idle: true, keys: "*5211", deed: "start breakouts"},
		{role: speaker, idle: true, keys: "*5221", deed: "shuffle"},
		{role: speaker, idle: true, keys: "*91", deed: "give floor"},
		{role: speaker, keys: "*8", more: "go live"},
		{role: speaker, keys: "*81"},
		{role: speaker, keys: "*81_#1", deed: "broadcast"},
		{role: speaker, keys: "*30#"},
		{role: speaker, keys: "*31#", deed: "go"},
		{role: speaker, keys: "*34#", deed: "go"},
		{role: speaker, keys: "*35#"},
		{role: speaker, keys: "*36#"},
		{role: speaker, keys: "*37#"},
		{role: speaker, keys: "*38#"},
		{role: speaker, keys: "*39#"},
		{role: speaker, keys: "*82", deed: "go live", more: "end live"},
		{role: speaker, keys: "**"},
		{role: speaker, keys: "**9"},
	} {
		t.Run(fmt.Sprintf("%s idle=%v %s", c.role, c.idle, c.keys), func(t *testing.T) {
			t.Parallel()
			if got := (slurred{keys: c.keys}).play(t, c.role, c.idle); c.deed != "" && !slices.Contains(got, c.deed) {
				t.Fatalf("does %q, want %s", got, c.deed)
			}
			for _, way := range slurs(c.keys) {
				for _, got := range way.play(t, c.role, c.idle) {
					if got != c.deed && got != c.more && !slices.Contains(harmless, got) {
						t.Errorf("%v: does %s", way, got)
					}
				}
			}
		})
	}
}

// slurred is a command as it arrives.
type slurred struct {
	keys    string // _: all is said, and the caller speaks for 3 s
	late    int    // this key comes after the lapse; 0: none does
	doubled bool   // twice the same key comes at once
}

func (s slurred) String() string {
	if s.late > 0 {
		return fmt.Sprintf("%s, late from %s on", s.keys, s.keys[s.late:])
	}
	return s.keys
}

// slurs are all ways in which a command can go wrong by one key.
func slurs(keys string) (ways []slurred) {
	for i, key := range keys {
		if key == '_' {
			continue
		}
		ways = append(ways,
			slurred{keys: keys[:i] + keys[i+1:]},
			slurred{keys: keys[:i+1] + keys[i:], doubled: true})
		if i > 0 {
			ways = append(ways, slurred{keys: keys, late: i})
		}
	}
	for _, extra := range "0123456789*#" {
		ways = append(ways, slurred{keys: string(extra) + keys}, slurred{keys: keys + string(extra)})
	}
	return ways
}

// play keys it in, every key 600 ms after the last, and says what is done then.
func (s slurred) play(t *testing.T, role control.Role, idle bool) []string {
	t.Helper()
	h := newHall(t, role)
	if idle {
		h.must(control.StopBreakouts{})
		h.rest()
	}
	for i := range len(s.keys) {
		if s.keys[i] == '_' {
			h.speak(3 * time.Second)
			continue
		}
		after := 600 * time.Millisecond
		switch {
		case s.late > 0 && i == s.late:
			after = starLapse + 100*time.Millisecond
		case s.doubled && i > 0 && s.keys[i] == s.keys[i-1]:
			after = 150 * time.Millisecond
		}
		h.press(after, s.keys[i])
	}
	h.rest()
	return h.done
}

// speak hears what is said to its end, and then talks.
func (h *hall) speak(d time.Duration) {
	for range 10 {
		if h.machine.speaking {
			h.tell(Played{})
		}
	}
	h.pass(d)
}

// FuzzHall lets a caller press anything at any time while anything happens in his meeting: he is asked one question at a time,
// does nothing that his role may not, and always comes back to listening and talking.
func FuzzHall(f *testing.F) {
	f.Add([]byte("*511*531*91"), uint64(1))
	f.Add([]byte("**9*7*0112*33#"), uint64(2))
	f.Fuzz(func(t *testing.T, keys []byte, seed uint64) {
		hallRun(t, keys[:min(len(keys), 300)], seed)
	})
}

func TestRandomHalls(t *testing.T) {
	t.Parallel()
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 3))
		keys := make([]byte, 120)
		for i := range keys {
			keys[i] = "0123456789*#*****11"[r.IntN(19)]
		}
		hallRun(t, keys, seed)
	}
}

func hallRun(t *testing.T, keys []byte, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 4))
	h := newHall(t, []control.Role{control.Audience, control.Speaker}[r.IntN(2)])
	for _, key := range keys {
		if r.IntN(4) == 0 {
			h.something(r)
		}
		h.deaf = r.IntN(20) == 0
		h.press(time.Duration(r.IntN(1500))*time.Millisecond, key)
	}
	h.deaf = false
	h.rest()
	if len(h.wrong) > 0 {
		t.Errorf("seed %d, %q: does %q as %s", seed, keys, h.wrong, h.state.Participants[h.me].Role)
	}
}

// something happens in the meeting that the caller has no part in.
func (h *hall) something(r *rand.Rand) {
	h.ids++
	id := fmt.Sprint(h.ids)
	role := []control.Role{control.Audience, control.Speaker}[r.IntN(2)]
	someone := []control.ParticipantID{hallMe, hallAda, hallBob, hallCid}[r.IntN(4)]
	room := []control.RoomID{control.MainRoom, "room_1", "room_2", "room_3", "room_4"}[r.IntN(5)]
	commands := []control.Command{
		control.ChangeParticipant{Participant: hallMe, Role: &role},
		control.ChangeParticipant{Participant: hallMe, Muted: new(r.IntN(2) == 0)},
		control.RaiseHand{Participant: someone, Up: r.IntN(3) > 0},
		control.GiveFloor{Participant: someone},
		control.StartBreakouts{Seed: 1}, control.StopBreakouts{}, control.StopBreakouts{Countdown: 10 * time.Second}, control.ShuffleBreakouts{Seed: 2},
		control.AskHelp{ID: control.HelpID("help_" + id + "x"), Participant: someone},
		control.AcceptHelp{Request: "help_1"}, control.DeclineHelp{Request: "help_2"},
		control.Move{Participants: []control.ParticipantID{someone}, Room: room},
		control.ChangeRoom{Room: "room_2", Locked: new(r.IntN(2) == 0)},
		control.MuteAll{Muted: r.IntN(2) == 0}, control.LockMeeting{Locked: r.IntN(2) == 0},
		control.CreateRooms{Rooms: []control.NewRoom{{ID: control.RoomID("room_" + id + "x")}}},
		control.DeleteRoom{Room: room}, control.Due{},
		control.SendBroadcast{ID: control.BroadcastID("bct_" + id), Text: "Hello"},
	}
	err := h.decide(commands[r.IntN(len(commands))], control.Meta{})
	if _, refused := errorCode(err); err != nil && !refused {
		h.t.Fatal(err)
	}
	h.drain()
}
