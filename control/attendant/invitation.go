package attendant

import (
	"cmp"

	"partyline/control"
)

// Invited begins the conversation with somebody whom we have called and who has answered.
type Invited struct {
	By       string // who invites him, or ""
	Language string // that he is talked to in; "": English
}

func (Invited) input() {}

type (
	// Confirm brings somebody who was called into his meeting: [Entered] or [Refused] follows.
	Confirm struct{ Tag Tag }
	// Settle says what has become of a call before it ends.
	Settle struct{ Outcome control.CallOutcome }
)

func (Confirm) output() {}
func (Settle) output()  {}

// invitation asks whoever has answered whether he wants to come in. Nothing but 1 brings him in: an answering machine has
// no keys.
type invitation struct {
	text  []Phrase
	asked int
}

// maxInvitations is how often it is said.
const maxInvitations = 3

func (m *Machine) invited(in Invited) {
	m.language = in.Language
	text := Phrase("invited")
	if in.By != "" {
		text = Phrase("invited_by").Person(in.By, "")
	}
	i := &invitation{text: []Phrase{text, "invitation_keys"}}
	m.become(i)
	i.late(m)
}

func (i *invitation) key(m *Machine, digit byte) {
	switch digit {
	case '1':
		i.confirm(m)
	case '2':
		m.settleCall(control.CallDeclined)
		m.part("invitation declined", "invitation_declined", "goodbye")
	default:
		i.late(m)
	}
}

func (i *invitation) rest(m *Machine) { m.until = m.now.Add(menuSilence) }

func (i *invitation) late(m *Machine) {
	if i.asked++; i.asked > maxInvitations {
		m.settleCall(control.CallNotConfirmed)
		m.part("invitation not confirmed", "goodbye")
		return
	}
	m.say(i.text...)
}

func (i *invitation) holds() bool { return true }

func (i *invitation) confirm(m *Machine) {
	tag := m.ask(enterLimit, func(in Input) {
		switch in := in.(type) {
		case Entered:
			m.enter(in.View)
		case Refused:
			i.refused(m, in.Code)
		default:
			i.refused(m, control.CodeOverloaded)
		}
	})
	m.out = append(m.out, Confirm{Tag: tag})
}

func (i *invitation) refused(m *Machine, code control.Code) {
	m.settleCall(control.CallFailed)
	switch code {
	case control.CodeLimit:
		m.part("meeting is full", "meeting_full", "goodbye")
	case control.CodeWrongState:
		m.part("meeting has ended", "meeting_over", "goodbye")
	default:
		m.part("meeting cannot be joined", "cannot_join", "goodbye")
	}
}

func (m *Machine) settleCall(o control.CallOutcome) { m.out = append(m.out, Settle{Outcome: o}) }

// callee is a session with somebody whom we have called.
type callee struct {
	*session
	meeting Meeting
	outcome control.CallOutcome // settled before the end; empty: it is not
	left    bool                // he has hung up
}

// tagInvited begins what is kept over a restart of a conversation in which he has not come in yet.
const tagInvited = "invited "

// Invite makes the conversation with somebody whom a meeting calls.
func (a *Attendant) Invite(id control.MeetingID, call control.Call, line control.Line) (control.Callee, error) {
	meeting, err := a.options.Registry.ByID(id)
	if err != nil {
		return nil, err
	}
	c := &callee{session: newSession(a, call, line), meeting: meeting}
	c.callee = c
	return c, nil
}

// invitedAgain takes up the conversation with somebody who had not come in when another process talked to him.
func (a *Attendant) invitedAgain(id control.MeetingID, call control.Call, line control.Line) control.Caller {
	c, err := a.Invite(id, call, line)
	if err != nil {
		s := newSession(a, call, line)
		s.post(Over{})
		return s
	}
	line.Post(c.(*callee).invite)
	return c
}

// Ringing implements [control.Callee].
func (c *callee) Ringing() { c.tell(control.CallRinging{ID: c.call.Out}) }

// Unanswered implements [control.Callee].
func (c *callee) Unanswered(o control.CallOutcome, why string) {
	c.gone = true
	c.tell(control.CallOver{ID: c.call.Out, Outcome: o, Reason: why})
}

// Answered implements [control.Caller].
func (c *callee) Answered() {
	c.tell(control.CallTaken{ID: c.call.Out})
	c.invite()
}

// invite asks him in, by the name of who invites.
func (c *callee) invite() {
	c.answered = true
	out := c.call.Out
	c.meeting.Look(func(s *control.State) {
		if s == nil {
			c.post(Over{})
			return
		}
		in := Invited{Language: s.Options.Language}
		call := s.CallOf(out)
		if call == nil {
			c.post(Over{})
			return
		}
		if p := s.Participants[call.Participant]; p != nil {
			in.Language = cmp.Or(p.Language, in.Language)
		}
		if p := s.Participants[call.By]; p != nil {
			in.By = p.Name
		}
		c.post(in)
	})
}

// HungUp implements [control.Callee].
func (c *callee) HungUp() { c.left = true }

// Gone implements [control.Caller].
func (c *callee) Gone(reason string) {
	outcome, why := c.outcome, ""
	switch {
	case outcome != "":
	case c.left:
		outcome = control.CallDeclined
	default:
		outcome, why = control.CallFailed, reason
	}
	c.tell(control.CallOver{ID: c.call.Out, Outcome: outcome, Reason: why})
	c.session.Gone(reason)
}

// Tag implements the user agent's Tagger.
func (c *callee) Tag() string {
	if c.joined {
		return c.session.Tag()
	}
	return tagInvited + string(c.meeting.ID())
}

// tell gives the meeting a fact about the call.
func (c *callee) tell(fact control.Command) {
	c.meeting.Submit(fact, c.meta(), func(_ any, err error) {
		if err != nil && !over(err) {
			c.log.Warn("call was not recorded", "err", err)
		}
	})
}

// confirm brings him into the meeting.
func (c *callee) confirm(tag Tag) {
	meeting := c.meeting
	c.session.meeting, c.participant, c.entering = meeting, control.NewID[control.ParticipantID]("par_"), tag
	join := control.Join{Participant: c.participant, Leg: c.call.Leg, Kind: control.PhoneLeg, Call: c.call.Out}
	meeting.Submit(join, c.meta(), func(_ any, err error) {
		if err != nil {
			c.refused(tag, err)
		}
	})
	meeting.Look(func(state *control.State) { // comes after the join
		c.follow(meeting, state, func(v View) Input { return Entered{Tag: tag, View: v} },
			func() { c.refused(tag, control.Errorf(control.CodeWrongState, "the meeting has ended")) })
	})
}
