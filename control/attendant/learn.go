package attendant

import "partyline/control"

// learn asks for a view and for what else a command has to know: of looks on the goroutine that owns the meeting, and
// keeps nothing of it.
func learn[T any](m *Machine, of func(s *control.State, me *control.Participant) T, then func(v View, found T)) {
	m.lookFor(func(s *control.State, me *control.Participant) any { return of(s, me) }, func(seen Seen) {
		found, _ := seen.Found.(T)
		then(seen.View, found)
	})
}

// lookFor is look, with the answer as it comes.
func (m *Machine) lookFor(of func(s *control.State, me *control.Participant) any, then func(seen Seen)) {
	tag := m.ask(answerLimit, func(in Input) {
		seen, ok := in.(Seen)
		if !ok {
			m.leave("try_again")
			return
		}
		m.take(seen.View)
		then(seen)
	})
	m.out = append(m.out, Look{Tag: tag, Of: of})
}

// look asks how the meeting stands for the caller.
func (m *Machine) look(then func(v View)) {
	m.lookFor(nil, func(seen Seen) { then(seen.View) })
}

// tell has something done, and says what came of it: done if it was, else the refusal's words, or "try again".
func (m *Machine) tell(d Do, done Phrase, refusals map[control.Code]Phrase) {
	m.do(d, func(code control.Code) {
		said, known := refusals[code]
		switch {
		case code == "":
			said = done
		case known:
		case code == control.CodeNotAllowed && d.Speaker:
			said = "for_speakers"
		default:
			said = "try_again"
		}
		m.say(said)
	})
}
