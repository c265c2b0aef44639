package voice

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// reserved begin the names of recordings that belong to no phrase.
var reserved = []Phrase{"number", "time", "room", "person", "key"}

// gapNames are the gaps that a phrase can have.
var gapNames = []string{gapNumber, gapTime, gapKeys, gapRoom, gapPerson, gapText}

// check says what is wrong with a catalogue beside the English one, which says what there is to be said.
func (c *catalogue) check(english *catalogue) error {
	var errs []error
	for _, id := range slices.Sorted(maps.Keys(c.phrases)) {
		if err := c.checkPhrase(id, english.phrases[id]); err != nil {
			errs = append(errs, fmt.Errorf("phrase %s: %w", id, err))
		}
	}
	errs = append(errs, c.checkTimes(), c.checkRooms(), c.checkPeople(), c.checkKeys())
	return errors.Join(errs...)
}

func (c *catalogue) checkPhrase(id Phrase, english forms) error {
	f := c.phrases[id]
	known := slices.Concat(english.gaps(), []string{""})
	if english.plural() {
		known = append(known, gapNumber)
	}
	switch {
	case !isName(string(id)) || slices.Contains(reserved, id):
		return errors.New("cannot have this name")
	case english == nil:
		return errors.New("there is no such phrase in English")
	case f.plural() && !slices.Contains(known, gapNumber):
		return errors.New("has plural forms, but the English text has no gap {n}")
	}
	for _, gap := range f.gaps() {
		if !slices.Contains(gapNames, gap) {
			return fmt.Errorf("{%s} is none of the gaps %v", gap, gapNames)
		}
		if !slices.Contains(known, gap) {
			return fmt.Errorf("the English text has no gap {%s}", gap)
		}
	}
	for _, t := range f {
		for _, e := range t {
			if err := c.checkGap(e); err != nil {
				return err
			}
		}
	}
	return f.complete(c.tag)
}

// checkGap says whether there are words for the form that a gap wants.
func (c *catalogue) checkGap(e element) error {
	form, ok := cmp.Or(e.form, plain), true
	switch e.gap {
	case gapNumber:
		if err := c.numbers.check(form); err != nil {
			return err
		}
	case gapTime:
		_, ok = c.times[form]
	case gapRoom:
		_, ok = c.rooms[form]
	case gapPerson:
		_, ok = c.people[form]
	default:
		ok = e.form == ""
	}
	switch {
	case e.optional:
		return errors.New("only rules for numbers have brackets")
	case !ok:
		return fmt.Errorf("there is no form %q of {%s}", e.form, e.gap)
	}
	return nil
}

func (c *catalogue) checkTimes() error {
	if len(c.times[plain]) == 0 {
		return fmt.Errorf("times: the form %s is missing", plain)
	}
	for _, form := range slices.Sorted(maps.Keys(c.times)) {
		entries := c.times[form]
		for _, unit := range []string{"hour", "minute", "second"} {
			if err := c.checkEntry(entries[unit], gapNumber); err != nil {
				return fmt.Errorf("times %s: %s: %w", form, unit, err)
			}
		}
		join := entries[unitJoin]
		if !slices.Equal(join.gaps(), []string{gapAfter, gapBefore}) || join.plural() {
			return fmt.Errorf("times %s: %s must be one text with the gaps {before} and {after}", form, unitJoin)
		}
		if len(entries) > 4 {
			return fmt.Errorf("times %s: there is only hour, minute, second and %s", form, unitJoin)
		}
	}
	return nil
}

func (c *catalogue) checkRooms() error {
	if len(c.rooms[plain]) == 0 {
		return fmt.Errorf("rooms: the form %s is missing", plain)
	}
	for _, form := range slices.Sorted(maps.Keys(c.rooms)) {
		entries := c.rooms[form]
		if err := c.checkEntry(entries[roomNumbered], gapNumber); err != nil || entries[roomNumbered].plural() {
			return fmt.Errorf("rooms %s: %s must be one text with the gap {n}", form, roomNumbered)
		}
		if err := c.checkEntry(entries[roomMain]); err != nil || entries[roomMain].plural() {
			return fmt.Errorf("rooms %s: %s must be one text without gaps", form, roomMain)
		}
		if len(entries) > 2 {
			return fmt.Errorf("rooms %s: there is only %s and %s", form, roomMain, roomNumbered)
		}
	}
	return nil
}

func (c *catalogue) checkPeople() error {
	if len(c.people[plain]) == 0 {
		return fmt.Errorf("people: the form %s is missing", plain)
	}
	for _, form := range slices.Sorted(maps.Keys(c.people)) {
		if err := c.checkEntry(c.people[form]); err != nil || c.people[form].plural() {
			return fmt.Errorf("people: %s must be one text without gaps", form)
		}
	}
	return nil
}

func (c *catalogue) checkKeys() error {
	names := slices.Sorted(maps.Values(keyNames))
	for _, key := range names {
		if err := c.checkEntry(c.keys[key]); err != nil || c.keys[key].plural() {
			return fmt.Errorf("keys: %s must be one text without gaps", key)
		}
	}
	if len(c.keys) > len(names) {
		return fmt.Errorf("keys: there is only %v; digits are numbers", names)
	}
	return nil
}

// checkEntry judges an entry that is no phrase.
func (c *catalogue) checkEntry(f forms, gaps ...string) error {
	if len(f) == 0 {
		return errors.New("is missing")
	}
	for _, t := range f {
		for _, e := range t {
			if e.gap != "" && !slices.Contains(gaps, e.gap) {
				return fmt.Errorf("cannot have a gap {%s}", e.gap)
			}
			if e.gap != "" || e.optional {
				if err := c.checkGap(e); err != nil {
					return err
				}
			}
		}
	}
	return f.complete(c.tag)
}
