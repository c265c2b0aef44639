package attendant

import "partyline/control"

// ActAskHelp invites the speakers, or takes that back.
const ActAskHelp Action = "ask_help"

var _ = declare(command{
	action: ActAskHelp, audience: []string{"*0"}, order: 30,
	run: func(m *Machine) { m.look(m.askHelp) },
	help: func(m *Machine, v View) []Phrase {
		switch {
		case v.MyRequest != "":
			return append(m.called(v.Called), m.press(ActAskHelp, "", "to_withdraw_help")...)
		case mayAsk(v):
			return append(m.called(v.Called), m.press(ActAskHelp, "", "to_ask_help")...)
		}
		return nil
	},
})

func (m *Machine) askHelp(v View) {
	coming := v.Called.Outcome == control.HelpAccepted && m.now.Sub(v.Called.At) <= calledNews
	switch {
	case v.MyRequest != "":
		m.withdrawHelp(v.MyRequest)
	case !mayAsk(v):
		m.say("help_in_main_room")
	case v.RoomAsks: // his room waits already
		m.say(m.called(v.Called)...)
	case coming: // he may have been held up
		m.offer(&menu{says: m.called(v.Called), choices: []choice{{key: '1', says: "to_ask_again", run: (*Machine).invite}}, brief: true})
	default:
		m.invite()
	}
}

// invite asks the speakers to come.
func (m *Machine) invite() {
	m.do(Do{Deed: Ask}, func(code control.Code) {
		switch code {
		case "":
			m.say("help_asked")
		case control.CodeRateLimited:
			m.say("help_too_soon")
		case control.CodeWrongState, control.CodeNotAllowed:
			m.say("help_in_main_room")
		default:
			m.say("try_again")
		}
	})
}

func (m *Machine) withdrawHelp(request control.HelpID) {
	m.do(Do{Deed: Withdraw, Request: request}, func(code control.Code) {
		switch code {
		case "":
			m.say("help_withdrawn")
		case control.CodeNotFound, control.CodeWrongState, control.CodeNotAllowed: // answered in the same moment
			m.say("request_gone")
		default:
			m.say("try_again")
		}
	})
}

// mayAsk says whether help can be asked for: in the main room the speakers are there, unless they are in breakouts.
func mayAsk(v View) bool {
	return v.Room > 0 || v.Room == 0 && v.Breakouts == control.BreakoutsOpen
}
