package voice

import (
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// polish is a language as an operator would add one, with another order of words and other plurals than English: a folder,
// and nothing else.
const polish = `
name: Polski
phrases:
  language_choice: "{keys} to wybór dla języka polskiego."
  others:
    0: "Nie ma tu nikogo innego."
    one: "Jest tu jeszcze jedna osoba."
    few: "Są tu jeszcze {n:feminine} osoby."
    many: "Jest tu jeszcze {n:feminine} osób."
    other: "Jest tu jeszcze {n:feminine} osób."
  closing_in: "Za {time:accusative} zamykamy pokoje."
  in_room: "W {room:locative} jesteś."
  asks_for_help: "O pomoc prosi {room}!"
  has_raised_hand: "Rękę podnosi {person:nominative}."
numbers:
  whole: 9
  rules:
    plain: &plain {0: zero, 1: jeden, 2: dwa, 3: trzy, 4: cztery, 5: pięć, 6: sześć, 7: siedem, 8: osiem, 9: dziewięć, 10: dziesięć, 11: jedenaście,
      12: dwanaście, 13: trzynaście, 14: czternaście, 15: piętnaście, 16: szesnaście, 17: siedemnaście, 18: osiemnaście, 19: dziewiętnaście,
      20: "dwadzieścia[ {rest}]", 30: "trzydzieści[ {rest}]", 40: "czterdzieści[ {rest}]", 50: "pięćdziesiąt[ {rest}]",
      60: "sześćdziesiąt[ {rest}]", 70: "siedemdziesiąt[ {rest}]", 80: "osiemdziesiąt[ {rest}]", 90: "dziewięćdziesiąt[ {rest}]",
      100: "sto[ {rest}]", 200: "dwieście[ {rest}]", 300/100: {few: "{count}sta[ {rest}]", many: "{count}set[ {rest}]", one: "", other: ""},
      1000: {one: "tysiąc[ {rest}]", few: "{count} tysiące[ {rest}]", many: "{count} tysięcy[ {rest}]", other: "{count} tysiąca[ {rest}]"}}
    feminine: {0: zero, 1: jedna, 2: dwie, 3: trzy, 4: cztery, 5: pięć, 6: sześć, 7: siedem, 8: osiem, 9: dziewięć, 10: dziesięć, 11: jedenaście,
      12: dwanaście, 13: trzynaście, 14: czternaście, 15: piętnaście, 16: szesnaście, 17: siedemnaście, 18: osiemnaście, 19: dziewiętnaście,
      20: "dwadzieścia[ {rest:feminine}]", 30: "trzydzieści[ {rest:feminine}]", 100: "sto[ {rest:feminine}]",
      1000: {one: "tysiąc[ {rest:feminine}]", few: "{count} tysiące[ {rest:feminine}]", many: "{count} tysięcy[ {rest:feminine}]", other: "{count}"}}
times:
  plain: &times
    hour: {one: "{n:feminine} godzina", few: "{n:feminine} godziny", many: "{n:feminine} godzin", other: "{n} godziny"}
    minute: {one: "{n:feminine} minuta", few: "{n:feminine} minuty", many: "{n:feminine} minut", other: "{n} minuty"}
    second: {one: "{n:feminine} sekunda", few: "{n:feminine} sekundy", many: "{n:feminine} sekund", other: "{n} sekundy"}
    join: "{before} i {after}"
  accusative:
    hour: {one: godzinę, few: "{n:feminine} godziny", many: "{n:feminine} godzin", other: "{n} godziny"}
    minute: {one: minutę, few: "{n:feminine} minuty", many: "{n:feminine} minut", other: "{n} minuty"}
    second: {one: sekundę, few: "{n:feminine} sekundy", many: "{n:feminine} sekund", other: "{n} sekundy"}
    join: "{before} i {after}"
rooms:
  plain: {numbered: "pokój {n}", main: sala główna}
  locative: {numbered: "pokoju {n}", main: sali głównej}
people: {plain: ktoś, nominative: uczestnik}
keys: {star: gwiazdka, pound: krzyżyk, plus: plus}
`

// added is the library with folders of an operator.
func added(t testing.TB, files map[string]string) (*Library, error) {
	t.Helper()
	dir := make(fstest.MapFS)
	for name, content := range files {
		dir[name] = &fstest.MapFile{Data: []byte(content)}
	}
	builtIn := open(t, "")
	l := &Library{languages: maps.Clone(builtIn.languages), english: builtIn.english, sounds: builtIn.sounds}
	return l, l.read(dir)
}

// TestAddingALanguageIsAddingAFolder says things in a language that this program has never heard of.
func TestAddingALanguageIsAddingAFolder(t *testing.T) {
	t.Parallel()
	l, err := added(t, map[string]string{"pl/catalogue.yaml": polish})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []said{
		{Phrase("others").N(0), "Nie ma tu nikogo innego."},
		{Phrase("others").N(1), "Jest tu jeszcze jedna osoba."},
		{Phrase("others").N(2), "Są tu jeszcze dwie osoby."},
		{Phrase("others").N(5), "Jest tu jeszcze pięć osób."},
		{Phrase("others").N(12), "Jest tu jeszcze dwanaście osób."},
		{Phrase("others").N(22), "Są tu jeszcze dwadzieścia dwie osoby."},
		{Phrase("closing_in").Time(time.Minute), "Za minutę zamykamy pokoje."},
		{Phrase("closing_in").Time(2 * time.Minute), "Za dwie minuty zamykamy pokoje."},
		{Phrase("closing_in").Time(25*time.Minute + time.Second), "Za dwadzieścia pięć minut i sekundę zamykamy pokoje."},
		{Phrase("in_room").Room(4, ""), "W pokoju cztery jesteś."},
		{Phrase("in_room").Room(0, ""), "W sali głównej jesteś."},
		{Phrase("asks_for_help").Room(3, ""), "O pomoc prosi pokój trzy!"},
		{Phrase("has_raised_hand").Person("", ""), "Rękę podnosi uczestnik."},
		{Number(400), "czterysta"}, {Number(555), "pięćset pięćdziesiąt pięć"}, {Number(1000), "tysiąc"}, {Number(3001), "trzy tysiące jeden"}, {Number(5000), "pięć tysięcy"},
		{"language_choice?keys=3%23", "trzy krzyżyk to wybór dla języka polskiego."},
		{"goodbye", "Goodbye."},
	} {
		if got, err := l.Words("pl", s.phrase); err != nil || got != s.want {
			t.Errorf("%s is %q (%v), want %q", s.phrase, got, err, s.want)
		}
	}
	if got := l.Choices(); !slices.Equal(got, []string{"en", "de", "pl"}) {
		t.Errorf("callers can choose among %v", got)
	}
	parts, err := l.Parts("pl", Phrase("others").N(2))
	english, _ := l.Parts(English, Phrase("others").N(2))
	if err != nil || len(parts) != 1 || parts[0].Text != "Są tu jeszcze dwie osoby." || !slices.Equal(parts[0].PCM, joined(english)) {
		t.Errorf("what is not recorded is not to be spoken: %d parts (%v)", len(parts), err)
	}
}

// TestRecordedPieces: once a language is recorded its sentences are put together in its own order.
func TestRecordedPieces(t *testing.T) {
	t.Parallel()
	files := map[string]string{"pl/catalogue.yaml": polish}
	sound := func(v byte) string { return string(wav(1, 1, Rate, 16, []byte{v, 0})) }
	for name, v := range map[string]byte{"closing_in.1": 1, "closing_in.2": 2, "time.accusative.minute.few": 3, "time.accusative.minute.few.1": 3, "n2.feminine": 4} {
		if name != "time.accusative.minute.few" {
			files["pl/"+name+".wav"] = sound(v)
		}
	}
	l, err := added(t, files)
	if err != nil {
		t.Fatal(err)
	}
	pcm, err := pcmOf(l, "pl", Phrase("closing_in").Time(2*time.Minute))
	pcm = slices.DeleteFunc(pcm, func(v int16) bool { return v == 0 })
	if err != nil || !slices.Equal(pcm, []int16{1, 4, 3, 2}) {
		t.Errorf("%v (%v)", pcm, err)
	}
}

// TestFaultyCatalogues: what is wrong is said when the library is opened.
func TestFaultyCatalogues(t *testing.T) {
	t.Parallel()
	change := func(from, to string) string {
		changed := strings.Replace(polish, from, to, 1)
		if changed == polish {
			t.Fatalf("there is no %q", from)
		}
		return changed
	}
	for name, c := range map[string]struct{ catalogue, want string }{
		"an unknown phrase":           {change("  closing_in:", "  closing_at:"), "pl: catalogue.yaml: phrase closing_at: there is no such phrase in English"},
		"a gap that English lacks":    {change("Jest tu jeszcze jedna osoba", "{room} jedna"), "phrase others: the English text has no gap {room}"},
		"no gap at all":               {change("{room:locative} jesteś", "{rum} jesteś"), "phrase in_room: {rum} is none of the gaps"},
		"an unknown form":             {change("{time:accusative}", "{time:genitive}"), `phrase closing_in: there is no form "genitive" of {time}`},
		"an unknown form of numbers":  {change("jeszcze {n:feminine} osoby", "jeszcze {n:neuter} osoby"), `there are no rules "neuter" for numbers`},
		"a form where none can be":    {change("{keys} to", "{keys:long} to"), `there is no form "long" of {keys}`},
		"a missing plural form":       {change("    few: \"Są tu jeszcze {n:feminine} osoby.\"\n", ""), `phrase others: has no text for 2: plural form "few" is missing`},
		"a missing plural of a time":  {change("many: \"{n:feminine} minut\", ", ""), `times plain: minute: has no text for 0: plural form "many" is missing`},
		"no plural form":              {change("    few: \"Są", "    some: \"Są"), `phrase others: "some" is neither a plural form nor a number`},
		"plurals without a number":    {change(`"O pomoc prosi {room}!"`, "{one: a, other: b}"), "phrase asks_for_help: has plural forms, but the English text has no gap {n}"},
		"a missing rule":              {change("{0: zero, 1: jeden,", "{1: jeden,"), `no rule "plain" for the number 0`},
		"a missing rule of a form":    {change(`100: "sto[ {rest:feminine}]",`, `100: "sto[ {rest:no}]",`), `there are no rules "no" for numbers`},
		"a rule with another gap":     {change("sto[ {rest}]", "sto[ {n}]"), "numbers: rules plain: 100: has a gap {n}; a rule has {count} and {rest}"},
		"a gap twice":                 {change("sto[ {rest}]", "sto[ {rest} {rest}]"), "100: has the gap {rest} twice"},
		"a rule of one digit":         {change("9: dziewięć,", "9: \"{count}\","), "9: has a gap {count}, but one digit has no parts"},
		"a divisor that is too large": {change("300/100", "300/301"), "the divisor must be a number from 2 to 300"},
		"a divisor of one":            {change("300/100", "300/1"), "the divisor must be a number from 2 to 300"},
		"a rule for no number":        {change("300/100", "hundred"), "must be a number from 0"},
		"two rules for a number":      {change("300/100:", "300/10: x, 300/100:"), "there are two rules for 300"},
		"too few whole numbers":       {change("whole: 9", "whole: 5"), "whole is 5"},
		"brackets in a sentence":      {change("W {room:locative}", "[W {room:locative}]"), "only rules for numbers have brackets"},
		"a bracket that stands alone": {change("W {room:locative}", "W] {room:locative}"), `"]" stands alone`},
		"a gap that is open":          {change("W {room:locative}", "W {room:locative"), "is no gap such as {room}"},
		"a bracket that is open":      {change("sto[ {rest}]", "sto[ {rest}"), `"[" is not closed`},
		"a control character":         {change("W {room:locative}", `W\u0007{room:locative}`), "characters that cannot be spoken"},
		"an endless text":             {change("W {room:locative}", strings.Repeat("W", 501)), "is longer than 500 characters"},
		"no join":                     {change("join: \"{before} i {after}\"", "join: i"), "times plain: join must be one text"},
		"no hour":                     {change("    hour: {one: \"{n:feminine} godzina\"", "    hours: {one: \"{n:feminine} godzina\""), "times plain: hour: is missing"},
		"no times":                    {change("  plain: &times", "  other: &times"), "times: the form plain is missing"},
		"a gap in a main room":        {change("main: sala główna", "main: \"sala {n}\""), "rooms plain: main must be one text without gaps"},
		"no numbered room":            {change("numbered: \"pokój {n}\"", "numberd: \"pokój {n}\""), "rooms plain: numbered must be one text with the gap {n}"},
		"no people":                   {change("people: {plain: ktoś", "people: {plan: ktoś"), "people: the form plain is missing"},
		"no pound":                    {change("pound: krzyżyk, ", ""), "keys: pound must be one text"},
		"one key too many":            {change("keys: {", "keys: {nine: x, "), "keys: there is only [plus pound star]"},
		"a phrase twice":              {change("  in_room:", "  others: x\n  in_room:"), "others"},
		"a reserved name":             {change("  in_room:", "  number: x\n  in_room:"), "phrase number: cannot have this name"},
		"a list":                      {change("  in_room:", "  goodbye: [a]\n  in_room:"), "catalogue.yaml"},
		"nothing in a phrase":         {change("  in_room:", "  goodbye: {}\n  in_room:"), "phrase goodbye: has no text"},
	} {
		if _, err := added(t, map[string]string{"pl/catalogue.yaml": c.catalogue}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v\nwant %q", name, err, c.want)
		}
	}
}

// TestKindsOfLanguages: a kind of a language has all that it has, but what it says in its own way.
func TestKindsOfLanguages(t *testing.T) {
	t.Parallel()
	l, err := added(t, map[string]string{
		"de-AT/catalogue.yaml": "phrases: {goodbye: Auf Wiedersehen.}\nkeys: {pound: Doppelkreuz}",
		"de-AT/n2.wav":         string(wav(1, 1, Rate, 16, []byte{7, 0})),
	})
	if err != nil {
		t.Fatal(err)
	}
	for p, want := range map[Phrase]string{"goodbye": "Auf Wiedersehen.", "muted": "Sie sind stummgeschaltet.", Phrase("to_mute").Keys("#"): "Drücken Sie Doppelkreuz, um sich stummzuschalten."} {
		if got, err := l.Words("de-AT", p); err != nil || got != want {
			t.Errorf("%s is %q (%v), want %q", p, got, err, want)
		}
	}
	parts, err := l.Parts("de-AT", "muted", "goodbye", Number(2))
	if err != nil || parts[0].Text != "" || parts[len(parts)-1].PCM[0] != 7 || parts[len(parts)-2].Text != "Auf Wiedersehen." {
		t.Errorf("%d parts (%v)", len(parts), err)
	}
	if got := l.Choices(); !slices.Equal(got, []string{"en", "de"}) {
		t.Errorf("callers can choose among %v: it offers itself in the same words", got)
	}
}

func FuzzTemplate(f *testing.F) {
	for _, text := range []string{"Press {keys} for help.", "[{rest:compound}und]zwanzig", "{", "}", "[a", "{n:}", "Zeit: {time}, ", "{a}{b}[[", "\x00\xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := parseTemplate(text)
		if err != nil {
			return
		}
		names := make(map[Phrase]bool)
		for i, e := range parsed {
			if (e.text == "") == (e.gap == "") {
				t.Errorf("%q: element %d is %+v", text, i, e)
			}
			before, words, after := speech(e.text)
			if before < 0 || after < 0 || strings.TrimSpace(words) != words {
				t.Errorf("%q: speech %d %q %d", e.text, before, words, after)
			}
			p, ok := parsed.piece("x", i)
			if ok != (words != "") || ok && names[p.name] {
				t.Errorf("%q: element %d is recorded: %t, as %q", text, i, ok, p.name)
			}
			names[p.name] = true
		}
	})
}

