package attendant

import "partyline/control"

// Attach is the deed of a caller who says by a code who he is: one that he sees on the web, his PIN, or the speaker code.
const Attach Deed = "attach"

// Doubled says that another telephone has come that is the caller's too.
type Doubled struct{}

func (Doubled) input() {}

// attachEntry asks for such a code.
type attachEntry struct {
	digits []byte
	wrong  int
	silent bool
}

func (m *Machine) askWho() {
	m.become(&attachEntry{})
	m.say("enter_who")
}

func (a *attachEntry) key(m *Machine, digit byte) {
	switch {
	case digit >= '0' && digit <= '9':
		if len(a.digits) < maxCodeDigits {
			a.digits = append(a.digits, digit)
		}
		m.until = m.now.Add(codePause)
	case digit == '*' && len(a.digits) > 0:
		a.digits = nil
		m.say("enter_who")
	case digit == '*':
		m.command()
	case digit == '#' && len(a.digits) > 0:
		a.enter(m)
	case digit == '#':
		m.leave("menu_left")
	}
}

func (a *attachEntry) rest(m *Machine) { m.until = m.now.Add(codeSilence) }

func (a *attachEntry) late(m *Machine) {
	switch {
	case len(a.digits) > 0:
		a.enter(m)
	case a.silent:
		m.leave("menu_left")
	default:
		a.silent = true
		m.say("enter_who")
	}
}

func (a *attachEntry) holds() bool { return false }

func (a *attachEntry) enter(m *Machine) {
	code := string(a.digits)
	a.digits = nil
	attach := func(me control.ParticipantID) control.Command {
		return control.AttachPhone{Participant: me, Code: code}
	}
	m.do(Do{Deed: Attach, Command: attach}, func(refusal control.Code) {
		switch refusal {
		case "":
			m.leave("attached")
		case control.CodeNotFound:
			if a.wrong++; a.wrong >= maxCodeTries {
				m.leave("wrong_code")
				return
			}
			m.say("wrong_code", "enter_who")
		case control.CodeRateLimited:
			m.leave("too_many_codes")
		case control.CodeNotAllowed, control.CodeWrongState, control.CodeLimit:
			m.leave("cannot_attach")
		default:
			m.leave("try_again")
		}
	})
}
