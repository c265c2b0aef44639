package attendant

import "partyline/control"

// Found answers [Enter]: there is such a meeting, and it wants to know more before the caller is in. [Join] goes on.
type Found struct {
	Tag      Tag
	PIN      bool   // it asks for personal PINs
	Required bool   // without one nobody comes in
	Names    bool   // it has callers say their names: who keys something in is to be asked by [Check]
	Name     bool   // he is to say his name if he goes on as he is
	Code     string // that says already who he is; "": none does
	Language string
}

// Join brings the caller into the meeting that [Enter] has found: [Entered] or [Refused] follows. Code is what he has keyed
// in to say who he is: his PIN, a phone code or the speaker code; "": nothing.
type Join struct {
	Tag   Tag
	Code  string
	Named bool // by the name that he has recorded
}

// found goes on with a caller whose meeting is known; first: nothing has been said to him yet.
func (m *Machine) found(in Found, first bool) {
	m.language = in.Language
	if in.PIN {
		m.askPIN(in, first)
		return
	}
	m.askName(in.Code, first)
}

func (Found) input() {}
func (Join) output() {}

// pinEntry asks for the personal PIN. To a wrong one it says what is said of a wrong access code.
type pinEntry struct {
	digits   []byte
	required bool
	names    bool // who keys in a PIN may have to say his name
	name     bool // who does not has to
	wrong    int
	silent   int // prompts without an answer
}

// askPIN asks for the PIN; first: nothing has been said to the caller yet.
func (m *Machine) askPIN(in Found, first bool) {
	p := &pinEntry{required: in.Required, names: in.Names, name: in.Name}
	m.become(p)
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
		p.goOn(m)
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
	if !p.names {
		m.join(Join{Code: code}, p.refused)
		return
	}
	tag := m.ask(answerLimit, func(in Input) {
		switch in := in.(type) {
		case Checked:
			if in.Name {
				m.askName(code, false)
				return
			}
			m.join(Join{Code: code}, p.refused)
		case Refused:
			p.refused(m, in.Code)
		default:
			p.refused(m, control.CodeOverloaded)
		}
	})
	m.out = append(m.out, Check{Tag: tag, Code: code})
}

// goOn is for who has no PIN.
func (p *pinEntry) goOn(m *Machine) {
	if p.name {
		m.askName("", false)
		return
	}
	m.join(Join{}, (*Machine).turnedAway)
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
	p.goOn(m)
}

// join goes into the meeting.
func (m *Machine) join(j Join, refused func(m *Machine, code control.Code)) {
	j.Tag = m.ask(enterLimit, func(in Input) {
		switch in := in.(type) {
		case Entered:
			m.enter(in.View)
		case Refused:
			refused(m, in.Code)
		default:
			refused(m, control.CodeOverloaded)
		}
	})
	m.out = append(m.out, j)
}
