package attendant

import (
	"slices"

	"partyline/control"
)

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

func (m *Machine) serveHelp(v View) {
	if len(v.Help) == 0 {
		m.say("no_requests")
		return
	}
	m.serve(v.Help)
}

// serve offers the first of the calls for help, after saying what became of the one before.
func (m *Machine) serve(calls []HelpCall, before ...Phrase) {
	if len(calls) == 0 {
		m.leave(append(before, "no_more_requests")...)
		return
	}
	call := calls[0]
	m.unannounce(helpOf(call.Room)) // he hears it now
	m.offer(&menu{
		says: append(before, asks(call.Room, call.RoomName, call.Who), Phrase("help_since").Time(about(m.now.Sub(call.At))), "queue_keys"),
		choices: []choice{
			{key: '1', run: func(m *Machine) { m.accept(calls, false) }},
			{key: '2', run: func(m *Machine) { m.decline(calls) }},
			{key: '3', run: func(m *Machine) { m.serve(calls[1:]) }},
			{key: '4', run: func(m *Machine) { m.accept(calls, true) }},
		},
	})
}

// asks says that a room asks for help, and who does if that is known.
func asks(room int, name string, who Person) Phrase {
	if !who.known() {
		return Phrase("asks_for_help").Room(room, name)
	}
	return who.in(Phrase("asked_by").Room(room, name))
}

// accept goes to the room that asks, to be heard there or only to listen.
func (m *Machine) accept(calls []HelpCall, listens bool) {
	call := calls[0]
	m.do(Do{Deed: Accept, Request: call.ID, Speaker: true, Command: func(me control.ParticipantID) control.Command {
		return control.AcceptHelp{Request: call.ID, By: me, ListenOnly: listens}
	}}, func(code control.Code) {
		switch {
		case code != "":
			m.unserved(calls, code)
		case listens:
			m.arrived(call.Room, call.RoomName, "listening_only")
		default:
			m.arrived(call.Room, call.RoomName)
		}
	})
}

func (m *Machine) decline(calls []HelpCall) {
	m.do(Do{Deed: Decline, Request: calls[0].ID, Speaker: true}, func(code control.Code) {
		if code != "" {
			m.unserved(calls, code)
			return
		}
		m.serve(calls[1:], "request_declined")
	})
}

// unserved says why a call could not be answered.
func (m *Machine) unserved(calls []HelpCall, code control.Code) {
	switch code {
	case control.CodeNotFound, control.CodeWrongState: // another speaker was faster
		m.serve(slices.Clone(calls[1:]), "request_gone")
	case control.CodeNotAllowed:
		m.leave("cannot_move")
	default:
		m.leave("try_again")
	}
}
