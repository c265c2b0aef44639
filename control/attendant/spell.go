package attendant

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// keyLetters is what stands on the keys: the Latin letters (ITU-T E.161), and those that telephones have in countries with
// the Greek and Cyrillic scripts (ETSI ES 202 130). Letters with marks stand with those without.
var keyLetters = func() map[rune]byte {
	letters := make(map[rune]byte)
	for _, script := range [][8]string{
		{"abc", "def", "ghi", "jkl", "mno", "pqrs", "tuv", "wxyz"},
		{"αβγ", "δεζ", "ηθι", "κλμ", "νξο", "πρσς", "τυφ", "χψω"},
		{"абвгґ", "дежзє", "иікл", "мноп", "рсту", "фхцч", "шщъы", "ьэюя"},
	} {
		for i, group := range script {
			for _, letter := range group {
				letters[letter] = byte('2' + i)
			}
		}
	}
	return letters
}()

// latin are letters that Unicode does not take apart, as they are written where only plain ones are to be had.
var latin = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ħ", "h", "ı", "i", "ŋ", "n", "ŧ", "t")

// fold takes case, marks and the width of letters away.
func fold(name string) string {
	plain := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(name))
	return latin.Replace(strings.ToLower(cases.Fold().String(plain)))
}

// keysOf are the keys of a name, word by word. What stands on no key is left out.
func keysOf(name string) (words []string) {
	for _, word := range strings.FieldsFunc(fold(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		var keys []byte
		for _, r := range word {
			switch key, ok := keyLetters[r]; {
			case ok:
				keys = append(keys, key)
			case r >= '0' && r <= '9':
				keys = append(keys, byte(r))
			}
		}
		if len(keys) > 0 {
			words = append(words, string(keys))
		}
	}
	return words
}

// How well a name fits what was spelled.
const (
	whole   = iota // it is the name
	begin          // the name begins so
	within         // a later word of it does
	nothing        // it does not fit
)

func fits(name, keys string) int {
	words := keysOf(name)
	for i := range words {
		rest := strings.Join(words[i:], "")
		switch {
		case i == 0 && rest == keys:
			return whole
		case i == 0 && strings.HasPrefix(rest, keys):
			return begin
		case strings.HasPrefix(rest, keys):
			return within
		}
	}
	return nothing
}

// spelled returns the rooms whose names fit the keys, the best first, else by number.
func spelled(rooms []RoomRef, keys string) []RoomRef {
	type match struct {
		room RoomRef
		fit  int
	}
	var found []match
	for _, r := range rooms {
		if fit := fits(r.Name, keys); fit < nothing {
			found = append(found, match{r, fit})
		}
	}
	slices.SortStableFunc(found, func(a, b match) int { return a.fit - b.fit })
	list := make([]RoomRef, 0, len(found))
	for _, f := range found {
		list = append(list, f.room)
	}
	return list
}
