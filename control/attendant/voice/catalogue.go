package voice

import (
	"bytes"
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

//go:embed catalogue.yaml en
var builtIn embed.FS

// English is the language that is built in, and the one that stands in for phrases a language lacks.
const English = "en"

// The sounds of the catalogue.
const (
	Arrival   Phrase = "arrival"   // somebody comes into the room
	Departure Phrase = "departure" // somebody leaves it
	Closing   Phrase = "closing"   // the breakout rooms are about to close
	HelpTone  Phrase = "help_tone" // a room asks for help

	SpeakNow    Phrase = "speak_now"     // the caller is being recorded from now on
	TimeIsShort Phrase = "time_is_short" // he should come to an end
)

// catalogue is the text of everything that can be said in one language.
type catalogue struct {
	Language string            `yaml:"language"`
	Phrases  map[Phrase]string `yaml:"phrases"`
	Sounds   []Phrase          `yaml:"sounds"`
}

func readCatalogue() (*catalogue, error) {
	text, err := builtIn.ReadFile("catalogue.yaml")
	if err != nil {
		return nil, fmt.Errorf("voice: read catalogue: %w", err)
	}
	var c catalogue
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&c); err != nil {
		return nil, fmt.Errorf("voice: parse catalogue: %w", err)
	}
	return &c, nil
}

// Silence after a phrase, by the end of its text. Chosen by ear, November 2026.
const (
	pauseSentence = 200 * time.Millisecond
	pauseClause   = 100 * time.Millisecond
)

// pause returns how many samples of silence follow a phrase.
func (c *catalogue) pause(p Phrase) int {
	text := c.Phrases[p]
	switch {
	case strings.HasSuffix(text, "."):
		return samples(pauseSentence)
	case strings.HasSuffix(text, ","), strings.HasSuffix(text, ":"):
		return samples(pauseClause)
	}
	return 0
}

func (c *catalogue) ids() []Phrase {
	return slices.Sorted(maps.Keys(c.Phrases))
}

func samples(d time.Duration) int { return int(d * Rate / time.Second) }
