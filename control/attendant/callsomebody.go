package attendant

import (
	"strings"

	"partyline/control"
)

// ActCall has the bridge call somebody into the room that the speaker is in. It has no keys unless the operator gives it some:
// all short ones are taken.
const ActCall Action = "call"

var _ = declare(command{
	action: ActCall, speakers: true, order: 95,
	run:  func(m *Machine) { m.look(m.callSomebody) },
	help: func(m *Machine, _ View) []Phrase { return m.press(ActCall, "", "to_call") },
})

// Call is the deed of having somebody called.
const Call Deed = "call"

// CallCame says to whoever had somebody called that he does not come, and why not.
type CallCame struct{ Outcome control.CallOutcome }

func (CallCame) input() {}

// maxCalledDigits is more than any telephone number has, with 00 before it.
const maxCalledDigits = 20

// calledEntry takes a telephone number.
type calledEntry struct {
	room     control.RoomID
	digits   []byte
	repeated bool
}

func (m *Machine) callSomebody(v View) {
	c := &calledEntry{room: control.MainRoom}
	if room, ok := v.find(v.Room); ok {
		c.room = room.ID
	}
	m.become(c)
	m.say("enter_number")
}

func (c *calledEntry) key(m *Machine, digit byte) {
	switch {
	case digit >= '0' && digit <= '9':
		if len(c.digits) < maxCalledDigits {
			c.digits = append(c.digits, digit)
		}
		m.until = m.now.Add(codeSilence)
	case digit == '#':
		c.finish(m)
	case digit == '*':
		m.command()
	}
}

func (c *calledEntry) rest(m *Machine) { m.until = m.now.Add(codeSilence) }

// late gives a number up that was not finished: half of one may be somebody else's.
func (c *calledEntry) late(m *Machine) {
	if c.repeated || len(c.digits) > 0 {
		m.leave("menu_left")
		return
	}
	c.repeated = true
	m.say("enter_number")
}

func (c *calledEntry) holds() bool { return len(c.digits) > 0 }

func (c *calledEntry) finish(m *Machine) {
	if len(c.digits) == 0 {
		m.leave("menu_left")
		return
	}
	to := string(c.digits)
	if !strings.HasPrefix(to, "00") {
		to = "+" + to
	}
	d := Do{Deed: Call, Speaker: true, Command: func(me control.ParticipantID) control.Command {
		return control.CallOut{To: to, By: me, Room: c.room}
	}}
	m.confirm(func(m *Machine) {
		m.do(d, func(code control.Code) { m.say(callBegun(code)) })
	}, Phrase("call_question").Keys(string(c.digits)))
}

// callBegun is the answer to a call that was asked for.
func callBegun(code control.Code) Phrase {
	switch code {
	case "":
		return "calling"
	case control.CodeNotAllowed, control.CodeInvalid:
		return "number_not_allowed"
	case control.CodeLimit, control.CodeRateLimited:
		return "too_many_calls"
	case control.CodeWrongState:
		return "called_already"
	default:
		return "try_again"
	}
}

// calls tells whoever had somebody called that he does not come. Whoever comes is heard.
func (f *follower) calls(ev control.Event, s *control.State) {
	e, ok := ev.(control.CallFinished)
	if !ok {
		return
	}
	switch c := s.CallOf(e.Call); {
	case c == nil, c.By != f.id:
	case e.Outcome == control.CallCompleted, e.Outcome == control.CallHungUp, e.Outcome == control.CallCancelled:
	default:
		f.tell(CallCame{Outcome: e.Outcome})
	}
}

func (m *Machine) callCame(in CallCame) {
	switch in.Outcome {
	case control.CallBusy:
		m.announce("call", "call_busy")
	case control.CallNoAnswer, control.CallNotConfirmed:
		m.announce("call", "call_not_answered")
	case control.CallDeclined:
		m.announce("call", "call_declined")
	default:
		m.announce("call", "call_failed")
	}
}
