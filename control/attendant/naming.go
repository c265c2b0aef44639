package attendant

import (
	"time"

	"partyline/control"
)

// Times of recorded names. Chosen November 2026: the longest names take 4 s.
const (
	nameLimit   = 5 * time.Second
	nameShort   = 200 * time.Millisecond // shorter is no name
	nameSilence = 5 * time.Second        // after the question whether it is right: it is
	nameTries   = 2                      // in which nothing was heard
)

// Check looks whose code it is before he is in: [Checked] or [Refused] follows.
type Check struct {
	Tag  Tag
	Code string
}

// Checked answers [Check]: the code is somebody's. Name: he is to say his name.
type Checked struct {
	Tag  Tag
	Name bool
}

func (Check) output()  {}
func (Checked) input() {}

// naming has a caller say his name before he comes in.
type naming struct {
	code   string // that says who he is; "": none
	silent int
}

// askName asks for the name; first: nothing has been said to the caller yet.
func (m *Machine) askName(code string, first bool) {
	n := &naming{code: code}
	told := m.opening
	if m.opening = nil; first {
		told = append(told, "welcome")
	}
	n.ask(m, told...)
}

func (n *naming) ask(m *Machine, told ...Phrase) {
	m.record(&recording{limit: nameLimit, done: n.said, cancel: n.skip}, append(told, "say_name")...)
}

// said hears what was recorded.
func (n *naming) said(m *Machine, in Recorded) {
	switch {
	case in.Failed:
		n.skip(m)
	case in.Length >= nameShort:
		m.become(&nameCheck{naming: n})
		m.replay(in.Length + time.Second)
	case n.silent+1 >= nameTries:
		n.skip(m)
	default:
		n.silent++
		n.ask(m, "name_not_heard")
	}
}

// skip goes on without a name.
func (n *naming) skip(m *Machine) { m.join(Join{Code: n.code}, (*Machine).turnedAway) }

// nameCheck plays the name back and asks whether it is right.
type nameCheck struct {
	*naming
	asked bool
}

func (c *nameCheck) key(m *Machine, digit byte) {
	switch digit {
	case '1', '#':
		c.keep(m)
	case '2':
		m.out = append(m.out, Discard{})
		c.ask(m)
	default:
		c.asked = true
		m.say("keep_name")
	}
}

// rest asks once the name has been heard, and then takes silence for a yes.
func (c *nameCheck) rest(m *Machine) {
	if !c.asked {
		c.asked = true
		m.say("keep_name")
		return
	}
	m.until = m.now.Add(nameSilence)
}

func (c *nameCheck) late(m *Machine) { c.keep(m) }

func (c *nameCheck) holds() bool { return true }

// keep stores the name and goes in, with or without it.
func (c *nameCheck) keep(m *Machine) {
	tag := m.ask(keepLimit, func(in Input) {
		kept, ok := in.(Kept)
		m.out = append(m.out, Discard{})
		m.join(Join{Code: c.code, Named: ok && kept.Code == ""}, (*Machine).turnedAway)
	})
	m.out = append(m.out, Keep{Tag: tag, Name: true})
}

// keepName stores a take as the name of who is about to join.
func (s *session) keepName(k Keep) {
	if s.meeting == nil {
		s.post(Kept{Tag: k.Tag, Code: control.CodeWrongState})
		return
	}
	id := control.NewNameID()
	s.attendant.options.Recorder.Store(s.call.Leg, s.meeting.ID(), id, func(a control.Audio, err error) {
		s.line.Post(func() {
			if err == nil {
				s.named = &a
			}
			s.step(Kept{Tag: k.Tag, Audio: id, Code: s.code(err)})
		})
	})
}

// check looks whose a code is. It is judged once more when he joins with it.
func (s *session) check(c Check) {
	if !s.mayGuess() {
		s.post(Refused{Tag: c.Tag, Code: control.CodeRateLimited})
		return
	}
	meeting, now := s.meeting, time.Now()
	meeting.Look(func(state *control.State) {
		if state == nil {
			s.post(Refused{Tag: c.Tag, Code: control.CodeWrongState})
			return
		}
		p, err := state.Keyed(c.Code, now)
		if err != nil {
			s.guessed(meeting, control.CodeNotFound)
			s.post(Refused{Tag: c.Tag, Code: control.CodeNotFound})
			return
		}
		s.post(Checked{Tag: c.Tag, Name: state.AsksName(p)})
	})
}
