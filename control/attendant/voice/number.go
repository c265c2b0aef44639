package voice

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"
)

// numbers are the rules by which a language makes words of numbers, in the spirit of the rule-based number format of ICU.
type numbers struct {
	tag   language.Tag
	whole int // numbers up to this one are recorded as they are
	sets  map[string]ruleset
	tried map[string]error // by form: what check has found
}

// ruleset is a way to say numbers: the plain one for counts, others for the insides of numbers or for genders.
type ruleset []rule // by base

// rule says numbers from base to the next rule's: the quotient by divisor is {count}, the remainder {rest}; what is in
// brackets is left out where there is no remainder.
type rule struct {
	base, divisor int
	forms         forms // by plural of the count
}

// minWhole is the least that is recorded whole: the keys of a telephone.
const minWhole = 9

// The gaps of a rule.
const (
	gapCount = "count"
	gapRest  = "rest"
)

// at returns the rule for n.
func (set ruleset) at(n int) (rule, bool) {
	i, found := slices.BinarySearchFunc(set, n, func(r rule, n int) int { return cmp.Compare(r.base, n) })
	switch {
	case found:
		return set[i], true
	case i == 0:
		return rule{}, false
	}
	return set[i-1], true
}

// last is the greatest number that the i-th rule is for.
func (set ruleset) last(i int) int {
	if i+1 < len(set) {
		return set[i+1].base - 1
	}
	return MaxNumber
}

// spelled is the text of a rule for a number, and what its gaps stand for.
type spelled struct {
	id       Phrase
	template template
	values   map[string]int
}

// spell finds the text that says n.
func (n *numbers) spell(form string, value int) (spelled, error) {
	form = cmp.Or(form, plain)
	set, ok := n.sets[form]
	if !ok {
		return spelled{}, fmt.Errorf("there are no rules %q for numbers", form)
	}
	r, ok := set.at(value)
	if !ok {
		return spelled{}, fmt.Errorf("no rule %q for the number %d", form, value)
	}
	count, rest := value/r.divisor, value%r.divisor
	pluralForm, t, ok := r.forms.choose(n.tag, count)
	if !ok {
		return spelled{}, fmt.Errorf("rule %d of numbers has no text for %d times", r.base, count)
	}
	id := sub(sub(sub("number", form), strconv.Itoa(r.base)), pluralForm)
	return spelled{id, t, map[string]int{gapCount: count, gapRest: rest}}, nil
}

// omits says whether an element is left out.
func (s spelled) omits(e element) bool { return e.optional && s.values[gapRest] == 0 }

// words are the text of a number.
func (n *numbers) words(form string, value int) (string, error) {
	s, err := n.spell(form, value)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, e := range s.template {
		text := e.text
		switch {
		case s.omits(e):
			continue
		case e.gap != "":
			if text, err = n.words(e.form, s.values[e.gap]); err != nil {
				return "", err
			}
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

// piece is the recording of a number that is recorded whole. One that a form says as the plain rules do shares their
// recording.
func (n *numbers) piece(form string, value int) (piece, error) {
	words, err := n.words(form, value)
	if err != nil {
		return piece{}, err
	}
	id := Phrase("n" + strconv.Itoa(value))
	if form != "" && form != plain {
		if same, err := n.words(plain, value); err != nil || same != words {
			id = sub(id, form)
		}
	}
	return piece{name: id, text: words}, nil
}

// pieces calls do for everything of which numbers are made.
func (n *numbers) pieces(do func(p piece)) {
	for _, form := range slices.Sorted(maps.Keys(n.sets)) {
		for value := range n.whole + 1 {
			if p, err := n.piece(form, value); err == nil {
				do(p)
			}
		}
		set := n.sets[form]
		for i, r := range set {
			if set.last(i) <= n.whole {
				continue
			}
			r.forms.each(sub(sub("number", form), strconv.Itoa(r.base)), func(id Phrase, t template) {
				for i := range t {
					if p, ok := t.piece(id, i); ok {
						do(p)
					}
				}
			})
		}
	}
}

// parseNumbers reads the rules.
func parseNumbers(tag language.Tag, f numbersFile) (*numbers, error) {
	n := &numbers{tag: tag, whole: f.Whole, sets: make(map[string]ruleset, len(f.Rules)), tried: make(map[string]error)}
	if n.whole < minWhole || n.whole > 999 {
		return nil, fmt.Errorf("numbers: whole is %d; at least %d and at most 999 are recorded whole", n.whole, minWhole)
	}
	for _, form := range slices.Sorted(maps.Keys(f.Rules)) {
		set, err := parseRules(f.Rules[form])
		if err != nil {
			return nil, fmt.Errorf("numbers: rules %s: %w", form, err)
		}
		n.sets[form] = set
	}
	return n, n.check(plain)
}

func parseRules(texts map[string]entry) (ruleset, error) {
	var set ruleset
	for key, e := range texts {
		r, err := parseRule(key, e)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		set = append(set, r)
	}
	slices.SortFunc(set, func(a, b rule) int { return cmp.Compare(a.base, b.base) })
	for i := 1; i < len(set); i++ {
		if set[i].base == set[i-1].base {
			return nil, fmt.Errorf("there are two rules for %d", set[i].base)
		}
	}
	return set, nil
}

// parseRule reads one rule. Its key is the base, or base/divisor where that is not the largest power of ten in the base.
func parseRule(key string, e entry) (rule, error) {
	base, by, divided := strings.Cut(key, "/")
	r := rule{divisor: 1}
	var err error
	if r.base, err = strconv.Atoi(base); err != nil || r.base < 0 || r.base > MaxNumber {
		return r, fmt.Errorf("must be a number from 0 to %d", MaxNumber)
	}
	for r.divisor*10 <= r.base {
		r.divisor *= 10
	}
	if divided {
		if r.divisor, err = strconv.Atoi(by); err != nil || r.divisor < 2 || r.divisor > r.base {
			return r, fmt.Errorf("the divisor must be a number from 2 to %d", r.base)
		}
	}
	if r.forms, err = e.parse(); err != nil {
		return r, err
	}
	for _, form := range slices.Sorted(maps.Keys(r.forms)) {
		if err := r.checkGaps(r.forms[form]); err != nil {
			return r, err
		}
	}
	return r, nil
}

func (r rule) checkGaps(t template) error {
	seen := make(map[string]bool)
	for _, gap := range t.gaps() {
		switch {
		case gap != gapCount && gap != gapRest:
			return fmt.Errorf("has a gap {%s}; a rule has {count} and {rest}", gap)
		case r.divisor == 1:
			return fmt.Errorf("has a gap {%s}, but one digit has no parts", gap)
		case seen[gap]: // which would make numbers without end
			return fmt.Errorf("has the gap {%s} twice", gap)
		}
		seen[gap] = true
	}
	return nil
}

// check says which rule is missing for numbers in a form. It tries numbers of every make.
func (n *numbers) check(form string) error {
	err, tried := n.tried[form]
	if !tried {
		err = n.try(form)
		n.tried[form] = err
	}
	return err
}

func (n *numbers) try(form string) error {
	for value := range 1100 {
		if _, err := n.words(form, value); err != nil {
			return err
		}
	}
	for thousands := 1000; thousands <= MaxNumber; thousands += 1000 {
		for _, more := range []int{0, 1, 345} {
			if _, err := n.words(form, thousands+more); err != nil {
				return err
			}
		}
	}
	return nil
}
