package voice

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// forms are the texts of one entry by plural category of CLDR, or by an exact number, which goes first. A text without
// plural is under "".
type forms map[string]template

// categories are the names of the plural categories.
var categories = map[plural.Form]string{
	plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many", plural.Other: "other",
}

// choose returns the text for n, and its place in the entry.
func (f forms) choose(tag language.Tag, n int) (form string, t template, ok bool) {
	for _, form := range []string{"", strconv.Itoa(n), category(tag, n)} {
		if t, ok := f[form]; ok {
			return form, t, true
		}
	}
	return "", nil, false
}

func category(tag language.Tag, n int) string {
	return categories[plural.Cardinal.MatchPlural(tag, n, 0, 0, 0, 0)]
}

// plural says whether the text depends on a number.
func (f forms) plural() bool {
	_, plain := f[""]
	return !plain
}

// gaps lists the gaps of all texts, each once.
func (f forms) gaps() []string {
	var names []string
	for _, t := range f {
		names = append(names, t.gaps()...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// complete says which plural form is missing.
func (f forms) complete(tag language.Tag) error {
	for n := range 201 {
		if _, _, ok := f.choose(tag, n); !ok {
			return fmt.Errorf("has no text for %d: plural form %q is missing", n, category(tag, n))
		}
	}
	return nil
}

// each calls f for every text, with the name of its recordings, in order.
func (f forms) each(id Phrase, do func(id Phrase, t template)) {
	for _, form := range slices.Sorted(maps.Keys(f)) {
		do(sub(id, form), f[form])
	}
}

// sub is the name of a part of an entry; the plain part has the entry's name.
func sub(id Phrase, part string) Phrase {
	if part == "" || part == plain {
		return id
	}
	return id + Phrase("."+part)
}

// entry is what a catalogue has for a phrase: a text, or texts by plural form.
type entry map[string]string

// UnmarshalYAML takes both.
func (e *entry) UnmarshalYAML(decode func(any) error) error {
	var text string
	if decode(&text) == nil {
		*e = entry{"": text}
		return nil
	}
	var forms map[string]string
	if err := decode(&forms); err != nil {
		return err
	}
	*e = forms
	return nil
}

// parse reads the texts.
func (e entry) parse() (forms, error) {
	if len(e) == 0 {
		return nil, fmt.Errorf("has no text")
	}
	f := make(forms, len(e))
	for _, form := range slices.Sorted(maps.Keys(e)) {
		_, err := strconv.ParseUint(form, 10, 20)
		if err != nil && form != "" && !slices.Contains(slices.Collect(maps.Values(categories)), form) {
			return nil, fmt.Errorf("%q is neither a plural form nor a number", form)
		}
		t, err := parseTemplate(e[form])
		if err != nil {
			return nil, fmt.Errorf("text %q: %w", e[form], err)
		}
		f[form] = t
	}
	return f, nil
}
