package voice

import (
	"cmp"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// token is a bit of a sentence: literal text, with the recording of it and the silence around, or words of somebody else.
type token struct {
	text          string // as it is written
	piece         Phrase // the recording; "": none is needed
	before, after int    // samples of silence
	foreign       bool   // to be spoken: a name or a message
	audio         string // of the meeting, better than speaking
	instead       []token
}

// sentence is put together from a phrase.
type sentence struct {
	c      *catalogue
	fill   url.Values
	tokens []token
}

// say puts a phrase into words.
func (c *catalogue) say(p Phrase) ([]token, error) {
	s := &sentence{c: c, fill: p.gaps()}
	if p.ID() == numberAlone {
		n, err := s.value(gapNumber)
		if err != nil {
			return nil, fmt.Errorf("phrase %q: %w", p, err)
		}
		return s.tokens, s.number("", n)
	}
	f := c.phrases[p.ID()]
	n := 0
	if f.plural() {
		var err error
		if n, err = s.value(gapNumber); err != nil {
			return nil, fmt.Errorf("phrase %q: %w", p, err)
		}
	}
	form, t, _ := f.choose(c.tag, n)
	if err := s.template(sub(p.ID(), form), t, s.gap); err != nil {
		return nil, fmt.Errorf("phrase %q: %w", p, err)
	}
	return s.tokens, nil
}

// template says a text, gap by gap.
func (s *sentence) template(id Phrase, t template, gap func(e element) error) error {
	for i, e := range t {
		if e.gap == "" {
			s.literal(id, t, i)
			continue
		}
		if err := gap(e); err != nil {
			return err
		}
	}
	return nil
}

func (s *sentence) literal(id Phrase, t template, i int) {
	before, _, after := speech(t[i].text)
	p, _ := t.piece(id, i)
	s.tokens = append(s.tokens, token{text: t[i].text, piece: p.name, before: before, after: after})
}

// gap says what fills a gap of a phrase.
func (s *sentence) gap(e element) error {
	switch e.gap {
	case gapNumber, gapTime:
		n, err := s.value(e.gap)
		if err != nil {
			return err
		}
		if e.gap == gapTime {
			return s.time(e.form, n)
		}
		return s.number(e.form, n)
	case gapKeys:
		return s.keys(s.fill.Get(gapKeys))
	case gapRoom:
		return s.room(e.form)
	case gapPerson:
		return s.person(e.form)
	}
	if !s.fill.Has(gapText) {
		return fmt.Errorf("nothing fills {%s}", e.gap)
	}
	s.tokens = append(s.tokens, token{text: s.fill.Get(gapText), foreign: true})
	return nil
}

// value is a number that fills a gap.
func (s *sentence) value(gap string) (int, error) {
	n, err := strconv.Atoi(s.fill.Get(gap))
	if err != nil || n < 0 || n > MaxNumber {
		return 0, fmt.Errorf("no number from 0 to %d fills {%s}", MaxNumber, gap)
	}
	return n, nil
}

// number says n as a whole if it is recorded so, else by its parts.
func (s *sentence) number(form string, n int) error {
	numbers := s.c.numbers
	if n <= numbers.whole {
		p, err := numbers.piece(form, n)
		s.tokens = append(s.tokens, token{text: p.text, piece: p.name})
		return err
	}
	spelled, err := numbers.spell(form, n)
	if err != nil {
		return err
	}
	for i, e := range spelled.template {
		switch {
		case spelled.omits(e):
		case e.gap == "":
			s.literal(spelled.id, spelled.template, i)
		default:
			if err := s.number(e.form, spelled.values[e.gap]); err != nil {
				return err
			}
		}
	}
	return nil
}

// The parts of a time, the longest first.
var units = []struct {
	name    string
	seconds int
}{{"hour", 3600}, {"minute", 60}, {"second", 1}}

// unitJoin is the text of two parts of a time; its gaps are these.
const (
	unitJoin  = "join"
	gapBefore = "before"
	gapAfter  = "after"
)

// amount is a part of a time.
type amount struct {
	unit string
	n    int
}

// time says a length of time in hours, minutes and seconds, without those that are zero.
func (s *sentence) time(form string, seconds int) error {
	var amounts []amount
	for _, unit := range units {
		if n := seconds / unit.seconds; n > 0 {
			amounts = append(amounts, amount{unit.name, n})
		}
		seconds %= unit.seconds
	}
	if len(amounts) == 0 {
		amounts = []amount{{"second", 0}}
	}
	return s.amounts(cmp.Or(form, plain), amounts)
}

func (s *sentence) amounts(form string, list []amount) error {
	if len(list) == 1 {
		return s.amount(form, list[0])
	}
	join := s.c.times[form][unitJoin][""]
	return s.template(sub(sub("time", form), unitJoin), join, func(e element) error {
		if e.gap == gapBefore {
			return s.amount(form, list[0])
		}
		return s.amounts(form, list[1:])
	})
}

func (s *sentence) amount(form string, a amount) error {
	pluralForm, t, _ := s.c.times[form][a.unit].choose(s.c.tag, a.n)
	id := sub(sub(sub("time", form), a.unit), pluralForm)
	return s.template(id, t, func(e element) error { return s.number(e.form, a.n) })
}

// keys says keys of the telephone one by one.
func (s *sentence) keys(keys string) error {
	if keys == "" {
		return fmt.Errorf("nothing fills {%s}", gapKeys)
	}
	for i, key := range keys {
		if i > 0 {
			s.tokens = append(s.tokens, token{text: " "})
		}
		name, special := keyNames[key]
		switch {
		case special:
			if err := s.template(sub("key", name), s.c.keys[name][""], nil); err != nil {
				return err
			}
		case key >= '0' && key <= '9':
			if err := s.number("", int(key-'0')); err != nil {
				return err
			}
		default:
			return fmt.Errorf("%q is no key", key)
		}
	}
	return nil
}

// keyNames are the entries of the keys that are no digits; + stands before telephone numbers.
var keyNames = map[rune]string{'*': "star", '#': "pound", '+': "plus"}

// room says a room by name if that can be spoken, else by number. A name that says no more than the number is not spoken.
func (s *sentence) room(form string) error {
	n, err := s.value(gapRoom)
	if err != nil {
		return err
	}
	kind := roomNumbered
	if n == 0 {
		kind = roomMain
	}
	t := s.c.rooms[cmp.Or(form, plain)][kind][""]
	plainly := &sentence{c: s.c}
	err = plainly.template(sub(sub("room", form), kind), t, func(e element) error { return plainly.number(e.form, n) })
	name := s.fill.Get(gapRoomName)
	if name == "" || strings.EqualFold(name, t.with(n)) || strings.EqualFold(name, "Room "+strconv.Itoa(n)) {
		s.tokens = append(s.tokens, plainly.tokens...)
		return err
	}
	s.tokens = append(s.tokens, token{text: name, foreign: true, instead: plainly.tokens})
	return err
}

// The kinds of rooms.
const (
	roomMain     = "main"
	roomNumbered = "numbered"
)

// person says a name, or that somebody has none.
func (s *sentence) person(form string) error {
	if !s.fill.Has(gapPerson) {
		return fmt.Errorf("nothing fills {%s}", gapPerson)
	}
	plainly := &sentence{c: s.c}
	err := plainly.template(sub("person", form), s.c.people[cmp.Or(form, plain)][""], nil)
	name, audio := s.fill.Get(gapPerson), s.fill.Get(gapRecording)
	if name == "" && audio == "" {
		s.tokens = append(s.tokens, plainly.tokens...)
		return err
	}
	s.tokens = append(s.tokens, token{text: name, audio: audio, foreign: true, instead: plainly.tokens})
	return err
}

// text is what tokens say, in writing.
func text(tokens []token) string {
	var b strings.Builder
	for _, t := range tokens {
		said := t.text
		if t.foreign && said == "" {
			said = text(t.instead)
		}
		b.WriteString(said)
	}
	return b.String()
}
