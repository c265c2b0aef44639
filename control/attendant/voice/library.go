package voice

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Rate of the PCM that a [Library] gives, in samples a second.
const Rate = 8000

// Library gives the samples of phrases. It is immutable.
type Library struct {
	catalogue  *catalogue
	recordings map[string]map[Phrase][]int16 // by language, each with the pause that follows it
	sounds     map[Phrase][]int16
}

// Open reads the catalogue and the recordings. Those of the operator's folder (dir/<language>/<phrase>.wav)
// take the place of the built-in ones and may add a language; an empty dir means none. Sounds are the samples of
// the catalogue's sounds; one that is missing is not heard.
func Open(dir string, sounds map[Phrase][]int16) (*Library, error) {
	c, err := readCatalogue()
	if err != nil {
		return nil, err
	}
	l := &Library{
		catalogue: c, sounds: sounds,
		recordings: make(map[string]map[Phrase][]int16),
	}
	if err := l.read(builtIn, English); err != nil {
		return nil, fmt.Errorf("voice: built-in recordings: %w", err)
	}
	for _, id := range c.ids() {
		if l.recordings[English][id] == nil {
			return nil, fmt.Errorf("voice: phrase %s has no recording", id)
		}
	}
	if dir == "" {
		return l, nil
	}
	if err := l.override(os.DirFS(dir)); err != nil {
		return nil, fmt.Errorf("voice: recordings in %s: %w", dir, err)
	}
	return l, nil
}

// override reads every language of an operator's folder.
func (l *Library) override(dir fs.FS) error {
	languages, err := fs.ReadDir(dir, ".")
	if err != nil {
		return err
	}
	for _, entry := range languages {
		if !entry.IsDir() {
			continue
		}
		if err := l.read(dir, entry.Name()); err != nil {
			return err
		}
	}
	return nil
}

// read takes in the recordings of one language folder.
func (l *Library) read(dir fs.FS, lang string) error {
	files, err := fs.Glob(dir, path.Join(lang, "*.wav"))
	if err != nil {
		return err
	}
	if l.recordings[lang] == nil {
		l.recordings[lang] = make(map[Phrase][]int16)
	}
	for _, file := range files {
		id := Phrase(strings.TrimSuffix(path.Base(file), ".wav"))
		if !l.names(id) {
			return fmt.Errorf("%s: the catalogue has no phrase %q", file, id)
		}
		pcm, err := readWAV(dir, file)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		l.recordings[lang][id] = append(pcm, make([]int16, l.catalogue.pause(id))...)
	}
	return nil
}

func readWAV(dir fs.FS, file string) ([]int16, error) {
	info, err := fs.Stat(dir, file)
	if err != nil {
		return nil, err
	}
	if info.Size() > 4*maxRecording {
		return nil, errors.New("is too large for a recording")
	}
	b, err := fs.ReadFile(dir, file)
	if err != nil {
		return nil, err
	}
	return decodeWAV(b)
}

// names says whether the catalogue has this phrase or sound.
func (l *Library) names(id Phrase) bool {
	if _, ok := l.catalogue.Phrases[id]; ok {
		return true
	}
	return slices.Contains(l.catalogue.Sounds, id)
}

// Has says whether p can be said or sounded.
func (l *Library) Has(p Phrase) bool {
	if _, ok := p.number(); ok {
		return true
	}
	return l.names(p.ID())
}

// Part is a piece of what is said: samples, or what somebody else has to make samples of.
type Part struct {
	PCM   []int16 // at [Rate], shared between all who hear it: must not be changed. Of a text: what is said if it cannot be spoken
	Text  string  // to be spoken
	Audio string  // the id of a recording of the meeting, which is better than the text
}

// Parts returns the phrases in pieces to be played one after the other. What a language lacks is said in English.
func (l *Library) Parts(lang string, phrases ...Phrase) ([]Part, error) {
	parts := make([]Part, 0, len(phrases))
	for _, p := range phrases {
		for _, piece := range pieces(p) {
			recording, err := l.recording(lang, piece)
			if err != nil {
				return nil, err
			}
			parts = append(parts, Part{PCM: recording})
		}
	}
	return parts, nil
}

// pieces are the recordings that a phrase is put together from: its text and then what fills its gaps.
func pieces(p Phrase) []Phrase {
	gaps := p.gaps()
	if len(gaps) == 0 {
		return []Phrase{p}
	}
	var list []Phrase
	if p.ID() != "number" {
		list = append(list, p.ID())
	}
	for _, gap := range []string{gapRoom, gapNumber, gapTime} {
		if n, err := strconv.Atoi(gaps.Get(gap)); err == nil {
			list = append(list, numberParts(min(max(n, 0), MaxNumber))...)
		}
	}
	return list
}

func (l *Library) recording(lang string, p Phrase) ([]int16, error) {
	for _, language := range []string{lang, English} {
		if pcm, ok := l.recordings[language][p]; ok {
			return pcm, nil
		}
	}
	if !l.names(p) {
		return nil, fmt.Errorf("voice: no phrase %q", p)
	}
	return l.sounds[p], nil
}
