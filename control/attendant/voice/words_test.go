package voice

import (
	"testing"
	"time"
)

// said is what a phrase is in writing.
type said struct {
	phrase Phrase
	want   string
}

func checkWords(t *testing.T, lang string, list []said) {
	t.Helper()
	l := open(t, "")
	for _, s := range list {
		if got, err := l.Words(lang, s.phrase); err != nil || got != s.want {
			t.Errorf("%s: %s is %q (%v), want %q", lang, s.phrase, got, err, s.want)
		}
	}
}

func TestEnglishNumbers(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{
		0: "zero", 1: "one", 13: "thirteen", 20: "twenty", 21: "twenty-one", 30: "thirty", 99: "ninety-nine", 100: "one hundred",
		101: "one hundred one", 115: "one hundred fifteen", 250: "two hundred fifty", 999: "nine hundred ninety-nine",
		1000: "one thousand", 1500: "one thousand five hundred", 21_013: "twenty-one thousand thirteen", -4: "zero",
		100_000: "one hundred thousand", MaxNumber: "nine hundred ninety-nine thousand nine hundred ninety-nine",
		MaxNumber + 5: "nine hundred ninety-nine thousand nine hundred ninety-nine",
	} {
		checkWords(t, English, []said{{Number(n), want}})
	}
}

func TestEnglishSentences(t *testing.T) {
	t.Parallel()
	checkWords(t, English, []said{
		{Phrase("others").N(0), "You are the only one here."},
		{Phrase("others").N(1), "One other person is here."},
		{Phrase("others").N(2), "two other people are here."},
		{Phrase("time_left").Time(0), "Time left: zero seconds."},
		{Phrase("time_left").Time(time.Second), "Time left: one second."},
		{Phrase("time_left").Time(time.Minute), "Time left: one minute."},
		{Phrase("time_left").Time(61 * time.Second), "Time left: one minute and one second."},
		{Phrase("time_left").Time(2 * time.Hour), "Time left: two hours."},
		{Phrase("time_left").Time(3723 * time.Second), "Time left: one hour and two minutes and three seconds."},
		{Phrase("to_mute").Keys("*6"), "Press star six to mute yourself."},
		{Phrase("to_go_own_room").Keys("*30#"), "Press star three zero pound to go to your own room."},
		{Phrase("now_in_room").Room(12, ""), "You are now in room twelve."},
		{Phrase("now_in_room").Room(12, "Blue"), "You are now in Blue."},
		{Phrase("asks_for_help").Room(0, ""), "the main room asks for help."},
	})
}

// TestAllNumbersCanBeSaid says every number that a room or a count of a meeting may have, in every language.
func TestAllNumbersCanBeSaid(t *testing.T) {
	t.Parallel()
	l := open(t, "")
	for _, lang := range l.Languages() {
		for n := range 1501 {
			pcm, err := pcmOf(l, lang, Number(n))
			if err != nil {
				t.Fatal(err)
			}
			if len(pcm) < Rate/5 {
				t.Errorf("%s: %d takes %d samples", lang, n, len(pcm))
			}
		}
	}
}

func TestGermanNumbers(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{
		0: "null", 1: "eins", 7: "sieben", 11: "elf", 12: "zwölf", 16: "sechzehn", 17: "siebzehn", 20: "zwanzig", 21: "einundzwanzig",
		30: "dreißig", 66: "sechsundsechzig", 77: "siebenundsiebzig", 99: "neunundneunzig", 100: "einhundert", 101: "einhunderteins",
		117: "einhundertsiebzehn", 221: "zweihunderteinundzwanzig", 999: "neunhundertneunundneunzig", 1000: "eintausend", 1001: "eintausendeins",
		2300: "zweitausenddreihundert", 21_000: "einundzwanzigtausend", 101_101: "einhunderteintausendeinhunderteins",
		MaxNumber: "neunhundertneunundneunzigtausendneunhundertneunundneunzig",
	} {
		checkWords(t, "de", []said{{Number(n), want}})
	}
}

func TestGermanSentences(t *testing.T) {
	t.Parallel()
	checkWords(t, "de", []said{
		{Phrase("others").N(0), "Sie sind hier allein."},
		{Phrase("others").N(1), "Eine weitere Person ist hier."},
		{Phrase("others").N(21), "einundzwanzig weitere Personen sind hier."},
		{Phrase("time_left").Time(time.Minute), "Verbleibende Zeit: eine Minute."},
		{Phrase("closing_in").Time(time.Minute), "Die Gruppenräume schließen in einer Minute."},
		{Phrase("closing_in").Time(61 * time.Second), "Die Gruppenräume schließen in einer Minute und einer Sekunde."},
		{Phrase("meeting_ends_in").Time(2 * time.Hour), "Die Konferenz endet in zwei Stunden."},
		{Phrase("to_mute").Keys("*6"), "Drücken Sie Stern sechs, um sich stummzuschalten."},
		{Phrase("now_in_room").Room(5, ""), "Sie sind jetzt in Raum fünf."},
		{Phrase("now_in_room").Room(5, "Room 5"), "Sie sind jetzt in Raum fünf."},
		{Phrase("now_in_room").Room(5, "Raum 5"), "Sie sind jetzt in Raum fünf."},
		{Phrase("now_in_room").Room(5, "Blau"), "Sie sind jetzt in Blau."},
		{Phrase("asks_for_help").Room(0, ""), "der Hauptraum bittet um Hilfe."},
		{Phrase("has_raised_hand").Person("", ""), "ein Teilnehmer meldet sich zu Wort."},
		{Phrase("has_raised_hand").Person("Ada", "aud_1"), "Ada meldet sich zu Wort."},
	})
}

// TestSaidInAnotherLanguage: a phrase can name its language, and one that is a kind of another's takes that.
func TestSaidInAnotherLanguage(t *testing.T) {
	t.Parallel()
	checkWords(t, English, []said{{Phrase("goodbye").In("de"), "Auf Wiederhören."}})
	checkWords(t, "de-AT", []said{{"goodbye", "Auf Wiederhören."}})
	checkWords(t, "DE", []said{{"goodbye", "Auf Wiederhören."}})
	for _, lang := range []string{"", "fr", "no tag", "en-GB"} {
		checkWords(t, lang, []said{{"goodbye", "Goodbye."}})
	}
	if got := open(t, "").Choices(); len(got) != 2 || got[0] != "en" || got[1] != "de" {
		t.Errorf("callers can choose among %v", got)
	}
}
