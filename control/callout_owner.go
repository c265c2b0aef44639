package control

import (
	"errors"
	"strings"
	"time"
	"unicode"
)

// Dialer makes the calls that meetings want. No method blocks.
type Dialer interface {
	// Allowed brings what somebody wants to call into its one form, or says with an [*Error] why it may not be called.
	Allowed(to string) (string, error)
	// Dial makes a call. What becomes of it is told by [CallRinging], [CallTaken] and, once and last, [CallOver].
	Dial(meeting MeetingID, c OutgoingCall)
	// HangUp ends a call, in whatever state it is.
	HangUp(leg LegID, reason string)
}

// admitCall holds a call against what the machine cannot know: whom the bridge may call, and how much. The place that it
// takes for it is given back by settleCall if nothing comes of it.
func (m *Meeting) admitCall(c CallOut) (CallOut, error) {
	if m.state.Phase != Open {
		return c, nil // refused for that
	}
	if c.Participant != "" && c.To == "" {
		p, err := m.state.participant("participant", c.Participant)
		if err != nil {
			return c, err
		}
		if c.To = p.Number; c.To == "" {
			return c, Invalid("participant", "name the number in to", "has no number")
		}
	}
	dialer := m.home.o.Dialer
	if dialer == nil {
		return c, m.deny(c, "off", &Error{Code: CodeNotAllowed, Field: "to", Message: "this bridge calls nobody"})
	}
	to, err := dialer.Allowed(c.To)
	if err != nil {
		return c, m.deny(c, whyDenied(err), err)
	}
	c.To = to
	if why, err := m.home.calls.reserve(c.ID, m.id, m.now()); err != nil {
		return c, m.deny(c, why, err)
	}
	return c, nil
}

// whyDenied is the word for it in the counters.
func whyDenied(err error) string {
	if e, ok := errors.AsType[*Error](err); ok && e.Code != CodeNotAllowed {
		return string(e.Code)
	}
	return "destination"
}

// deny counts and logs what a call was refused for: somebody may be trying to have the bridge call at his expense.
func (m *Meeting) deny(c CallOut, why string, err error) error {
	m.home.calls.deny(why)
	m.logger.Warn("call out refused", "reason", why, "to", maskAnything(c.To), "by", string(c.By), "err", err)
	return err
}

// maskAnything is for what may be no number at all, and have one in it.
func maskAnything(to string) string {
	to = sanitize(to, maxNumberBytes)
	if isTelephone(to) {
		return MaskNumber(to)
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return '•'
		}
		return r
	}, to)
}

// settleCall gives back what admitCall has taken for a call that was not made.
func (m *Meeting) settleCall(id CallID) {
	if m.state.CallOf(id) == nil {
		m.home.calls.undo(id)
	}
}

// callsGone notes which calls are really over: their legs are gone.
func (m *Meeting) callsGone(c Command, now time.Time) {
	switch c := c.(type) {
	case CallTaken:
		m.home.calls.answered(c.ID, now)
	case CallOver:
		m.home.calls.over(c.ID, now)
	case LegGone:
		m.legsOver([]LegID{c.Leg}, now)
	case LegsGone:
		m.legsOver(c.Legs, now)
	}
}

func (m *Meeting) legsOver(legs []LegID, now time.Time) {
	for i := range m.state.Calls {
		for _, leg := range legs {
			if m.state.Calls[i].Leg == leg {
				m.home.calls.over(m.state.Calls[i].ID, now)
			}
		}
	}
}

// dial makes and ends calls as the events of a command say.
func (m *Meeting) dial(events []Event) {
	for _, e := range events {
		switch e := e.(type) {
		case CallDialled:
			m.logger.Info("calling out", "call", string(e.Call), "leg", string(e.Leg), "to", MaskNumber(calledNumber(e.Number)))
			m.home.o.Dialer.Dial(m.id, *m.state.CallOf(e.Call))
		case CallFinished:
			m.home.calls.ended(e.Outcome)
			if c := m.state.CallOf(e.Call); c != nil && (e.Outcome == CallCancelled || e.Outcome == CallHungUp) && m.home.o.Dialer != nil {
				m.home.o.Dialer.HangUp(c.Leg, "call "+string(e.Outcome))
			}
		}
	}
}

// recoverCalls ends the calls that did not outlive a restart, and counts the others.
func (m *Meeting) recoverCalls(keep func(MeetingID, LegID) bool) {
	m.home.calls.learn(m.id, m.state.Calls, m.now())
	for _, c := range m.state.Calls {
		switch {
		case c.State == CallEnded:
		case !c.AnsweredAt.IsZero() && keep != nil && keep(m.id, c.Leg):
			m.home.calls.goesOn(c, m.id)
		default:
			m.tell(CallOver{ID: c.ID, Outcome: CallFailed, Reason: "the bridge was restarted"})
		}
	}
}
