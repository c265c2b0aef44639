package attendant

import (
	"slices"
	"time"

	"partyline/control"
)

// Times of the conversation. Those in a room are design; the others chosen November 2026.
const (
	codePause     = 4 * time.Second // after a digit of a code: the code is complete
	codeSilence   = 8 * time.Second // after the prompt: ask again
	starLapse     = 3 * time.Second // after a key of a command: forget it
	starAgain     = time.Second     // between two stars: the second starts anew
	numberPause   = 3 * time.Second // after a digit of a room number: it is complete
	menuSilence   = 6 * time.Second // after a menu: repeat it once, then leave it
	longestSay    = 2 * time.Minute // Played is overdue: go on without it; a speaker's help takes up to a minute
	lobbyPatience = time.Minute     // in the lobby: he is told again that he waits
	answerLimit   = 5 * time.Second // for a meeting's answer
	enterLimit    = 15 * time.Second
	maxCodeTries  = 3 // wrong codes, and prompts without an answer
	maxHeld       = 16
	maxAnnounced  = 8
)

// mode is a state of the conversation.
type mode interface {
	// key is a key of the telephone; speech has stopped.
	key(m *Machine, digit byte)
	// rest begins a silence: it says by m.until how long the mode waits. It may be called again at any time.
	rest(m *Machine)
	// late says that m.until has passed in silence.
	late(m *Machine)
	// holds says that announcements have to wait.
	holds() bool
}

// Machine is the conversation with one caller. It is pure: all it knows comes in by Step.
type Machine struct {
	keys Keymap

	broadcasts Broadcasts

	mode mode
	over bool // hung up

	languages []string // among which he can choose
	language  string   // that he hears; "": English

	role  control.Role
	room  int       // where the caller knows himself to be
	muted bool      // by himself, as he knows
	alone time.Time // when he was told that he is
	told  time.Time // when he was told in the lobby how many are before him
	news  bool      // that has changed since

	now   time.Time // of the present step
	until time.Time // the mode waits so long; zero: for ever
	out   []Output

	speaking   bool
	topic      string // of what is being said; "": of nothing that becomes untrue
	speakUntil time.Time
	announced  []announcement

	tag       Tag
	wait      func(in Input) // what to do with the answer to tag; nil: nothing is asked
	waitUntil time.Time
	doing     Deed // what is asked for; "": nothing is to be done
	held      []heldKey

	last, before heldKey // the last keys that the mode was given

	opening []Phrase // is said first when he is in
}

// breakouts is the topic of where one is and what can be done there.
const breakouts = "breakouts"

// announcement waits until it can be said. A later one about the same thing takes its place, even while it is said.
type announcement struct {
	about   string
	phrases []Phrase
	patient bool // it does not come between the lines of a menu
}

// heldKey is a key and when it came.
type heldKey struct {
	digit byte
	at    time.Time
}

// NewMachine makes the conversation with a caller, who can choose among languages; keys is not changed.
func NewMachine(keys Keymap, languages ...string) *Machine {
	m := &Machine{keys: keys, languages: languages, mode: &codeEntry{}, room: control.NoRoom}
	m.broadcasts.fill()
	return m
}

