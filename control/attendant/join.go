package attendant

import (
	"cmp"
	"errors"
	"time"

	"partyline/control"
)

// enter tries an access code, or the number that was dialled, and joins its meeting unless that asks for a PIN.
func (s *session) enter(e Enter) {
	meeting, role, code := s.attendant.found(s, e.Code)
	if code != "" {
		s.log.Info("access code refused", "status", string(code))
		s.post(Refused{Tag: e.Tag, Code: code})
		return
	}
	s.meeting, s.role, s.trusted = meeting, role, ""
	if role == "" { // the code says who he is
		s.trusted = e.Code
	}
	f := Found{Tag: e.Tag, Code: s.trusted}
	number, name, language, now := s.call.From, s.call.FromName, s.language, time.Now()
	meeting.Look(func(state *control.State) {
		if state == nil {
			s.post(Refused{Tag: e.Tag, Code: control.CodeWrongState})
			return
		}
		f.Language = cmp.Or(language, state.Options.Language)
		f.ask(state, state.Participants[state.Knows(number, name, now)], now)
		if f.PIN || f.Name {
			s.post(f)
			return
		}
		s.line.Post(func() { s.join(Join{Tag: e.Tag, Code: f.Code}) })
	})
}

// ask says what the meeting wants to know of a caller who is known by his number, or by the code of somebody.
func (f *Found) ask(s *control.State, who *control.Participant, now time.Time) {
	if f.Code != "" {
		p, err := s.Keyed(f.Code, now)
		f.Name = err == nil && s.AsksName(p)
		return
	}
	f.PIN, f.Required = s.Options.AsksPIN(), s.Options.PersonalPINs == control.PINsRequired
	f.Name, f.Names = s.AsksName(who), s.AsksName(nil)
}

// join brings the caller into the meeting whose code or number he has dialled.
func (s *session) join(j Join) {
	if s.gone || s.meeting == nil {
		return
	}
	tag, code := j.Tag, j.Code
	if code != "" && code != s.trusted && !s.mayGuess() {
		s.post(Refused{Tag: tag, Code: control.CodeRateLimited})
		return
	}
	meeting := s.meeting
	s.participant, s.entering = control.NewID[control.ParticipantID]("par_"), tag
	join := control.Join{
		Participant: s.participant, Leg: s.call.Leg, Kind: control.PhoneLeg,
		Number: s.call.From, Name: s.call.FromName, Role: s.role, Code: code, Language: s.language,
	}
	if j.Named {
		join.Named = s.named
	}
	meeting.Submit(join, s.meta(), func(_ any, err error) {
		if code != "" {
			s.guessed(meeting, s.code(err))
		}
		if err != nil {
			s.refused(tag, err)
		}
	})
	meeting.Look(func(state *control.State) { // comes after the join
		s.follow(meeting, state, func(v View) Input { return Entered{Tag: tag, View: v} },
			func() { s.refused(tag, control.Errorf(control.CodeWrongState, "the meeting has ended")) })
	})
}

// refused is a join that failed; the first reason counts.
func (s *session) refused(tag Tag, err error) {
	s.line.Post(func() {
		if s.entering != tag {
			return
		}
		s.entering = 0
		code := s.code(err)
		if e, ok := errors.AsType[*control.Error](err); code == control.CodeNotFound && (!ok || e.Field != "code") {
			code = control.CodeWrongState // the meeting has just ended
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
		if state != nil && lostLive(state, s.call.Leg) {
			s.post(LiveLost{})
		}
	})
}

// found finds the meeting of a code, or of the dialled number if there is none.
func (a *Attendant) found(s *session, code string) (Meeting, control.Role, control.Code) {
	if code != "" {
		return a.byCode(s.source, code)
	}
	meeting, _, err := a.options.Registry.ByNumber(s.call.To, a.trunk(s.call))
	if err != nil {
		return nil, "", control.CodeWrongState // it was unbound just now, or the meeting has ended
	}
	return meeting, control.Audience, ""
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
