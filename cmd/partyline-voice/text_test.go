package main

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPieces(t *testing.T) {
	t.Parallel()
	long := "There is coffee in the main room for all who have finished, and there will be cake."
	for text, want := range map[string]string{
		"Hello.":                          "Hello.",
		"Hello. You there?  Yes!":         "Hello. | You there? | Yes!",
		"Dr. Smith is in room 5. Go now.": "Dr. Smith is in room 5. Go now.",
		"Mrs. May is in. Yes. She waits.": "Mrs. May is in. | Yes. | She waits.",
		"It is e.g. a test. Done":         "It is e.g. a test. | Done",
		"one\ntwo\n\n\nthree":             "one | two | three",
		`He said "Stop." Then he went.`:   `He said "Stop." | Then he went.`,
		"<speak>Hi <b>there</b></speak>":  "speak Hi b there /b /speak",
		"a\x00b\x1b[31mc\u202ed\xff":      "a b 31mcd",
		"... !!! —":                       "",
		"":                                "",
		long:                              "There is coffee in the main room for all who have finished, | and there will be cake.",
		strings.Repeat("x", 100):          strings.Repeat("x", 70) + " | " + strings.Repeat("x", 30),
		strings.Repeat("yes ", 30):        strings.TrimSpace(strings.Repeat("yes ", 17)) + " | " + strings.TrimSpace(strings.Repeat("yes ", 13)),
	} {
		var got []string
		for _, p := range pieces(text) {
			got = append(got, p.text)
		}
		if s := strings.Join(got, " | "); s != want {
			t.Errorf("%q is cut into\n%q, want\n%q", text, s, want)
		}
	}
}

// TestPiecesAreBounded whatever the text, and none is lost.
func TestPiecesAreBounded(t *testing.T) {
	t.Parallel()
	for i, text := range []string{strings.Repeat("ab, ", 1000), strings.Repeat("ä", 3000), strings.Repeat("One. Two! ", 300)} {
		var total strings.Builder
		for n, p := range pieces(text) {
			limit := otherPiece
			if n == 0 {
				limit = firstPiece
			}
			if utf8.RuneCountInString(p.text) > limit {
				t.Errorf("text %d: a piece of %d characters", i, len(p.text))
			}
			total.WriteString(p.text)
		}
		if bare := strings.ReplaceAll(text, " ", ""); strings.ReplaceAll(total.String(), " ", "") != bare {
			t.Errorf("text %d: something is lost", i)
		}
	}
}

func FuzzPieces(f *testing.F) {
	f.Add("Hello. \x00 there, Dr. \xff No.")
	f.Fuzz(func(t *testing.T, text string) {
		for _, p := range pieces(text) {
			if !utf8.ValidString(p.text) || strings.ContainsAny(p.text, "\n<>\x00") || utf8.RuneCountInString(p.text) > otherPiece {
				t.Errorf("%q", p.text)
			}
		}
	})
}