// Deadline is when the next [Tick] is due; zero: none is.
func (m *Machine) Deadline() time.Time {
	switch {
	case m.over:
		return time.Time{}
	case m.wait != nil && m.speaking:
		return earlier(m.waitUntil, m.speakUntil)
	case m.wait != nil:
		return m.waitUntil
	case m.speaking:
		return m.speakUntil
	}
	return m.until
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// Step takes one input in and returns what has to be done.
func (m *Machine) Step(in Input, now time.Time) []Output {
	if m.over {
		return nil
	}
	m.out, m.now = nil, now
	switch in := in.(type) {
	case Key:
		m.key(in.Digit)
	case Tick:
		m.tick()
	case Played:
		m.speaking = false
	case Answered:
		m.answered(in)
	case Invited:
		m.invited(in)
	case Resumed:
		m.take(in.View)
		m.become(&commands{})
	case Entered:
		m.answer(in.Tag, in)
	case Refused:
		m.answer(in.Tag, in)
	case Seen:
		m.answer(in.Tag, in)
	case Done:
		m.answer(in.Tag, in)
	case Found:
		m.answer(in.Tag, in)
	case Checked:
		m.answer(in.Tag, in)
	case Kept:
		m.answer(in.Tag, in)
	case Recorded:
		m.recorded(in)
	case LiveBegan, LiveLost, MessageOver:
		m.broadcastNews(in)
	default:
		m.notice(in)
	}
	m.settle()
	return m.out
}

// key interrupts speech; while an answer is awaited keys are kept for later.
func (m *Machine) key(digit byte) {
	if _, leaving := m.mode.(*goodbye); leaving {
		return
	}
	m.hush()
	if m.wait != nil {
		if len(m.held) < maxHeld {
			m.held = append(m.held, heldKey{digit, m.now})
		}
		return
	}
	m.before, m.last = m.last, heldKey{digit, m.now}
	m.mode.key(m, digit)
}

// tick looks which deadline has passed.
func (m *Machine) tick() {
	if m.speaking && !m.now.Before(m.speakUntil) {
		m.hush()
	}
	switch {
	case m.wait != nil:
		if !m.now.Before(m.waitUntil) {
			m.answer(m.tag, Done{Code: control.CodeOverloaded})
		}
	case !m.speaking && !m.until.IsZero() && !m.now.Before(m.until):
		m.until = time.Time{}
		m.mode.late(m)
	}
}

// answer hears the answer to the last question, then the keys that came meanwhile.
func (m *Machine) answer(tag Tag, in Input) {
	if m.wait == nil || tag != m.tag {
		return
	}
	then := m.wait
	m.wait, m.doing = nil, ""
	then(in)
	now := m.now
	for m.wait == nil && len(m.held) > 0 {
		key := m.held[0]
		m.held = m.held[1:]
		m.now = key.at
		m.key(key.digit)
	}
	m.now = now
}

// settle goes on when nothing is being said or awaited: with the next announcement, or in silence.
func (m *Machine) settle() {
	if m.over || m.speaking || m.wait != nil {
		return
	}
	if i := m.due(); i >= 0 {
		next := m.announced[i]
		m.announced = slices.Delete(m.announced, i, i+1)
		m.sayOf(next.about, next.phrases...)
		return
	}
	if m.until.IsZero() {
		m.mode.rest(m)
	}
}

// due is the announcement that can be made now, or -1.
func (m *Machine) due() int {
	if m.mode.holds() {
		return -1
	}
	_, free := m.mode.(*commands)
	return slices.IndexFunc(m.announced, func(a announcement) bool { return free || !a.patient })
}

// become changes the state of the conversation.
func (m *Machine) become(next mode) {
	m.mode, m.until = next, time.Time{}
}

// say replaces what is being said.
func (m *Machine) say(phrases ...Phrase) {
	m.speak(Say{Phrases: phrases, Language: m.language}, longestSay)
}

// speak has the caller hear something that ends within the limit.
func (m *Machine) speak(what Output, limit time.Duration) {
	m.out = slices.DeleteFunc(m.out, func(o Output) bool {
		_, hush := o.(Hush)
		return hush
	})
	m.out = append(m.out, what)
	m.speaking, m.topic, m.speakUntil, m.until = true, "", m.now.Add(limit), time.Time{}
}

// sayOf says what is not worth hearing to its end once there is news about the topic.
func (m *Machine) sayOf(topic string, phrases ...Phrase) {
	m.say(phrases...)
	m.topic = topic
}

func (m *Machine) hush() {
	if m.speaking {
		m.speaking = false
		m.out = append(m.out, Hush{})
	}
}

// announce says something as soon as nothing else is being said. Older news about the same thing are cut short.
func (m *Machine) announce(about string, phrases ...Phrase) {
	m.queue(announcement{about: about, phrases: phrases})
}

func (m *Machine) queue(a announcement) {
	if m.topic == a.about {
		m.hush()
	}
	m.unannounce(a.about)
	if len(m.announced) >= maxAnnounced {
		m.announced = m.announced[1:]
	}
	m.announced = append(m.announced, a)
}

// unannounce drops what is not worth saying any more.
func (m *Machine) unannounce(about string) {
	m.announced = slices.DeleteFunc(m.announced, func(a announcement) bool { return a.about == about })
}

// ask awaits the answer to the question with the tag that it returns.
func (m *Machine) ask(limit time.Duration, then func(in Input)) Tag {
	m.tag++
	m.wait, m.waitUntil = then, m.now.Add(limit)
	return m.tag
}

// do has something done; then hears why it was not, or "".
func (m *Machine) do(d Do, then func(code control.Code)) {
	if d.Speaker && m.role != control.Speaker { // any more
		then(control.CodeNotAllowed)
		return
	}
	d.Tag = m.ask(answerLimit, func(in Input) {
		done, _ := in.(Done)
		then(done.Code)
	})
	m.doing = d.Deed
	m.out = append(m.out, d)
}

// take remembers what the machine itself needs of a view.
func (m *Machine) take(v View) {
	m.role, m.room, m.muted, m.language = v.Role, v.Room, v.Muted, v.Language
}

// leave ends a menu.
func (m *Machine) leave(phrases ...Phrase) {
	m.become(&commands{})
	m.say(phrases...)
}

// hangUp ends the call.
func (m *Machine) hangUp(reason string) {
	m.hush()
	m.over = true
	m.out = append(m.out, HangUp{Reason: reason})
}
