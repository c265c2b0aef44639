package attendant

import "partyline/control"

// PINWanted answers [Enter]: the meeting asks for personal PINs. [Join] goes on.
type PINWanted struct {
	Tag      Tag
	Required bool
	Language string
	Known    bool // by his number: without a PIN he is not somebody new
}

// Join brings the caller into the meeting that [Enter] has found: [Entered] or [Refused] follows. Code is what he has keyed
// in to say who he is: his PIN, a phone code or the speaker code; "": nothing.
type Join struct {
	Tag  Tag
	Code string
}

func (PINWanted) input() {}
func (Join) output()     {}

// pinEntry asks for the personal PIN. To a wrong one it says what is said of a wrong access code.
type pinEntry struct {
	digits   []byte
	required bool
	wrong    int
	silent   int // prompts without an answer
}

// askPIN asks for the PIN; first: nothing has been said to the caller yet.
func (m *Machine) askPIN(in PINWanted, first bool) {
	p := &pinEntry{required: in.Required}
	m.become(p)
	m.language = in.Language
	if first {
		m.say("welcome", p.prompt())
		return
	}
	m.say(p.prompt())
}

func (p *pinEntry) prompt() Phrase {
	if p.required {
		return "enter_pin"
	}
	return "enter_pin_or_skip"
}

func (p *pinEntry) key(m *Machine, digit byte) {
	switch {
	case digit >= '0' && digit <= '9':
		if len(p.digits) < maxCodeDigits {
			p.digits = append(p.digits, digit)
		}
		m.until = m.now.Add(codePause)
	case digit == '*':
		p.digits = nil
		m.say(p.prompt())
	case digit == '#' && len(p.digits) > 0:
		p.enter(m)
	case digit == '#' && !p.required:
		m.join("", p.refused)
	case digit == '#':
		p.late(m)
	}
}

func (p *pinEntry) rest(m *Machine) { m.until = m.now.Add(codeSilence) }

func (p *pinEntry) late(m *Machine) {
	if len(p.digits) > 0 {
		p.enter(m)
		return
	}
	if p.silent++; p.silent >= maxCodeTries {
		p.without(m, "no PIN was keyed in")
		return
	}
	m.say(p.prompt())
}

func (p *pinEntry) holds() bool { return true }

func (p *pinEntry) enter(m *Machine) {
	code := string(p.digits)
	p.digits = nil
	m.join(code, p.refused)
}

// refused hears why the caller is not in.
func (p *pinEntry) refused(m *Machine, code control.Code) {
	switch {
	case code == control.CodeRateLimited && !p.required:
		p.without(m, "", "too_many_codes")
	case code != control.CodeNotFound:
		m.turnedAway(code)
	case p.wrong+1 >= maxCodeTries:
		p.without(m, "wrong PINs", "wrong_code")
	default:
		p.wrong++
		m.say("wrong_code", p.prompt())
	}
}

// without goes on without a PIN, or ends the call if it must be.
func (p *pinEntry) without(m *Machine, reason string, said ...Phrase) {
	if p.required {
		m.part(reason, append(said, "goodbye")...)
		return
	}
	m.opening = append(said, "without_pin")
	m.join("", func(m *Machine, code control.Code) { m.turnedAway(code) })
}

// join goes into the meeting.
func (m *Machine) join(code string, refused func(m *Machine, code control.Code)) {
	tag := m.ask(enterLimit, func(in Input) {
		switch in := in.(type) {
		case Entered:
			m.enter(in.View)
		case Refused:
			refused(m, in.Code)
		default:
			refused(m, control.CodeOverloaded)
		}
	})
	m.out = append(m.out, Join{Tag: tag, Code: code})
}
