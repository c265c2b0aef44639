package voice

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// template is a text with gaps, like "Press {keys} for help.": words and gaps in turn.
type template []element

// element is a piece of literal text, or a gap.
type element struct {
	text     string
	gap      string // "": it is text
	form     string // of what fills the gap, as "compound" in {count:compound}
	optional bool   // in brackets
}

// maxText bounds a text of the catalogue, in characters.
const maxText = 500

// parseTemplate reads a text. Gaps are in braces; what is in brackets is optional, which only rules of numbers know.
func parseTemplate(text string) (template, error) {
	if utf8.RuneCountInString(text) > maxText {
		return nil, fmt.Errorf("is longer than %d characters", maxText)
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		return nil, errors.New("has characters that cannot be spoken")
	}
	var t template
	optional := false
	for text != "" {
		at := strings.IndexAny(text, "{}[]")
		if at < 0 {
			at = len(text)
		}
		if at > 0 {
			t = append(t, element{text: text[:at], optional: optional})
			text = text[at:]
			continue
		}
		switch {
		case text[0] == '{':
			gap, rest, closed := strings.Cut(text[1:], "}")
			e, err := parseGap(gap)
			if err != nil || !closed {
				return nil, fmt.Errorf("%q is no gap such as {room}", "{"+gap)
			}
			e.optional = optional
			t, text = append(t, e), rest
			continue
		case text[0] == '[' && !optional, text[0] == ']' && optional:
			optional = !optional
		default:
			return nil, fmt.Errorf("%q stands alone", text[:1])
		}
		text = text[1:]
	}
	if optional {
		return nil, errors.New(`"[" is not closed`)
	}
	return t, nil
}

func parseGap(gap string) (element, error) {
	name, form, formed := strings.Cut(gap, ":")
	if !isName(name) || formed && !isName(form) {
		return element{}, errors.New("is no name")
	}
	return element{gap: name, form: form}, nil
}

// isName says whether s can name a gap, a form or a phrase.
func isName(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// gaps lists the gaps by name.
func (t template) gaps() []string {
	var names []string
	for _, e := range t {
		if e.gap != "" {
			names = append(names, e.gap)
		}
	}
	return names
}

// with writes the text with a number in its gaps.
func (t template) with(n int) string {
	var b strings.Builder
	for _, e := range t {
		b.WriteString(e.text)
		if e.gap != "" {
			b.WriteString(strconv.Itoa(n))
		}
	}
	return b.String()
}

// piece is what is recorded in one file.
type piece struct {
	name Phrase
	text string
	goes bool // on: something follows it in its sentence
}

// piece is the recording of the i-th element, or none. A text without gaps is one recording, named as its entry; those of a
// text with gaps are numbered.
func (t template) piece(id Phrase, i int) (p piece, ok bool) {
	_, words, _ := speech(t[i].text)
	if words == "" {
		return piece{}, false
	}
	if len(t.gaps()) == 0 && len(t) == 1 {
		return piece{name: id, text: words}, true
	}
	number := 1
	for _, e := range t[:i] {
		if _, words, _ := speech(e.text); words != "" {
			number++
		}
	}
	goes := i+1 < len(t) && !t[i+1].optional && !strings.ContainsAny(words[len(words)-1:], ".!?")
	return piece{id + Phrase("."+strconv.Itoa(number)), words, goes}, true
}

// Silence at punctuation. Chosen by ear, November 2026.
const (
	pauseSentence = 200 * time.Millisecond
	pauseClause   = 100 * time.Millisecond
)

// speech splits literal text into words to be recorded, with their punctuation, and the samples of silence around them.
func speech(text string) (before int, words string, after int) {
	start := strings.IndexFunc(text, isSpoken)
	if start < 0 {
		return pause(text), "", 0
	}
	end := strings.LastIndexFunc(text, isSpoken)
	_, size := utf8.DecodeRuneInString(text[end:])
	tail := text[end+size:]
	return pause(text[:start]), strings.TrimSpace(strings.TrimLeft(text[start:], " ")), pause(tail)
}

func isSpoken(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// pause is the silence of punctuation.
func pause(punctuation string) int {
	switch {
	case strings.ContainsAny(punctuation, ".!?"):
		return samples(pauseSentence)
	case strings.ContainsAny(punctuation, ",:;"):
		return samples(pauseClause)
	}
	return 0
}

func samples(d time.Duration) int { return int(d * Rate / time.Second) }
