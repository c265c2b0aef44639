package control_test

import (
	"fmt"
	"testing"

	"partyline/control"
)

// ring begins a call to somebody and has him answer.
func (sc *scene) ring(c control.CallOut) *control.OutgoingCall {
	sc.t.Helper()
	c.ID, c.Leg, c.New = "call_"+control.CallID(c.To), "leg_"+control.LegID(c.To), "par_"+control.ParticipantID(c.To)
	sc.do(c)
	sc.do(control.CallRinging{ID: c.ID})
	sc.do(control.CallTaken{ID: c.ID})
	return sc.s.CallOf(c.ID)
}

// confirm has whoever has answered press 1.
func (sc *scene) confirm(c *control.OutgoingCall) *control.Participant {
	sc.t.Helper()
	_, v := sc.do(control.Join{Participant: "par_other", Leg: c.Leg, Kind: control.PhoneLeg, Call: c.ID})
	return sc.s.Participants[v.(control.Joined).Participant]
}

func TestCallOut(t *testing.T) {
	t.Parallel()
	call := func(to string) control.CallOut {
		return control.CallOut{ID: "call_1", Leg: "leg_1", New: "par_1", To: to}
	}
	for name, tt := range map[string]struct {
		before func(sc *scene)
		call   control.CallOut
		want   control.Code // empty: it is made
		check  func(t *testing.T, c *control.OutgoingCall)
	}{
		"a number": {call: call("+4930123417"), check: func(t *testing.T, c *control.OutgoingCall) {
			if c.State != control.CallDialing || c.Name != "+49•••417" || c.Participant != "par_1" || c.Known || c.Role != control.Audience {
				t.Errorf("%+v", c)
			}
		}},
		"a number of somebody on the roster": {
			before: func(sc *scene) {
				sc.do(control.AddParticipant{New: control.NewParticipant{ID: "par_bob", Name: "Bob", Number: "+4930123417", Role: control.Speaker}})
			},
			call: call("+4930123417"), check: func(t *testing.T, c *control.OutgoingCall) {
				if c.Participant != "par_bob" || !c.Known || c.Name != "Bob" || c.Role != control.Audience {
					t.Errorf("%+v", c)
				}
			},
		},
		"somebody new by name": {
			call: control.CallOut{ID: "call_1", Leg: "leg_1", New: "par_1", To: "sip:a@127.0.0.1", Name: " Ada "},
			check: func(t *testing.T, c *control.OutgoingCall) {
				if c.Name != "Ada" {
					t.Errorf("%+v", c)
				}
			},
		},
		"nothing":                   {call: call(""), want: control.CodeInvalid},
		"nobody":                    {call: control.CallOut{ID: "call_1", Leg: "leg_1", New: "par_1", To: "+49301", Participant: "par_none"}, want: control.CodeNotFound},
		"by nobody":                 {call: control.CallOut{ID: "call_1", Leg: "leg_1", New: "par_1", To: "+49301", By: "par_none"}, want: control.CodeNotFound},
		"by one of the audience":    {call: control.CallOut{ID: "call_1", Leg: "leg_1", New: "par_1", To: "+49301", By: "par_eve"}, want: control.CodeNotAllowed},
		"into no room":              {call: control.CallOut{ID: "call_1", Leg: "leg_1", New: "par_1", To: "+49301", Room: "room_none"}, want: control.CodeNotFound},
		"into a room that is shut":  {call: control.CallOut{ID: "call_1", Leg: "leg_1", New: "par_1", To: "+49301", Room: "room_1"}, want: control.CodeWrongState},
		"a stranger as a speaker":   {call: control.CallOut{ID: "call_1", Leg: "leg_1", New: "par_1", To: "+49301", Role: control.Speaker}, want: control.CodeNotAllowed},
		"the audience as a speaker": {call: control.CallOut{ID: "call_1", Leg: "leg_1", New: "par_1", To: "+49301", Participant: "par_eve", Role: control.Speaker}, want: control.CodeNotAllowed},
		"a speaker who is there":    {call: control.CallOut{ID: "call_1", Leg: "leg_1", New: "par_1", To: "+49301", Participant: "par_ada"}, want: control.CodeNotAllowed},
		"the same as a speaker":     {call: control.CallOut{ID: "call_1", Leg: "leg_1", New: "par_1", To: "+49301", Participant: "par_ada", Role: control.Speaker}},
		"no role at all":            {call: control.CallOut{ID: "call_1", Leg: "leg_1", New: "par_1", To: "+49301", Role: "king"}, want: control.CodeInvalid},
		"a bad name":                {call: control.CallOut{ID: "call_1", Leg: "leg_1", New: "par_1", To: "+49301", Name: "a\x00b"}, want: control.CodeInvalid},
		"who is being called": {
			before: func(sc *scene) { sc.ring(control.CallOut{To: "+49301", Participant: "par_eve"}) },
			call:   control.CallOut{ID: "call_1", Leg: "leg_1", New: "par_1", To: "+49302", Participant: "par_eve"}, want: control.CodeWrongState,
		},
		"a number that is being called": {
			before: func(sc *scene) { sc.ring(control.CallOut{To: "+49301"}) }, call: call("+49301"), want: control.CodeWrongState,
		},
		"a number whose call is over": {
			before: func(sc *scene) {
				sc.do(control.CallOver{ID: sc.ring(control.CallOut{To: "+49301"}).ID, Outcome: control.CallBusy})
			},
			call: call("+49301"),
		},
		"callers stay in the main room": {
			before: func(sc *scene) {
				sc.options(func(o *control.Options) { o.PhoneBreakouts = false })
				sc.do(control.StartBreakouts{Seed: 1})
			},
			call: control.CallOut{ID: "call_1", Leg: "leg_1", New: "par_1", To: "+49301", Room: "room_1"}, want: control.CodeNotAllowed,
		},
		"the meeting is over": {before: func(sc *scene) { sc.do(control.EndMeeting{}) }, call: call("+49301"), want: control.CodeWrongState},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sc := newScene(t, 2, nil)
			sc.do(control.AddParticipant{New: control.NewParticipant{ID: "par_ada", Name: "Ada", Role: control.Speaker, Web: true}})
			sc.do(control.AddParticipant{New: control.NewParticipant{ID: "par_eve", Name: "Eve", Role: control.Audience}})
			if tt.before != nil {
				tt.before(sc)
			}
			if tt.want != "" {
				sc.refused(tt.call, tt.want)
				return
			}
			sc.do(tt.call)
			if tt.check != nil {
				tt.check(t, sc.s.CallOf(tt.call.ID))
			}
		})
	}
}

