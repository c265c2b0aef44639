package attendant

import "partyline/control"

// codeEntry asks for the access code.
type codeEntry struct {
	digits []byte
	wrong  int  // codes
	silent int  // prompts without an answer
	quiet  bool // nothing has been said yet: the code or the number of a meeting was dialled
}

// maxCodeDigits bounds what is kept of a code: no code is that long.
const maxCodeDigits = 20

func (m *Machine) answered(in Answered) {
	c := &codeEntry{quiet: in.Code != "" || in.Bound}
	m.become(c)
	m.language = in.Language
	if c.quiet {
		c.digits = []byte(in.Code)
		c.enter(m)
		return
	}
	m.say("welcome", "enter_code")
}

func (c *codeEntry) key(m *Machine, digit byte) {
	switch {
	case digit >= '0' && digit <= '9':
		if len(c.digits) < maxCodeDigits {
			c.digits = append(c.digits, digit)
		}
		m.until = m.now.Add(codePause)
	case digit == '*':
		c.digits = nil
		m.say("enter_code")
	case digit == '#' && len(c.digits) > 0:
		c.enter(m)
	case digit == '#':
		c.late(m)
	}
}

func (c *codeEntry) rest(m *Machine) { m.until = m.now.Add(codeSilence) }

func (c *codeEntry) late(m *Machine) {
	if len(c.digits) > 0 {
		c.enter(m)
		return
	}
	if c.silent++; c.silent >= maxCodeTries {
		m.part("no code was keyed in", "goodbye")
		return
	}
	m.say("enter_code")
}

func (c *codeEntry) holds() bool { return true }

func (c *codeEntry) enter(m *Machine) {
	code := string(c.digits)
	c.digits = nil
	tag := m.ask(enterLimit, func(in Input) {
		switch in := in.(type) {
		case Entered:
			m.enter(in.View)
		case Found:
			m.found(in, c.quiet)
		case Refused:
			c.refused(m, in.Code)
		default:
			c.refused(m, control.CodeOverloaded)
		}
	})
	m.out = append(m.out, Enter{Tag: tag, Code: code})
}

func (c *codeEntry) refused(m *Machine, code control.Code) {
	c.quiet = false
	if code != control.CodeNotFound {
		m.turnedAway(code)
		return
	}
	if c.wrong++; c.wrong >= maxCodeTries {
		m.part("wrong codes", "wrong_code", "goodbye")
		return
	}
	m.say("wrong_code", "enter_code")
}

// turnedAway ends the call of who cannot come in.
func (m *Machine) turnedAway(code control.Code) {
	switch code {
	case control.CodeRateLimited:
		m.part("too many wrong codes", "too_many_codes", "goodbye")
	case control.CodeLimit:
		m.part("meeting is full", "meeting_full", "goodbye")
	case control.CodeWrongState:
		m.part("meeting has ended", "meeting_over", "goodbye")
	default:
		m.part("meeting cannot be joined", "cannot_join", "goodbye")
	}
}

// enter is the arrival in the meeting.
func (m *Machine) enter(v View) {
	m.take(v)
	m.become(&commands{})
	phrases := append(m.opening, keptOut(v.KeptOut)...)
	m.opening = nil
	if v.Telephones > 1 {
		phrases = append(phrases, "other_telephone")
	}
	phrases = append(phrases, whereabouts(v)...)
	if m.waiting() {
		m.told = m.now
		m.sayOf(breakouts, phrases...)
		return
	}
	if v.Muted || v.MutedByAdmin {
		phrases = append(phrases, "muted")
	}
	if v.Hand { // he has called again
		phrases = append(phrases, "hand_raised")
	}
	if v.Role == control.Speaker && len(v.Help) > 0 {
		phrases = append(phrases, m.press(ActQueue, "", "to_serve_help")...)
	}
	m.sayOf(breakouts, append(phrases, m.press(ActHelp, "", "for_help")...)...)
}
