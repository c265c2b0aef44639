package attendant

import "partyline/control"

// ActQueue serves the rooms that ask for help.
const ActQueue Action = "help_queue"

var _ = declare(command{
	action: ActQueue, speaker: []string{"*0"}, speakers: true, order: 30,
	run: func(m *Machine) { m.look(m.serveHelp) },
	help: func(m *Machine, v View) []Phrase {
		if len(v.Help) == 0 {
			return nil
		}
		return m.press(ActQueue, "", "to_serve_help")
	},
})

// helpQueue lets a speaker answer the rooms that ask for help.
type helpQueue struct {
	calls    []HelpCall // still to be answered, the present one first
	repeated bool
}

func (m *Machine) serveHelp(v View) {
	if len(v.Help) == 0 {
		m.say("no_requests")
		return
	}
	q := &helpQueue{calls: v.Help}
	m.become(q)
	m.say(q.phrases()...)
}

func (q *helpQueue) phrases() []Phrase {
	return []Phrase{asks(q.calls[0].Room), "queue_keys"}
}

func (q *helpQueue) key(m *Machine, digit byte) {
	switch digit {
	case '1':
		q.answer(m, Accept)
	case '2':
		q.answer(m, Decline)
	case '3':
		q.next(m)
	case '4': // joining as a listener
		m.say("not_available")
	case '#':
		m.leave("menu_left")
	case '*':
		m.command()
	}
}

func (q *helpQueue) answer(m *Machine, deed Deed) {
	call := q.calls[0]
	m.do(Do{Deed: deed, Request: call.ID}, func(code control.Code) {
		switch {
		case code == "" && deed == Accept:
			m.become(&commands{})
			m.arrived(call.Room)
		case code == "":
			q.next(m, "request_declined")
		case code == control.CodeNotFound, code == control.CodeWrongState: // another speaker was faster
			q.next(m, "request_gone")
		case code == control.CodeNotAllowed:
			m.leave("cannot_move")
		default:
			m.leave("try_again")
		}
	})
}

// next goes on to the next request, after saying what became of the last.
func (q *helpQueue) next(m *Machine, before ...Phrase) {
	q.calls, q.repeated = q.calls[1:], false
	if len(q.calls) == 0 {
		m.leave(append(before, "no_more_requests")...)
		return
	}
	m.say(append(before, q.phrases()...)...)
}

func (q *helpQueue) rest(m *Machine) { m.until = m.now.Add(menuSilence) }

func (q *helpQueue) late(m *Machine) {
	if q.repeated {
		m.leave("menu_left")
		return
	}
	q.repeated = true
	m.say(q.phrases()...)
}

func (q *helpQueue) holds() bool { return false }
