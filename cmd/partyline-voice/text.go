package main

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// piece is what the engine speaks at a time, and the pause that follows.
type piece struct {
	text  string
	pause float64 // seconds
}

// Lengths of pieces, in characters. Ten characters take some 60 ms to be spoken, so that the first sound is there in less
// than half a second, also on a slower machine. (Tuned 2026-11.)
const (
	firstPiece = 70
	otherPiece = 220
)

const (
	pauseSentence = 0.25
	pauseClause   = 0.06
)

// pieces cuts a text where its sentences end, and long ones where a clause or a word does. The first is short.
func pieces(text string) []piece {
	var list []piece
	limit := firstPiece
	for _, sentence := range sentences(clean(text)) {
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

// clean leaves out what is not said: control characters, and what another engine might take for markup.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError || unicode.Is(unicode.Cf, r):
			return -1
		case r == '\n':
			return r
		case unicode.IsControl(r) || unicode.IsSpace(r) || strings.ContainsRune("<>[]{}|\\^`", r):
			return ' '
		}
		return r
	}, text)
}

// speakable says whether there is anything to be said.
func speakable(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) })
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
	case strings.HasSuffix(bare, "!"), strings.HasSuffix(bare, "?"), strings.HasSuffix(bare, "…"):
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
			if i > 0 && n > limit/4 && strings.ContainsRune(",;:–—", lastRune(sentence[:i])) {
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

func lastRune(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r
}
