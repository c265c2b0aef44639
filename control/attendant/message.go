package attendant

import (
	"time"

	"partyline/control"
)

// sendPause is how long the audience, who has ended the message by pound, may still think better of it once it was told how.
// Chosen November 2026.
const sendPause = 3 * time.Second

// Broadcast is the deed of sending a message.
const Broadcast Deed = "broadcast"

// recordMessage records a message to all rooms.
func (m *Machine) recordMessage() {
	m.record(&recording{limit: m.broadcasts.Recording, done: (*Machine).messageRecorded, cancel: cancelMessage}, "speak_message")
}

func cancelMessage(m *Machine) { m.leave("message_cancelled") }

func (m *Machine) messageRecorded(in Recorded) {
	switch {
	case in.Failed:
		m.leave("try_again")
	case in.Length == 0:
		m.out = append(m.out, Discard{})
		m.leave("heard_nothing")
	default:
		m.review(&review{length: in.Length, cut: in.Cut, pound: m.role != control.Speaker})
	}
}

// review is the state of a caller who has recorded a message, which nobody has heard yet.
type review struct {
	length   time.Duration
	cut      bool // by the limit
	pound    bool // sends it; else it cancels, as it leaves other menus
	repeated bool
	star     time.Time // of a star that waits for its pound
}

func (m *Machine) review(r *review) {
	m.become(r)
	m.say(r.phrases()...)
}

// phrases says what can be done. The audience has said by its pound that the message is to be sent.
func (r *review) phrases() []Phrase {
	var says []Phrase
	if r.cut {
		says = append(says, "message_cut")
	}
	cancel := Phrase("to_cancel").Keys("#")
	if r.pound {
		cancel = Phrase("to_cancel").Keys("*#")
	}
	if r.sends() {
		says = append(says, "message_goes_out")
	} else {
		says = append(says, Phrase("to_send").Keys("1"))
	}
	return append(says, Phrase("to_hear_again").Keys("2"), Phrase("to_record_again").Keys("3"), cancel)
}

// sends says that silence sends the message.
func (r *review) sends() bool { return r.pound && !r.cut }

func (r *review) key(m *Machine, digit byte) {
	starred := !r.star.IsZero() && m.now.Sub(r.star) < starLapse
	r.star = time.Time{}
	switch {
	case starred && digit == '#':
		r.cancel(m)
	case starred: // it begins another command
		m.out = append(m.out, Discard{})
		m.command()
		m.mode.key(m, digit)
	case digit == '*':
		r.star = m.now
		m.until = m.now.Add(starLapse)
	case digit == '1', digit == '#' && r.pound:
		m.send()
	case digit == '#':
		r.cancel(m)
	case digit == '2':
		m.replay(r.length + time.Second)
		r.star, r.repeated = time.Time{}, false
		m.become(&replaying{r})
	case digit == '3':
		m.recordMessage()
	default:
		m.say("unknown_key")
	}
}

func (r *review) cancel(m *Machine) {
	m.out = append(m.out, Discard{})
	cancelMessage(m)
}

func (r *review) rest(m *Machine) {
	m.until = m.now.Add(menuSilence)
	if r.sends() {
		m.until = m.now.Add(sendPause)
	}
}

func (r *review) late(m *Machine) {
	switch {
	case !r.star.IsZero():
		r.star = time.Time{}
	case r.sends():
		m.send()
	case r.repeated:
		r.cancel(m)
	default:
		r.repeated = true
		m.say(r.phrases()...)
	}
}

func (r *review) holds() bool { return true }

// replaying is the state of a caller who hears his message again. Then, or with any key, he decides.
type replaying struct{ then *review }

func (r *replaying) key(m *Machine, digit byte) {
	m.become(r.then)
	r.then.key(m, digit)
}

func (r *replaying) rest(m *Machine) { m.review(r.then) }
func (r *replaying) late(*Machine)   {}
func (r *replaying) holds() bool     { return true }

// send stores the message and has it broadcast. Whatever comes of it, it is not kept here any longer.
func (m *Machine) send() {
	m.become(&commands{})
	m.keep(func(audio control.AudioID, code control.Code) {
		m.out = append(m.out, Discard{})
		switch code {
		case "":
			m.order(audio)
		case control.CodeLimit:
			m.leave("no_room_for_messages")
		default:
			m.leave("try_again")
		}
	})
}

func (m *Machine) order(audio control.AudioID) {
	send := func(me control.ParticipantID) control.Command {
		return control.SendBroadcast{ID: control.NewID[control.BroadcastID]("bct_"), Audio: audio, By: me}
	}
	m.do(Do{Deed: Broadcast, Command: send}, func(code control.Code) {
		if code != "" {
			m.broadcastRefused(code)
			return
		}
		m.leave("message_sent")
	})
}
