package attendant

import (
	"testing"
	"testing/synctest"
	"time"

	"partyline/control"
)

func TestInvitation(t *testing.T) {
	t.Parallel()
	ada := Invited{By: "Ada"}
	const asks = "say invited_by Ada invitation_keys"
	for name, lines := range map[string][]line{
		"he presses 1":                     {{ada, asks}, {"keys 1", "hush; confirm"}, {"entered", "say in_room 7 others 4 for_help **"}},
		"he presses 2":                     {{ada, asks}, {"keys 2", "settle declined; say invitation_declined goodbye"}, {"keys 1", ""}, {"played", "hang up: invitation declined"}},
		"nobody is named":                  {{Invited{}, "say invited invitation_keys"}, {"keys 1", "hush; confirm"}},
		"an answering machine":             {{ada, asks}, {"played", ""}, {"wait 6s", asks}, {"played", ""}, {"wait 6s", asks}, {"played", ""}, {"wait 6s", "settle not_confirmed; say goodbye"}, {"played", "hang up: invitation not confirmed"}},
		"another key asks again":           {{ada, asks}, {"keys 5", asks}, {"keys #", asks}, {"keys *", "settle not_confirmed; say goodbye"}},
		"1 at the last moment":             {{ada, asks}, {"keys 5", asks}, {"keys 5", asks}, {"played", ""}, {"wait 5800ms", ""}, {"keys 1", "confirm"}},
		"the meeting has ended":            {{ada, asks}, {"keys 1", "hush; confirm"}, {"refused wrong_state", "settle failed; say meeting_over goodbye"}, {"played", "hang up: meeting has ended"}},
		"the meeting is full":              {{ada, asks}, {"keys 1", "hush; confirm"}, {"refused limit_reached", "settle failed; say meeting_full goodbye"}},
		"he is no longer wanted":           {{ada, asks}, {"keys 1", "hush; confirm"}, {"refused not_found", "settle failed; say cannot_join goodbye"}},
		"nobody answers the 1":             {{ada, asks}, {"keys 1", "hush; confirm"}, {"wait 15s", "settle failed; say cannot_join goodbye"}, {"entered", ""}},
		"keys meanwhile are kept":          {{ada, asks}, {"keys 1*2", "hush; confirm"}, {"entered", "say in_room 7 others 4 for_help **; hush; look"}},
		"a code is not asked for":          {{ada, asks}, {"keys 123456789#", "hush; confirm"}},
		"the meeting ends and he is asked": {{Over{}, "say meeting_ended goodbye"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, newStage(t, listener()), lines)
		})
	}
}

// callOut has the meeting of the bridge call a phone.
func (b *bridge) callOut(c control.CallOut) *phone {
	b.t.Helper()
	c.ID, c.Leg, c.New = control.NewID[control.CallID]("call_"), control.NewID[control.LegID]("leg_"), control.NewID[control.ParticipantID]("par_")
	b.do(c)
	p := b.pickUp(c.Leg, "partyline")
	p.call.Out, p.call.From = c.ID, "+4930123417"
	callee, err := b.attendant.Invite(b.meeting.ID(), p.call, p)
	if err != nil {
		b.t.Fatal(err)
	}
	p.caller = callee
	return p
}

// out is what the meeting knows of the call of a phone.
func (b *bridge) out(p *phone) (found control.OutgoingCall) {
	b.t.Helper()
	err := b.meeting.Read(b.t.Context(), func(s *control.State) { found = *s.CallOf(p.call.Out) })
	if err != nil {
		b.t.Fatal(err)
	}
	return found
}

// TestCalleeSession: what the conversation tells the meeting, and when he is in it.
func TestCalleeSession(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		act     func(b *bridge, p *phone, c control.Callee)
		state   control.CallState
		outcome control.CallOutcome
		in      bool
	}{
		"it rings":        {func(_ *bridge, p *phone, c control.Callee) { p.Post(c.Ringing) }, control.CallRings, "", false},
		"busy":            {func(_ *bridge, p *phone, c control.Callee) { p.Post(func() { c.Unanswered(control.CallBusy, "") }) }, control.CallEnded, control.CallBusy, false},
		"answered":        {func(_ *bridge, p *phone, c control.Callee) { p.Post(c.Answered) }, control.CallAnswering, "", false},
		"he presses 1":    {func(b *bridge, p *phone, c control.Callee) { p.Post(c.Answered); b.settle(); p.keys("1") }, control.CallJoined, "", true},
		"he presses 2":    {func(b *bridge, p *phone, c control.Callee) { p.Post(c.Answered); b.settle(); p.keys("2") }, control.CallEnded, control.CallDeclined, false},
		"he says nothing": {func(_ *bridge, p *phone, c control.Callee) { p.Post(c.Answered); time.Sleep(time.Minute) }, control.CallEnded, control.CallNotConfirmed, false},
		"he hangs up": {func(b *bridge, p *phone, c control.Callee) {
			p.Post(c.Answered)
			b.settle()
			p.Post(c.HungUp)
			p.Post(func() { c.Gone("the caller hung up") })
		}, control.CallEnded, control.CallDeclined, false},
		"his line dies": {func(b *bridge, p *phone, c control.Callee) {
			p.Post(c.Answered)
			b.settle()
			p.Post(func() { c.Gone("no media") })
		}, control.CallEnded, control.CallFailed, false},
		"he hangs up later": {func(b *bridge, p *phone, c control.Callee) {
			p.Post(c.Answered)
			b.settle()
			p.keys("1")
			b.settle()
			p.Post(c.HungUp)
			p.Post(func() { c.Gone("the caller hung up") })
		}, control.CallEnded, control.CallCompleted, false},
		"the call is taken back": {func(b *bridge, p *phone, c control.Callee) {
			p.Post(c.Answered)
			b.do(control.CancelCall{ID: p.call.Out})
			p.keys("1")
		}, control.CallEnded, control.CallCancelled, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBridge(t)
				defer b.stop()
				b.do(control.AddParticipant{New: control.NewParticipant{ID: "par_ada", Name: "Ada", Role: control.Speaker, Web: true}})
				p := b.callOut(control.CallOut{To: "+4930123417", By: "par_ada"})
				c := p.caller.(control.Callee)
				tt.act(b, p, c)
				b.settle()
				if p.hungUp != "" {
					p.Post(func() { c.Gone(p.hungUp) })
					b.settle()
				}
				got := b.out(p)
				if got.State != tt.state || got.Outcome != tt.outcome {
					t.Errorf("%+v", got)
				}
				if who := b.person(p); (who.ID != "") != tt.in {
					t.Errorf("in the meeting: %+v", who)
				}
			})
		})
	}
}

// TestCalleeAfterARestart: who had not come in is asked again.
func TestCalleeAfterARestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		p := b.callOut(control.CallOut{To: "+4930123417"})
		p.Post(p.caller.Answered)
		b.settle()
		again := b.restart(p)
		defer b.stop()
		again.hears("invited invitation_keys")
		var err error
		if b.meeting, err = b.registry.Meeting("mtg_1"); err != nil {
			t.Fatal(err)
		}
		again.keys("1")
		if got := b.out(again); got.State != control.CallJoined || b.person(again).ID != got.Participant {
			t.Errorf("%+v", got)
		}
	})
}
