package voice

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// tongue is a language with what is recorded of it.
type tongue struct {
	written    file
	catalogue  *catalogue
	pieces     map[Phrase]piece
	recordings map[Phrase][]int16
}

// learn lays a folder's language over base, which may be nil: entry by entry and file by file. A recording of base that
// says something else than the new text is not taken over.
func learn(dir fs.FS, lang string, tag language.Tag, base *tongue, english *catalogue) (*tongue, error) {
	f, err := readFile(dir, lang)
	if err != nil {
		return nil, err
	}
	if base == nil {
		base = &tongue{}
	}
	t := &tongue{written: f.over(base.written), recordings: make(map[Phrase][]int16)}
	if t.catalogue, err = t.written.parse(tag); err != nil {
		return nil, fmt.Errorf("%s: %w", catalogueFile, err)
	}
	if english == nil {
		english = t.catalogue
	}
	if err := t.catalogue.check(english); err != nil {
		return nil, fmt.Errorf("%s: %w", catalogueFile, err)
	}
	t.pieces = t.catalogue.pieces()
	for name, pcm := range base.recordings {
		if t.pieces[name].text == base.pieces[name].text { // both are empty for a sound
			t.recordings[name] = pcm
		}
	}
	return t, t.listen(dir, lang, english.sounds)
}

// listen reads the recordings in a folder.
func (t *tongue) listen(dir fs.FS, lang string, sounds []Phrase) error {
	files, err := fs.Glob(dir, path.Join(lang, "*.wav"))
	if err != nil {
		return err
	}
	for _, file := range files {
		id := Phrase(strings.TrimSuffix(path.Base(file), ".wav"))
		if _, ok := t.pieces[id]; !ok && !slices.Contains(sounds, id) {
			return fmt.Errorf("%s: the catalogue has no text %q to be recorded", path.Base(file), id)
		}
		pcm, err := readWAV(dir, file)
		if err != nil {
			return fmt.Errorf("%s: %w", path.Base(file), err)
		}
		t.recordings[id] = pcm
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

// silence is what pauses are taken from.
var silence = make([]int16, samples(max(pauseSentence, pauseClause)))

// parts makes sound of tokens; false: not everything is recorded.
func (t *tongue) parts(tokens []token) ([]Part, bool) {
	var parts []Part
	add := func(p Part) {
		if len(p.PCM) > 0 || p.Text != "" || p.Audio != "" {
			parts = append(parts, p)
		}
	}
	for _, token := range tokens {
		add(Part{PCM: silence[:token.before]})
		switch {
		case token.foreign:
			instead, ok := t.parts(token.instead)
			if !ok {
				return nil, false
			}
			add(Part{PCM: joined(instead), Text: token.text, Audio: token.audio})
		case token.piece != "":
			pcm, ok := t.recordings[token.piece]
			if !ok {
				return nil, false
			}
			add(Part{PCM: pcm})
		}
		add(Part{PCM: silence[:token.after]})
	}
	return parts, true
}

// joined are the samples of parts.
func joined(parts []Part) []int16 {
	var all []int16
	for _, p := range parts {
		all = append(all, p.PCM...)
	}
	return all
}
