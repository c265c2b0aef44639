package speech

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// clean makes a text ready: one form for what sounds alike, bounded, and nothing in it that an engine could take for
// anything but words.
func (t Text) clean() (Text, error) {
	t.Words = clean(t.Words)
	t.Language = strings.ToLower(t.Language)
	switch {
	case utf8.RuneCountInString(t.Words) > MaxRunes:
		return t, ErrTooLong
	case !speakable(t.Words):
		return t, ErrNothing
	}
	return t, nil
}

// clean drops control and formatting characters, and makes spaces of the characters that markup is made of: SSML's <>,
// espeak's [[phonemes]], and what shells and templates know.
func clean(text string) string {
	lines := strings.Split(strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError || unicode.Is(unicode.Cf, r):
			return -1
		case r == '\n' || r == '\u2028' || r == '\u2029':
			return '\n'
		case unicode.IsControl(r) || unicode.IsSpace(r) || strings.ContainsRune("<>[]{}|\\^`", r):
			return ' '
		}
		return r
	}, text), "\n")
	kept := lines[:0]
	for _, line := range lines {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// speakable says whether there is anything to be said.
func speakable(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) })
}

// piece is what an engine is given at a time, and the pause that follows.
type piece struct {
	text  string
	pause time.Duration
}

// Lengths of pieces, in characters: the first is short, so that it is there soon. A neural voice needs some half a second
// for one. (Tuned 2026-11.)
const (
	firstPiece = 70
	otherPiece = 220
)

const (
	pauseSentence = 250 * time.Millisecond
	pauseClause   = 60 * time.Millisecond
)

// pieces cuts a clean text where its sentences end, and long ones where a clause or a word does.
func pieces(text string) []piece {
	var list []piece
	limit := firstPiece
	for _, sentence := range sentences(text) {
		for sentence != "" {
			head, rest := cut(sentence, limit)
			if sentence = rest; !speakable(head) {
				continue
			}
			p := piece{head, pauseSentence}
			if rest != "" {
				p.pause = pauseClause
			}
			list, limit = append(list, p), otherPiece
		}
	}
	if len(list) > 0 {
		list[len(list)-1].pause = 0
	}
	return list
}

// sentences ends one after a line, and after a full stop, exclamation or question mark that white space follows.
func sentences(text string) []string {
	var list []string
	for line := range strings.SplitSeq(text, "\n") {
		words := strings.Fields(line)
		begin := 0
		for i, w := range words {
			if i+1 == len(words) || ends(w, words[i+1]) {
				list = append(list, strings.Join(words[begin:i+1], " "))
				begin = i + 1
			}
		}
	}
	return list
}

// ends says whether a sentence ends with word. "Dr." and "5." do not end it, nor does what a small
// letter or a digit follows.
func ends(word, next string) bool {
	bare := strings.TrimRight(word, `"')`+"”’»")
	switch {
	case strings.HasSuffix(bare, "!"), strings.HasSuffix(bare, "?"), strings.HasSuffix(bare, "…"), strings.HasSuffix(bare, "。"):
		return true
	case !strings.HasSuffix(bare, "."):
		return false
	}
	first, _ := utf8.DecodeRuneInString(next)
	stem := strings.TrimRight(bare, ".")
	short := utf8.RuneCountInString(stem) <= 2 && stem != strings.ToLower(stem) || slices.Contains(abbreviations, stem)
	number := stem != "" && strings.Trim(stem, "0123456789") == ""
	return !short && !number && !unicode.IsLower(first) && !unicode.IsDigit(first)
}

// abbreviations are those before names that have more than two letters.
var abbreviations = []string{"Mrs", "Prof", "Rev", "Str"}

// cut takes at most limit characters off a sentence.
func cut(sentence string, limit int) (head, rest string) {
	if utf8.RuneCountInString(sentence) <= limit {
		return sentence, ""
	}
	end, clause, word, n := 0, 0, 0, 0
	for i, r := range sentence {
		if n++; n > limit {
			end = i
			break
		}
		if r == ' ' {
			word = i
			if before, _ := utf8.DecodeLastRuneInString(sentence[:i]); n > limit/4 && strings.ContainsRune(",;:–—", before) {
				clause = i
			}
		}
	}
	switch {
	case clause > 0:
		end = clause
	case word > 0:
		end = word
	}
	return strings.TrimSpace(sentence[:end]), strings.TrimSpace(sentence[end:])
}