// FuzzOperatorsFolder: whatever lies in it, either it is refused, or everything can be said.
func FuzzOperatorsFolder(f *testing.F) {
	f.Add("pl", polish, []byte("RIFF"))
	f.Add("en", "phrases: {goodbye: 'Bye'}", wav(1, 1, Rate, 16, []byte{1, 0}))
	f.Add("..", "", []byte{})
	f.Add("de", "numbers: {whole: 12, rules: {plain: {0: a, 20/3: '{count}{rest}'}}}", []byte{})
	builtIn := open(f, "")
	f.Fuzz(func(t *testing.T, lang, catalogue string, recording []byte) {
		dir := fstest.MapFS{lang + "/" + catalogueFile: {Data: []byte(catalogue)}, lang + "/n7.wav": {Data: recording}}
		if !fs.ValidPath(lang) || strings.Contains(lang, "/") {
			return
		}
		l := &Library{languages: maps.Clone(builtIn.languages), english: builtIn.english, sounds: builtIn.sounds}
		if err := l.read(dir); err != nil {
			return
		}
		for id := range l.english.catalogue.phrases {
			p := id.N(7).Time(95*time.Second).Keys("*6").Room(3, "Blue").Person("Ada", "").Text("x")
			if _, err := l.Parts(lang, p); err != nil {
				t.Errorf("%s: %v", p, err)
			}
		}
	})
}
