package attendant

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"partyline/control"
	"partyline/control/controltest"
)

// hall is a caller's machine in a meeting that really decides what he wants, all in one goroutine: what follows a key is
// there when it has been pressed.
type hall struct {
	t       testing.TB
	state   *control.State
	machine *Machine
	follow  *follower
	me      control.ParticipantID
	now     time.Time
	ids     int
	over    bool
	deaf    bool // the meeting does not answer

	take  time.Time // since when he is recorded
	inbox []Input   // what the machine has not been told yet
	said  []string  // what the caller heard
	done  []string  // what he has done in the meeting
	wrong []string  // what the meeting has refused because of who he is
}

// The people of the hall: the caller, others, and who is asking for help in Room 3.
const (
	hallMe, hallAda, hallBob, hallCid = control.ParticipantID("par_me"), control.ParticipantID("par_ada"), control.ParticipantID("par_bob"), control.ParticipantID("par_cid")
	hallLeg                           = control.LegID("leg_me")
)

// newHall puts the caller into a meeting with four rooms: into the second, or, as a speaker, into the main room, where Ada
// has raised her hand. Bob, in the third room, and Cid, in the fourth, have asked for help. There has been a broadcast.
func newHall(t testing.TB, role control.Role) *hall {
	t.Helper()
	h := &hall{t: t, state: control.NewState(), machine: NewMachine(DefaultKeymap(), "en", "de"), me: hallMe, now: time.Unix(1_800_000_000, 0)}
	options := control.DefaultOptions()
	options.FreeMovement, options.EveryoneBroadcasts = true, true
	h.must(control.CreateMeeting{ID: "mtg_1", Title: "Hall", AccessCode: "123456789", Options: options, Rooms: []control.NewRoom{{ID: "room_1"}, {ID: "room_2"}, {ID: "room_3"}, {ID: "room_4"}}})
	for _, id := range []control.ParticipantID{hallAda, hallBob, hallCid} {
		h.must(control.AddParticipant{New: control.NewParticipant{ID: id, Name: string(id[4:]), Web: true}})
	}
	h.must(control.Join{Participant: hallMe, Leg: hallLeg, Kind: control.PhoneLeg, Role: role})
	h.must(control.Assign{Participants: []control.ParticipantID{hallMe}, Room: "room_2"})
	h.must(control.Assign{Participants: []control.ParticipantID{hallBob}, Room: "room_3"})
	h.must(control.Assign{Participants: []control.ParticipantID{hallCid}, Room: "room_4"})
	h.must(control.StartBreakouts{Distribution: control.ByManual})
	h.must(control.RaiseHand{Participant: hallAda, Up: true})
	h.must(control.AskHelp{ID: "help_1", Participant: hallBob})
	h.must(control.AskHelp{ID: "help_2", Participant: hallCid})
	h.must(control.SendBroadcast{ID: "bct_1", Prompt: "message"})
	h.must(control.BroadcastBegan{ID: "bct_1"})
	h.must(control.BroadcastOver{ID: "bct_1", Whole: true})
	if role == control.Speaker {
		h.must(control.Move{Participants: []control.ParticipantID{hallMe}, Room: control.MainRoom})
	}
	h.follow = newFollower(h.state, hallLeg, func(in Input) { h.inbox = append(h.inbox, in) })
	v, _ := see(h.state, hallMe)
	h.tell(Resumed{View: v})
	return h
}

// must has the meeting do something that cannot be refused.
func (h *hall) must(c control.Command) {
	h.t.Helper()
	if err := h.decide(c, control.Meta{}); err != nil {
		h.t.Fatalf("%T: %v", c, err)
	}
}

// decide has the meeting do something, and the caller hear of it.
func (h *hall) decide(c control.Command, meta control.Meta) error {
	if meta.If != nil {
		if err := meta.If(h.state); err != nil {
			return err
		}
	}
	events, _, err := control.Decide(h.state, c, meta, h.now)
	if err != nil {
		return err
	}
	for _, e := range events {
		control.Apply(h.state, e, h.now)
	}
	for _, e := range events {
		if h.follow != nil {
			h.follow.event(e, meta.Actor, h.now, h.state)
		}
	}
	return controltest.Check(h.state)
}

// tell gives the machine an input, does what it wants, and gives it what follows.
func (h *hall) tell(in Input) {
	h.inbox = append(h.inbox, in)
	h.drain()
}

func (h *hall) drain() {
	for steps := 0; len(h.inbox) > 0; steps++ {
		if steps > 1000 {
			h.t.Fatalf("there is no end of answers; said %q", h.said)
		}
		next := h.inbox[0]
		h.inbox = h.inbox[1:]
		h.step(next)
	}
}

