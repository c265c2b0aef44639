package voice

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

//go:embed */*.yaml */*.wav
var builtIn embed.FS

// English is the language that stands in for what another one lacks, and that says what there is to be said.
const English = "en"

// Rate of the PCM that a [Library] gives, in samples a second.
const Rate = 8000

// The sounds of the catalogue.
const (
	Arrival   Phrase = "arrival"   // somebody comes into the room
	Departure Phrase = "departure" // somebody leaves it
	Closing   Phrase = "closing"   // the breakout rooms are about to close
	HelpTone  Phrase = "help_tone" // a room asks for help

	SpeakNow    Phrase = "speak_now"     // the caller is being recorded from now on
	TimeIsShort Phrase = "time_is_short" // he should come to an end
)

// Library gives the samples of phrases. It is immutable.
type Library struct {
	languages map[string]*tongue
	english   *tongue // as built in: everything is recorded
	sounds    map[Phrase][]int16
}

// Open reads the languages that are built in, and lays the operator's folder over them: the entries of
// dir/<language>/catalogue.yaml and the recordings beside it take the place of the built-in ones, and may add a language. An
// empty dir means none. Sounds are the samples of the catalogue's sounds; one that is missing is not heard.
func Open(dir string, sounds map[Phrase][]int16) (*Library, error) {
	l := &Library{languages: make(map[string]*tongue), sounds: sounds}
	if err := l.read(builtIn); err != nil {
		return nil, fmt.Errorf("voice: built-in languages: %w", err)
	}
	for _, lang := range l.Languages() {
		if id, ok := l.languages[lang].unrecorded(); ok {
			return nil, fmt.Errorf("voice: built-in languages: %s: %s has no recording", lang, id)
		}
	}
	if dir == "" {
		return l, nil
	}
	if err := l.read(os.DirFS(dir)); err != nil {
		return nil, fmt.Errorf("voice: languages in %s: %w", dir, err)
	}
	return l, nil
}

// read takes in every language of a folder, English first and parents before children: "de" before "de-AT".
func (l *Library) read(dir fs.FS) error {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return err
	}
	folders := []string{English}
	for _, entry := range entries {
		if name := entry.Name(); entry.IsDir() && name != English && !strings.HasPrefix(name, ".") {
			folders = append(folders, name)
		}
	}
	slices.SortStableFunc(folders[1:], func(a, b string) int { return strings.Count(a, "-") - strings.Count(b, "-") })
	for _, folder := range folders {
		if err := l.add(dir, folder); err != nil {
			return fmt.Errorf("%s: %w", folder, err)
		}
	}
	return nil
}

func (l *Library) add(dir fs.FS, folder string) error {
	tag, err := language.Parse(folder)
	if err != nil {
		return errors.New("the folder's name is no language tag such as de or pt-BR")
	}
	var english *catalogue
	base := l.languages[tag.String()]
	if l.english != nil {
		english = l.english.catalogue
	}
	for parent := tag.Parent(); base == nil && parent != language.Und; parent = parent.Parent() {
		base = l.languages[parent.String()]
	}
	t, err := learn(dir, folder, tag, base, english)
	if err != nil {
		return err
	}
	l.languages[tag.String()] = t
	if l.english == nil {
		l.english = t
	}
	return nil
}

// unrecorded is a text of which there is no recording.
func (t *tongue) unrecorded() (Phrase, bool) {
	for _, id := range slices.Sorted(maps.Keys(t.pieces)) {
		if t.recordings[id] == nil {
			return id, true
		}
	}
	return "", false
}

// Languages are the tags of the languages, English first.
func (l *Library) Languages() []string {
	tags := slices.Sorted(maps.Keys(l.languages))
	i := slices.Index(tags, English)
	return slices.Concat([]string{English}, tags[:i], tags[i+1:])
}

// choiceOfLanguage is the phrase by which a language offers itself.
const choiceOfLanguage Phrase = "language_choice"