// options changes the options of the meeting.
func (sc *scene) options(change func(*control.Options)) {
	sc.t.Helper()
	o := sc.s.Options
	change(&o)
	sc.do(control.ChangeMeeting{Options: &o})
}

// TestWhereTheCalleeComesIn: past lobby and lock, in the room that he was wanted in if that can be.
func TestWhereTheCalleeComesIn(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		before func(sc *scene) // the call
		while  func(sc *scene) // it rings
		call   control.CallOut
		room   control.RoomID
		kept   string
	}{
		"the main room":   {room: control.MainRoom},
		"a locked one":    {before: func(sc *scene) { sc.do(control.LockMeeting{Locked: true}) }, room: control.MainRoom},
		"with a lobby":    {before: func(sc *scene) { sc.options(func(o *control.Options) { o.Lobby = true }) }, room: control.MainRoom},
		"a breakout room": {before: open, call: control.CallOut{Room: "room_2"}, room: "room_2"},
		"a locked room": {
			before: func(sc *scene) { open(sc); sc.do(control.ChangeRoom{Room: "room_2", Locked: new(true)}) }, call: control.CallOut{Room: "room_2"}, room: "room_2",
		},
		"the main room though breakouts are open": {before: open, call: control.CallOut{Room: control.MainRoom}, room: control.MainRoom},
		"a breakout room, as all who come late":   {before: open, room: "room_1"},
		"breakouts that have closed":              {before: open, while: func(sc *scene) { sc.do(control.StopBreakouts{}) }, call: control.CallOut{Room: "room_2"}, room: control.MainRoom},
		"a room that is gone":                     {before: open, while: func(sc *scene) { sc.do(control.DeleteRoom{Room: "room_2"}) }, call: control.CallOut{Room: "room_2"}, room: "room_1", kept: control.OutcomeRoomGone},
		"a room that is full": {before: open, while: func(sc *scene) {
			sc.do(control.ChangeRoom{Room: "room_2", Capacity: new(1)})
			sc.do(control.Move{Participants: []control.ParticipantID{sc.web("eve", control.Audience)}, Room: "room_2"})
		}, call: control.CallOut{Room: "room_2"}, room: "room_1", kept: control.OutcomeRoomFull},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sc := newScene(t, 2, nil)
			if tt.before != nil {
				tt.before(sc)
			}
			tt.call.To = "+49301"
			c := sc.ring(tt.call)
			if tt.while != nil {
				tt.while(sc)
			}
			p := sc.confirm(c)
			if p.Location != (control.Location{Place: control.InRoom, Room: tt.room}) || p.KeptOut != tt.kept {
				t.Errorf("in %+v, kept out %q", p.Location, p.KeptOut)
			}
			if c = sc.s.CallOf(c.ID); c.State != control.CallJoined || c.Participant != p.ID || p.Number != "+49301" || !p.Guest {
				t.Errorf("call %+v, participant %+v", c, p)
			}
		})
	}
}

