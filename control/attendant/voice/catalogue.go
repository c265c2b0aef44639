package voice

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"

	"github.com/goccy/go-yaml"
	"golang.org/x/text/language"
)

// catalogueFile is the name of a language's catalogue in its folder.
const catalogueFile = "catalogue.yaml"

// plain is the form of numbers, times, rooms and people where a gap names none.
const plain = "plain"

// file is a catalogue as it is written.
type file struct {
	Name    string                      `yaml:"name"` // of the language, in itself
	Phrases map[Phrase]entry            `yaml:"phrases"`
	Numbers numbersFile                 `yaml:"numbers"`
	Times   map[string]map[string]entry `yaml:"times"` // by form, then unit
	Rooms   map[string]map[string]entry `yaml:"rooms"` // by form, then "main" and "numbered"
	People  map[string]entry            `yaml:"people"`
	Keys    map[string]entry            `yaml:"keys"`
	Sounds  []Phrase                    `yaml:"sounds"`
}

type numbersFile struct {
	Whole int                         `yaml:"whole"`
	Rules map[string]map[string]entry `yaml:"rules"` // by form, then base
}

// maxCatalogue bounds a catalogue, in bytes.
const maxCatalogue = 1 << 20

// readFile reads the catalogue of a language folder; one that is not there is empty.
func readFile(dir fs.FS, lang string) (file, error) {
	var f file
	in, err := dir.Open(path.Join(lang, catalogueFile))
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return f, err
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, maxCatalogue+1))
	switch {
	case err != nil:
		return f, err
	case len(text) > maxCatalogue:
		return f, fmt.Errorf("%s is larger than %d bytes", catalogueFile, maxCatalogue)
	}
	err = yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&f)
	if err != nil && !errors.Is(err, io.EOF) { // EOF: there is nothing in it
		return f, fmt.Errorf("%s: %w", catalogueFile, err)
	}
	return f, nil
}

// over lays f over base, entry by entry.
func (f file) over(base file) file {
	merged := file{
		Name: f.Name, Phrases: laid(f.Phrases, base.Phrases), Numbers: base.Numbers,
		Times: laid(f.Times, base.Times), Rooms: laid(f.Rooms, base.Rooms), People: laid(f.People, base.People),
		Keys: laid(f.Keys, base.Keys), Sounds: slices.Concat(base.Sounds, f.Sounds),
	}
	if f.Name == "" {
		merged.Name = base.Name
	}
	if f.Numbers.Whole != 0 {
		merged.Numbers.Whole = f.Numbers.Whole
	}
	merged.Numbers.Rules = laid(f.Numbers.Rules, base.Numbers.Rules)
	return merged
}

func laid[K comparable, V any](over, base map[K]V) map[K]V {
	merged := maps.Clone(base)
	if merged == nil {
		merged = make(map[K]V, len(over))
	}
	maps.Copy(merged, over)
	return merged
}

// catalogue is the text of everything that can be said in one language.
type catalogue struct {
	tag     language.Tag
	name    string
	phrases map[Phrase]forms
	numbers *numbers
	times   map[string]map[string]forms
	rooms   map[string]map[string]forms
	people  map[string]forms
	keys    map[string]forms
	sounds  []Phrase
}

// parse reads the texts of a catalogue.
func (f file) parse(tag language.Tag) (*catalogue, error) {
	c := &catalogue{tag: tag, name: f.Name, sounds: f.Sounds}
	var errs []error
	keep := func(err error) { errs = append(errs, err) }
	var err error
	c.phrases, err = parseEntries("phrase", f.Phrases)
	keep(err)
	c.numbers, err = parseNumbers(tag, f.Numbers)
	keep(err)
	c.times, err = parseForms("times", f.Times)
	keep(err)
	c.rooms, err = parseForms("rooms", f.Rooms)
	keep(err)
	c.people, err = parseEntries("people", f.People)
	keep(err)
	c.keys, err = parseEntries("keys", f.Keys)
	keep(err)
	return c, errors.Join(errs...)
}

func parseForms(what string, texts map[string]map[string]entry) (map[string]map[string]forms, error) {
	parsed := make(map[string]map[string]forms, len(texts))
	var errs []error
	for _, form := range slices.Sorted(maps.Keys(texts)) {
		entries, err := parseEntries(what+" "+form, texts[form])
		parsed[form] = entries
		errs = append(errs, err)
	}
	return parsed, errors.Join(errs...)
}

func parseEntries[K ~string](what string, texts map[K]entry) (map[K]forms, error) {
	parsed := make(map[K]forms, len(texts))
	var errs []error
	for _, id := range slices.Sorted(maps.Keys(texts)) {
		f, err := texts[id].parse()
		if err != nil {
			errs = append(errs, fmt.Errorf("%s %s: %w", what, id, err))
			continue
		}
		parsed[id] = f
	}
	return parsed, errors.Join(errs...)
}

// pieces returns everything that is recorded of this language, by the name of its recording.
func (c *catalogue) pieces() map[Phrase]piece {
	all := make(map[Phrase]piece)
	keep := func(p piece) { all[p.name] = p }
	texts := func(id Phrase, f forms) {
		f.each(id, func(id Phrase, t template) {
			for i := range t {
				if p, ok := t.piece(id, i); ok {
					keep(p)
				}
			}
		})
	}
	for id, f := range c.phrases {
		texts(id, f)
	}
	for form, units := range c.times {
		for unit, f := range units {
			texts(sub(sub("time", form), unit), f)
		}
	}
	for form, rooms := range c.rooms {
		for kind, f := range rooms {
			texts(sub(sub("room", form), kind), f)
		}
	}
	for form, f := range c.people {
		texts(sub("person", form), f)
	}
	for key, f := range c.keys {
		id := sub("key", key)
		texts(id, f)
		name := all[id]
		name.goes = true
		keep(name)
	}
	c.numbers.pieces(keep)
	return all
}