func (h *hall) step(in Input) {
	asked, tag := h.machine.wait != nil, h.machine.tag
	outs := h.machine.Step(in, h.now)
	switch in.(type) {
	case Seen, Done, Tick, Kept, Over, Removed: // may end a question
	default:
		if asked && h.machine.tag != tag {
			h.t.Fatalf("%T: asks while an answer is awaited", in)
		}
	}
	for _, out := range outs {
		if h.over {
			h.t.Fatalf("%T after the end of the call", out)
		}
		h.perform(out)
	}
}

func (h *hall) perform(out Output) {
	if h.deaf {
		switch out.(type) {
		case Look, Do, Keep:
			return // the answer does not come
		}
	}
	switch out := out.(type) {
	case Say:
		h.said = append(h.said, strings.TrimSpace(words(out.Phrases)))
	case Look:
		v, ok := see(h.state, h.me)
		if !ok {
			return
		}
		seen := Seen{Tag: out.Tag, View: v}
		if out.Of != nil {
			seen.Found = out.Of(h.state, h.state.Participants[h.me])
		}
		h.inbox = append(h.inbox, seen)
	case Do:
		h.do(out)
	case Record:
		h.take = h.now
	case StopRecord:
		h.inbox = append(h.inbox, Recorded{Length: h.now.Sub(h.take)})
	case Keep:
		h.ids++
		audio := control.AudioID(fmt.Sprint("aud_", h.ids))
		h.must(control.AddAudio{Audio: control.Audio{ID: audio, DurationMS: 2000, Bytes: 16000, By: h.me}})
		h.inbox = append(h.inbox, Kept{Tag: out.Tag, Audio: audio})
	case HangUp:
		h.over = true
	}
}

// do asks the meeting for a deed.
func (h *hall) do(d Do) {
	s := session{participant: h.me, attendant: &Attendant{}, call: control.Call{Leg: hallLeg}}
	var meta control.Meta
	if d.Speaker {
		meta.If = speakersOnly(h.me)
	}
	err := h.decide(s.command(d), meta)
	var code control.Code
	if err != nil {
		var known bool
		if code, known = errorCode(err); !known {
			h.t.Fatalf("%s: %v", d.Deed, err)
		}
	}
	if code == "" {
		h.done = append(h.done, string(d.Deed))
		h.air(d.Deed)
	}
	if p := h.state.Participants[h.me]; code == control.CodeNotAllowed && p != nil && p.Role != control.Speaker && (d.Speaker || d.Deed == Accept || d.Deed == Decline) {
		h.wrong = append(h.wrong, string(d.Deed))
	}
	h.inbox = append(h.inbox, Done{Tag: d.Tag, Code: code})
}

// air is the mixer: what is live begins when it is wanted, and ends so.
func (h *hall) air(d Deed) {
	for id, b := range h.state.Broadcasts {
		switch {
		case !b.Live():
		case d == GoLive && b.State == control.BroadcastQueued:
			h.must(control.BroadcastBegan{ID: id})
		case d == EndLive && b.State == control.BroadcastPlaying:
			h.must(control.BroadcastOver{ID: id, Interrupted: true})
		}
	}
}

// press is a key some time after the last one.
func (h *hall) press(after time.Duration, key byte) {
	h.pass(after)
	h.tell(Key{Digit: key})
}

// pass lets time pass, of which the machine is told what it has asked for. Speech goes on.
func (h *hall) pass(d time.Duration) {
	until := h.now.Add(d)
	for range 200 {
		at := h.machine.Deadline()
		if at.IsZero() || at.After(until) {
			h.now = until
			return
		}
		if at.After(h.now) {
			h.now = at
		}
		h.tell(Tick{})
	}
	h.t.Fatalf("the deadline does not move on; said %q", h.said)
}

// rest lets all be said, and every silence pass, until the caller listens and talks again.
func (h *hall) rest() {
	for range 100 {
		switch mode := h.machine.mode.(type) {
		case *commands:
			if !h.machine.speaking && h.machine.wait == nil && mode.keys == "" {
				return
			}
		case *goodbye:
			if h.over {
				return
			}
		}
		if h.machine.speaking {
			h.tell(Played{})
			continue
		}
		at := h.machine.Deadline()
		if at.IsZero() {
			h.t.Fatalf("%T waits for nothing; said %q", h.machine.mode, h.said)
		}
		h.pass(at.Sub(h.now))
	}
	h.t.Fatalf("%T never ends; said %q", h.machine.mode, h.said)
}
