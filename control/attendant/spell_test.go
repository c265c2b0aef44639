package attendant

import (
	"slices"
	"strings"
	"testing"
)

func TestKeysOf(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Blue":                  "2583",
		"BLUE ocean":            "2583 62326",
		"Übung":                 "82864",
		"U\u0308bung":           "82864", // with the mark apart
		"Straße 7":              "7872773 7",
		"Łódź":                  "5639",
		"Ærø":                   "2376",
		"Þór":                   "8467",
		"ＡＢＣ１２":                 "22212",
		"Q&A":                   "7 2",
		"3rd-floor":             "373 35667",
		"Αθήνα":                 "24462",
		"Москва":                "556422",
		"Йод":                   "453",
		"會議":                    "",
		"\u0000\xff":            "",
		"":                      "",
		"  ":                    "",
		strings.Repeat("é", 64): strings.Repeat("3", 64),
	} {
		if got := strings.Join(keysOf(name), " "); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
}

func TestSpelled(t *testing.T) {
	t.Parallel()
	list := []RoomRef{
		{Number: 1, Name: "Bluebird"}, {Number: 2, Name: "Green"}, {Number: 3, Name: "Blue"}, {Number: 4, Name: "Sky blue"},
		{Number: 5}, {Number: 6, Name: "7 dwarfs"}, {Number: 7, Name: "會議"},
	}
	for keys, want := range map[string][]int{
		"4":            {2},
		"2583":         {3, 1, 4}, // the whole name, the beginning, a later word
		"25832":        {1},
		"759":          {4},
		"7592":         {4},
		"7":            {4, 6},
		"73":           {6},
		"0":            nil,
		"258300000000": nil,
	} {
		var got []int
		for _, r := range spelled(list, keys) {
			got = append(got, r.Number)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s finds %v, want %v", keys, got, want)
		}
	}
}

func FuzzKeysOf(f *testing.F) {
	for _, name := range []string{"Blue", "Übung 7", "Москва", "ﬁne", "\xff", "İ"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		words := keysOf(name)
		for _, word := range words {
			if word == "" || strings.Trim(word, "0123456789") != "" {
				t.Errorf("%q is %q", name, words)
			}
		}
		if keys := strings.Join(words, ""); keys != "" && fits(name, keys) != whole {
			t.Errorf("%q does not fit its own keys %s", name, keys)
		}
	})
}
