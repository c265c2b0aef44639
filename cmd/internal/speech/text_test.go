package speech

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPieces(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Hello.":                          "Hello.",
		"Hello. You there?  Yes!":         "Hello. | You there? | Yes!",
		"Dr. Smith is in room 5. Go now":  "Dr. Smith is in room 5. Go now",
		"Am 5. Mai. Bis dann.":            "Am 5. Mai. | Bis dann.",
		"Room no. 1":                      "Room no. 1",
		"It is e.g. a test. Done":         "It is e.g. a test. | Done",
		"one\r\ntwo\n\n\nthree\u2028four": "one | two | three | four",
		"<speak>Hi <b>there</b></speak>":  "speak Hi b there /b /speak",
		"[[h@l'oU]] {x} `id` $(id)":       "h@l'oU x id $(id)",
		"a\x00b\x1b[31mc\u202ed\xff":      "a b 31mcd",
		"... !!! —":                       "",
		"The rooms close in five minutes, so please bring your discussion to an end and come back to the main room.": "The rooms close in five minutes, | so please bring your discussion to an end and come back to the main room.",
		strings.Repeat("x", 100): strings.Repeat("x", 70) + " | " + strings.Repeat("x", 30),
	} {
		var got []string
		for _, p := range pieces(clean(text)) {
			got = append(got, p.text)
		}
		if s := strings.Join(got, " | "); s != want {
			t.Errorf("%q is cut into\n%q, want\n%q", text, s, want)
		}
	}
}

func FuzzPieces(f *testing.F) {
	f.Add("Hello. \x00 there, Dr. \xff No. <a>[[b]]")
	f.Fuzz(func(t *testing.T, text string) {
		plain, total := clean(text), ""
		for _, p := range pieces(plain) {
			if !utf8.ValidString(p.text) || strings.ContainsAny(p.text, "\n<>[]\x00") || utf8.RuneCountInString(p.text) > otherPiece {
				t.Errorf("%q", p.text)
			}
			total += p.text
		}
		letters := func(s string) int {
			return len(strings.FieldsFunc(s, func(r rune) bool { return !speakable(string(r)) }))
		}
		if speakable(plain) != (total != "") || letters(total) > letters(plain) {
			t.Errorf("%q became %q", plain, total)
		}
	})
}
