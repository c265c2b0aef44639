package attendant

import (
	"slices"
	"time"
)

// doubledKey is how soon the key that led to a menu cannot choose in it: it may have come twice. Chosen November 2026: keys
// that bounce or are sent twice come within 0.3 s.
const doubledKey = 500 * time.Millisecond

// choice is one line of a menu.
type choice struct {
	key  byte
	says Phrase // what it is good for, with a gap {keys}; "": the menu's own words say it
	run  func(m *Machine)
}

// menu offers choices by single keys. It takes a key at any time, is said once more after a silence, and then left. Pound
// leaves it, and so does a command.
type menu struct {
	says    []Phrase // before the choices
	choices []choice
	left    Phrase // is said to who leaves it without a choice; "": "menu_left"
	strict  bool   // a question: any key that is no choice leaves it
	brief   bool   // it is not repeated, and left without a word

	repeated bool
}

// offer has the caller choose.
func (m *Machine) offer(g *menu) {
	m.become(g)
	m.say(g.phrases()...)
}

// confirm has the caller press 1 for what affects others, or for what he may not have meant.
func (m *Machine) confirm(then func(m *Machine), question ...Phrase) {
	m.offer(&menu{says: append(slices.Clip(question), "confirm"), choices: []choice{{key: '1', run: then}}, left: "cancelled", strict: true})
}

func (g *menu) phrases() []Phrase {
	phrases := slices.Clone(g.says)
	for _, c := range g.choices {
		if c.says != "" {
			phrases = append(phrases, c.says.Keys(string(rune(c.key))))
		}
	}
	return phrases
}

func (g *menu) key(m *Machine, digit byte) {
	i := slices.IndexFunc(g.choices, func(c choice) bool { return c.key == digit })
	switch {
	case digit == m.before.digit && m.now.Sub(m.before.at) < doubledKey:
		m.say(g.phrases()...)
	case i >= 0:
		m.become(&commands{}) // unless the choice leads on
		g.choices[i].run(m)
	case digit == '*':
		m.command()
	case digit == '#' || g.strict:
		g.leave(m)
	default:
		m.say("unknown_key")
	}
}

func (g *menu) leave(m *Machine) {
	switch {
	case g.left != "":
		m.leave(g.left)
	case g.brief:
		m.become(&commands{})
	default:
		m.leave("menu_left")
	}
}

func (g *menu) rest(m *Machine) { m.until = m.now.Add(menuSilence) }

func (g *menu) late(m *Machine) {
	if g.repeated || g.brief {
		g.leave(m)
		return
	}
	g.repeated = true
	m.say(g.phrases()...)
}

func (g *menu) holds() bool { return false }