func open(sc *scene) { sc.do(control.StartBreakouts{Distribution: "manual"}) }

// TestWhoTheCalleeIs: whoever answers is the audience, unless whoever called has said that he may speak.
func TestWhoTheCalleeIs(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 1, nil)
	sc.do(control.AddParticipant{New: control.NewParticipant{ID: "par_ada", Name: "Ada", Role: control.Speaker, Number: "+49301"}})
	sc.do(control.AddParticipant{New: control.NewParticipant{ID: "par_bob", Name: "Bob", Role: control.Speaker, Number: "+49302"}})
	if p := sc.confirm(sc.ring(control.CallOut{To: "+49301", Participant: "par_ada", Role: control.Speaker})); p.ID != "par_ada" || p.Role != control.Speaker || p.Guest {
		t.Errorf("%+v", p)
	}
	if p := sc.confirm(sc.ring(control.CallOut{To: "+49302"})); p.ID != "par_bob" || p.Role != control.Audience {
		t.Errorf("%+v", p)
	}
	// Somebody on the web gets a telephone, and stays where he is.
	eve := sc.web("eve", control.Audience)
	open(sc)
	sc.do(control.Move{Participants: []control.ParticipantID{eve}, Room: "room_1"})
	if p := sc.confirm(sc.ring(control.CallOut{To: "+49303", Participant: eve, Room: control.MainRoom})); p.ID != eve || len(p.Legs) != 1 || p.Location.Room != "room_1" {
		t.Errorf("%+v", p)
	}
	// A speaker who comes meanwhile is not demoted by whoever answers his telephone.
	c := sc.ring(control.CallOut{To: "+49304", Participant: sc.absent("carl", control.Audience)})
	sc.do(control.ChangeParticipant{Participant: "par_carl", Role: new(control.Speaker)})
	sc.do(control.SetPresence{Participant: "par_carl", Web: true})
	sc.refused(control.Join{Leg: c.Leg, Kind: control.PhoneLeg, Call: c.ID}, control.CodeNotAllowed)
}

func (sc *scene) absent(name string, role control.Role) control.ParticipantID {
	sc.t.Helper()
	_, v := sc.do(control.AddParticipant{New: control.NewParticipant{ID: control.ParticipantID("par_" + name), Name: name, Role: role}})
	return v.(control.ParticipantID)
}

