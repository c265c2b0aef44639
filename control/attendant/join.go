package attendant

import (
	"errors"
	"time"

	"partyline/control"
)

// enter tries an access code and joins its meeting.
func (s *session) enter(e Enter) {
	meeting, role, code := s.attendant.byCode(s.source, e.Code)
	if code != "" {
		s.log.Info("access code refused", "status", string(code))
		s.post(Refused{Tag: e.Tag, Code: code})
		return
	}
	s.meeting, s.participant = meeting, control.NewID[control.ParticipantID]("par_")
	join := control.Join{
		Participant: s.participant, Leg: s.call.Leg, Kind: control.PhoneLeg,
		Number: s.call.From, Name: s.call.FromName, Role: role,
	}
	s.entering = e.Tag
	meeting.Submit(join, s.meta(), func(_ any, err error) {
		if err != nil {
			s.refused(e.Tag, err)
		}
	})
	meeting.Look(func(state *control.State) { // comes after the join
		s.follow(meeting, state, func(v View) Input { return Entered{Tag: e.Tag, View: v} },
			func() { s.refused(e.Tag, control.Errorf(control.CodeWrongState, "the meeting has ended")) })
	})
}

// refused is a join that failed; the first reason counts.
func (s *session) refused(tag Tag, err error) {
	s.line.Post(func() {
		if s.entering != tag {
			return
		}
		s.entering, s.meeting = 0, nil
		code := s.code(err)
		if code == control.CodeNotFound {
			code = control.CodeWrongState // the code was right: the meeting has just ended
		}
		s.step(Refused{Tag: tag, Code: code})
	})
}

// follow runs on the meeting's goroutine after the join: what happens from here on is announced. If the leg is not
// in the meeting any more, lost is called.
func (s *session) follow(meeting Meeting, state *control.State, input func(v View) Input, lost func()) {
	if state == nil {
		lost()
		return
	}
	id := state.Legs[s.call.Leg]
	v, ok := see(state, id)
	if !ok {
		lost()
		return
	}
	meeting.Follow(s.call.Leg, newFollower(state, s.call.Leg, s.post).event)
	s.line.Post(func() {
		s.entered(id)
		s.step(input(v))
	})
}

// entered runs on the leg's goroutine once the caller is in the meeting.
func (s *session) entered(id control.ParticipantID) {
	if s.gone {
		return
	}
	s.participant, s.joined, s.entering = id, true, 0
	s.log.Info("caller joined", "meeting", string(s.meeting.ID()))
	if s.held {
		s.fact(control.HoldLeg{Leg: s.call.Leg, Held: true})
	}
}

// resume takes up a call that another process has answered: nothing is said, for nothing has happened to the caller.
func (s *session) resume() {
	meeting := s.meeting
	meeting.Look(func(state *control.State) {
		s.follow(meeting, state, func(v View) Input { return Resumed{View: v} }, func() { s.post(Over{}) })
	})
}

// byCode finds a meeting, within the limits of guessing; code says why not. A locked source hears the same
// whether the code is right or wrong.
func (a *Attendant) byCode(source, digits string) (Meeting, control.Role, control.Code) {
	now := time.Now()
	if !a.guesses.allowed(source, now) {
		return nil, "", control.CodeRateLimited
	}
	meeting, role, err := a.options.Registry.ByCode(digits)
	if err != nil {
		code, ok := errorCode(err)
		switch {
		case !ok:
			a.options.Logger.Error("access code could not be looked up", "err", err)
			return nil, "", control.CodeStore
		case code == control.CodeNotFound || code == control.CodeInvalid:
			a.guesses.wrong(source, now)
			return nil, "", control.CodeNotFound
		}
		return nil, "", code
	}
	a.guesses.right(source, now)
	return meeting, role, ""
}

func errorCode(err error) (control.Code, bool) {
	refusal, ok := errors.AsType[*control.Error](err)
	if !ok {
		return "", false
	}
	return refusal.Code, true
}