// Choices are the languages that callers can choose among: those that offer themselves in words of their own.
func (l *Library) Choices() []string {
	var tags []string
	var offers []string
	for _, tag := range l.Languages() {
		offer, err := l.Words(tag, choiceOfLanguage.Keys("1"))
		if err == nil && !slices.Contains(offers, offer) {
			tags, offers = append(tags, tag), append(offers, offer)
		}
	}
	return tags
}

// Has says whether p can be said, with what fills its gaps, or sounded.
func (l *Library) Has(p Phrase) bool {
	if l.isSound(p) {
		return true
	}
	_, err := l.say(l.english, p)
	return err == nil
}

func (l *Library) isSound(p Phrase) bool { return slices.Contains(l.english.catalogue.sounds, p) }

// Recordings are the samples of all that is recorded in a language, by name, and those of the sounds. They must not be changed.
func (l *Library) Recordings(lang string) map[Phrase][]int16 {
	t := l.languages[lang]
	if t == nil {
		return nil
	}
	all := make(map[Phrase][]int16)
	maps.Copy(all, l.sounds)
	maps.Copy(all, t.recordings)
	return all
}

// Part is a piece of what is said: samples, or what somebody else has to make samples of.
type Part struct {
	PCM   []int16 // at [Rate], shared between all who hear it: must not be changed. Of a text: what is said if it cannot be spoken
	Text  string  // to be spoken
	Audio string  // the id of a recording of the meeting, which is better than the text
}

// Parts returns the phrases in pieces to be played one after the other. What a language lacks is said in English; what it
// has in writing alone is a text to be spoken. A phrase that cannot be said is left out, and an error.
func (l *Library) Parts(lang string, phrases ...Phrase) ([]Part, error) {
	var all []Part
	var errs []error
	for _, p := range phrases {
		parts, err := l.parts(lang, p)
		all, errs = append(all, parts...), append(errs, err)
	}
	return all, errors.Join(errs...)
}

func (l *Library) parts(lang string, p Phrase) ([]Part, error) {
	t := l.speaker(lang, p)
	if l.isSound(p) {
		if pcm, ok := t.recordings[p]; ok {
			return []Part{{PCM: pcm}}, nil
		}
		return []Part{{PCM: l.sounds[p]}}, nil
	}
	tokens, err := l.say(t, p)
	if err != nil {
		return nil, err
	}
	if parts, ok := t.parts(tokens); ok {
		return parts, nil
	}
	english, err := l.say(l.english, p)
	if err != nil {
		return nil, err
	}
	parts, _ := l.english.parts(english)
	return []Part{{Text: text(tokens), PCM: joined(parts)}}, nil
}

// Words are the text of a phrase.
func (l *Library) Words(lang string, p Phrase) (string, error) {
	tokens, err := l.say(l.speaker(lang, p), p)
	return text(tokens), err
}

func (l *Library) say(t *tongue, p Phrase) ([]token, error) {
	if id := p.ID(); id != numberAlone && t.catalogue.phrases[id] == nil {
		return nil, fmt.Errorf("voice: there is no phrase %q", p)
	}
	tokens, err := t.catalogue.say(p)
	if err != nil {
		return nil, fmt.Errorf("voice: %w", err)
	}
	return tokens, nil
}

// speaker is the language in which a phrase is said: the one wished, one that it is a kind of, or English.
func (l *Library) speaker(lang string, p Phrase) *tongue {
	if in := p.gaps().Get(inLanguage); in != "" {
		lang = in
	}
	t := l.find(lang)
	if id := p.ID(); t == nil || id != numberAlone && t.catalogue.phrases[id] == nil {
		return l.languages[English]
	}
	return t
}

func (l *Library) find(lang string) *tongue {
	if t := l.languages[lang]; t != nil {
		return t
	}
	tag, err := language.Parse(lang)
	for ; err == nil && tag != language.Und; tag = tag.Parent() {
		if t := l.languages[tag.String()]; t != nil {
			return t
		}
	}
	return nil
}
