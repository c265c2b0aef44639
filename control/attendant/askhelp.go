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
			return m.press(ActAskHelp, "", "to_withdraw_help")
		case mayAsk(v):
			return m.press(ActAskHelp, "", "to_ask_help")
		}
		return nil
	},
})

func (m *Machine) askHelp(v View) {
	d, said := Do{Deed: Ask}, Phrase("help_asked")
	switch {
	case v.MyRequest != "":
		d, said = Do{Deed: Withdraw, Request: v.MyRequest}, "help_withdrawn"
	case !mayAsk(v):
		m.say("help_in_main_room")
		return
	case v.RoomAsks:
		m.say(said)
		return
	}
	m.do(d, func(code control.Code) {
		switch code {
		case "":
			m.say(said)
		case control.CodeRateLimited:
			m.say("help_too_soon")
		case control.CodeNotFound: // answered in the same moment
			m.say("request_gone")
		case control.CodeWrongState, control.CodeNotAllowed:
			if d.Deed == Withdraw {
				m.say("request_gone")
				return
			}
			m.say("help_in_main_room")
		default:
			m.say("try_again")
		}
	})
}

// mayAsk says whether help can be asked for: in the main room the speakers are there, unless they are in breakouts.
func mayAsk(v View) bool {
	return v.Room > 0 || v.Room == 0 && v.Breakouts == control.BreakoutsOpen
}
