package attendant

import (
	"math/rand/v2"
	"testing"
	"time"

	"partyline/control"
)

// FuzzMachine lets anything happen in any order: the machine neither panics nor says two things at once nor asks
// two questions at once, its deadline moves on, and nothing follows a hang-up.
func FuzzMachine(f *testing.F) {
	f.Add([]byte("a1234567#\x80*6\x90"), uint64(1))
	f.Add([]byte{}, uint64(2))
	f.Fuzz(func(t *testing.T, happenings []byte, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 1))
		s := newStage(t, listener())
		s.step(Answered{})
		over := false
		for _, h := range happenings[:min(len(happenings), 500)] {
			s.now = s.now.Add(time.Duration(r.IntN(4000)) * time.Millisecond)
			out := s.machine.Step(anything(h, s.tag, r), s.now)
			if over && len(out) > 0 {
				t.Fatalf("after the end: %v", out)
			}
			for _, o := range out {
				switch o := o.(type) {
				case Enter:
					s.tag = o.Tag
				case Look:
					s.tag = o.Tag
				case Do:
					s.tag = o.Tag
				case HangUp:
					over = true
				}
			}
		}
		s.wait(10 * time.Minute)
	})
}

// anything turns a byte into an input.
func anything(b byte, tag Tag, r *rand.Rand) Input {
	view := listener()
	if r.IntN(2) == 0 {
		view = speaker()
	}
	found := []any{nil, raised{"par_9", Person{Name: "Ada"}}, raised{}, r.IntN(20), door{"room_a", true}, door{control.MainRoom, false}, forecast{people: 3, rooms: 2, planned: true}, forecast{refused: control.CodeLocked}, control.Sound{Prompt: "message"}}[r.IntN(9)]
	inputs := []Input{
		Played{}, Tick{}, Entered{tag, view}, Seen{tag, view, found}, Done{tag, ""}, Done{tag, control.CodeLocked},
		Refused{tag, control.CodeNotFound}, Moved{Room: r.IntN(4) - 1, Reason: control.ReasonStart, Muted: r.IntN(2) == 0}, Ending{time.Minute}, Removed{}, Silenced{Muted: true},
		RoleChanged{view.Role}, Opened{}, Opened{Callers: true}, Warned{60}, Extended{time.Minute}, Listens{true}, Closing{time.Minute}, Closed{}, HelpWanted{Room: r.IntN(3)}, HelpEnded{Outcome: control.HelpTimedOut}, HelpOver{r.IntN(3)},
		Answered{}, Resumed{view}, Merged{}, Split{}, HandSet{r.IntN(2) == 0}, HandUp{"par_9", Person{Name: "Ada"}}, HandDown{"par_9"}, Floor{r.IntN(2) == 0}, Alone{}, Ahead{r.IntN(3)}, SelfMuted{r.IntN(2) == 0}, DoorLocked{true}, RoomLocked{true}, RoomRenamed{1, "Blue"}, Unheard{view},
		Departing{},
	}
	inputs = append(inputs,
		Found{Tag: tag, PIN: r.IntN(2) == 0, Required: r.IntN(2) == 0, Names: r.IntN(2) == 0, Name: r.IntN(2) == 0}, Checked{tag, r.IntN(2) == 0}, Doubled{},
		Answered{Bound: true}, Kept{Tag: tag, Audio: "nam_1"}, Recorded{Length: time.Second}, Refused{tag, control.CodeRateLimited})
	if b < 0x80 {
		return Key{Digit: b}
	}
	if b == 0xFF {
		return Over{}
	}
	return inputs[int(b)%len(inputs)]
}

func TestRandomPlays(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 2))
		s := newStage(t, listener())
		s.step(Resumed{View: s.view})
		for range 200 {
			s.now = s.now.Add(time.Duration(r.IntN(1500)) * time.Millisecond)
			var in Input = Key{Digit: "0123456789*#***"[r.IntN(15)]}
			if r.IntN(3) > 0 {
				in = anything(byte(0x80+r.IntN(0x7F)), s.tag, r)
			}
			says := 0
			for _, o := range s.step(in) {
				if o[0] == 's' {
					says++
				}
			}
			if says > maxHeld {
				t.Fatalf("seed %d: %v is answered %d times", seed, in, says)
			}
		}
		s.wait(time.Hour) // fails if the deadline does not move on
	}
}
