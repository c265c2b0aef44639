package voice

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"golang.org/x/text/language"
)

// Line is one recording to be made.
type Line struct {
	ID   Phrase // the name of the file
	Text string
	// Then is an example of what follows in the sentence, so that it does not sound as if that ended here; "": nothing does.
	Then string
}

// Script lists what is to be recorded of a language, by id, from the folders as they are: dir is this package's folder, or an
// operator's, whose languages stand alone.
func Script(dir fs.FS, lang string) ([]Line, error) {
	tag, err := language.Parse(lang)
	if err != nil {
		return nil, fmt.Errorf("%q is no language tag such as de or pt-BR", lang)
	}
	f, err := readFile(dir, lang)
	if err != nil {
		return nil, err
	}
	c, err := f.parse(tag)
	if err != nil {
		return nil, fmt.Errorf("%s/%s: %w", lang, catalogueFile, err)
	}
	example := c.keys["star"][""].with(0)
	pieces := c.pieces()
	lines := make([]Line, 0, len(pieces))
	for _, id := range slices.Sorted(maps.Keys(pieces)) {
		line := Line{ID: id, Text: pieces[id].text}
		if pieces[id].goes {
			line.Then = example
		}
		lines = append(lines, line)
	}
	return lines, nil
}
