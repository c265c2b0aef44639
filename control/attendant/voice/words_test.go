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
