package attendant

import "partyline/control"

// ActMute mutes or unmutes the caller.
const ActMute Action = "mute"

var _ = declare(command{
	action: ActMute, audience: []string{"*6"}, speaker: []string{"*6"}, order: 10,
	run: func(m *Machine) { m.look(m.mute) },
	help: func(m *Machine, v View) []Phrase {
		switch {
		case v.MutedByAdmin:
			return []Phrase{"muted_by_speaker"}
		case v.listensIn():
			return m.press(ActMute, "", "to_be_heard")
		case v.Muted:
			return m.press(ActMute, "", "to_unmute")
		}
		return m.press(ActMute, "", "to_mute")
	},
})

func (m *Machine) mute(v View) {
	if v.MutedByAdmin {
		m.say("muted_by_speaker", "cannot_unmute")
		return
	}
	if v.listensIn() {
		m.speakUp(v)
		return
	}
	deed, said := Mute, Phrase("muted")
	if v.Muted {
		deed, said = Unmute, "unmuted"
	}
	m.do(Do{Deed: deed}, func(code control.Code) {
		switch code {
		case "":
			m.unannounce(hint)
			m.muted = deed == Mute
			m.say(said)
		case control.CodeNotAllowed:
			m.say("muted_by_speaker", "cannot_unmute")
		default:
			m.say("try_again")
		}
	})
}

// listensIn says whether a speaker only listens in the room where he is, which he may end.
func (v View) listensIn() bool { return v.ListenOnly && v.Role == control.Speaker }

// speakUp has a speaker who only listens be heard in the room where he is.
func (m *Machine) speakUp(v View) {
	m.do(Do{Deed: Go, Room: v.Here}, func(code control.Code) {
		switch {
		case code != "":
			m.say("try_again")
		case v.Muted:
			m.say("heard_again", "muted")
		default:
			m.say("heard_again")
		}
	})
}