// TestHowCallsEnd is about every way, from every state.
func TestHowCallsEnd(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		joined  bool
		end     func(sc *scene, c *control.OutgoingCall)
		outcome control.CallOutcome
	}{
		"busy":              {end: over(control.CallBusy), outcome: control.CallBusy},
		"not confirmed":     {end: over(control.CallNotConfirmed), outcome: control.CallNotConfirmed},
		"taken back":        {end: func(sc *scene, c *control.OutgoingCall) { sc.do(control.CancelCall{ID: c.ID}) }, outcome: control.CallCancelled},
		"the meeting ends":  {end: func(sc *scene, _ *control.OutgoingCall) { sc.do(control.EndMeeting{}) }, outcome: control.CallCancelled},
		"its leg is lost":   {end: func(sc *scene, c *control.OutgoingCall) { sc.do(control.LegGone{Leg: c.Leg, Reason: "x"}) }, outcome: control.CallFailed},
		"he is removed":     {end: func(sc *scene, _ *control.OutgoingCall) { sc.do(control.RemoveParticipant{Participant: "par_eve"}) }, outcome: control.CallCancelled},
		"he is erased":      {end: func(sc *scene, _ *control.OutgoingCall) { sc.do(control.EraseParticipant{Participant: "par_eve"}) }, outcome: control.CallCancelled},
		"in: he hangs up":   {joined: true, end: func(sc *scene, c *control.OutgoingCall) { sc.do(control.LegGone{Leg: c.Leg, Reason: "x"}) }, outcome: control.CallCompleted},
		"in: whatever ends": {joined: true, end: over(control.CallFailed), outcome: control.CallCompleted},
		"in: hung up":       {joined: true, end: func(sc *scene, c *control.OutgoingCall) { sc.do(control.CancelCall{ID: c.ID}) }, outcome: control.CallHungUp},
		"in: meeting ends":  {joined: true, end: func(sc *scene, _ *control.OutgoingCall) { sc.do(control.EndMeeting{}) }, outcome: control.CallCompleted},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sc := newScene(t, 1, nil)
			sc.absent("eve", control.Audience)
			c := sc.ring(control.CallOut{To: "+49301", Participant: "par_eve"})
			if tt.joined {
				sc.confirm(c)
			}
			tt.end(sc, c)
			c = sc.s.CallOf(c.ID)
			if c.State != control.CallEnded || c.Outcome != tt.outcome || c.EndedAt.IsZero() {
				t.Errorf("%+v", c)
			}
			if sc.s.Phase != control.Open {
				return
			}
			for _, late := range []control.Command{control.CallRinging{ID: c.ID}, control.CallTaken{ID: c.ID}, control.CallOver{ID: c.ID, Outcome: control.CallBusy}, control.CancelCall{ID: c.ID}} {
				if events, _ := sc.do(late); len(events) > 0 {
					t.Errorf("%T of a call that is over: %v", late, events)
				}
			}
			sc.refused(control.Join{Leg: "leg_new", Kind: control.PhoneLeg, Call: c.ID}, control.CodeWrongState)
			sc.refused(control.CancelCall{ID: "call_none"}, control.CodeNotFound)
		})
	}
}

func over(o control.CallOutcome) func(*scene, *control.OutgoingCall) {
	return func(sc *scene, c *control.OutgoingCall) { sc.do(control.CallOver{ID: c.ID, Outcome: o, Reason: "x"}) }
}

func TestCallsAreRememberedUpToABound(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 0, nil)
	goesOn := sc.ring(control.CallOut{To: "+49300"}).ID
	for i := range control.MaxCalls + 10 {
		sc.do(control.CallOver{ID: sc.ring(control.CallOut{To: fmt.Sprintf("+4930%d", 1000+i)}).ID, Outcome: control.CallBusy})
	}
	if len(sc.s.Calls) != control.MaxCalls || sc.s.CallOf(goesOn) == nil {
		t.Errorf("%d calls, the first of them %+v", len(sc.s.Calls), sc.s.Calls[0])
	}
}
