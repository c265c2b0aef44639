package voice

import (
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Phrase names something that can be said: an entry of the catalogue with what fills the gaps of its text, or a sound. It
// is written like a query, "in_room?room=5&room_name=Blue", so that conversations can be compared, logged and read.
type Phrase string

// The gaps that a text of the catalogue can have, as {keys} in "Press {keys} for help".
const (
	gapNumber    = "n"    // a count, which also chooses the form of the text: "one: One other person is here."
	gapTime      = "time" // seconds
	gapKeys      = "keys" // of the telephone
	gapRoom      = "room" // number of a breakout room
	gapRoomName  = "room_name"
	gapPerson    = "person" // name of somebody
	gapRecording = "person_audio"
	gapText      = "text"
	inLanguage   = "in" // no gap: the language that the phrase is said in, whatever the caller's
)

// numberAlone is the phrase of a number and nothing else.
const numberAlone = Phrase("number")

// MaxNumber is the largest number that can be said; larger ones are said as this.
const MaxNumber = 999_999

// Number is the phrase that says n alone.
func Number(n int) Phrase { return numberAlone.N(n) }

// N fills in a count.
func (p Phrase) N(n int) Phrase { return p.with(gapNumber, strconv.Itoa(min(max(n, 0), MaxNumber))) }

// Time fills in a length of time, to the second.
func (p Phrase) Time(d time.Duration) Phrase {
	return p.with(gapTime, strconv.Itoa(min(max(int(d.Round(time.Second)/time.Second), 0), MaxNumber)))
}

// Keys fills in keys of the telephone, like "*6".
func (p Phrase) Keys(keys string) Phrase { return p.with(gapKeys, keys) }

// Room fills in a breakout room: its name is spoken if that can be done, else its number is said. An empty name is a room
// that is known by its number alone.
func (p Phrase) Room(number int, name string) Phrase {
	p = p.with(gapRoom, strconv.Itoa(number))
	if name == "" {
		return p
	}
	return p.with(gapRoomName, name)
}

// Person fills in somebody's name: the recording that he has made of it if there is one, else spoken if that can be done,
// else left to the catalogue's words for somebody without a name.
func (p Phrase) Person(name, recording string) Phrase {
	p = p.with(gapPerson, name)
	if recording == "" {
		return p
	}
	return p.with(gapRecording, recording)
}

// Text fills in words that are spoken as they are.
func (p Phrase) Text(words string) Phrase { return p.with(gapText, words) }

// In has the phrase said in a language, whatever the caller's is.
func (p Phrase) In(lang string) Phrase { return p.with(inLanguage, lang) }

func (p Phrase) with(gap, value string) Phrase {
	sep := "?"
	if strings.Contains(string(p), "?") {
		sep = "&"
	}
	return p + Phrase(sep+gap+"="+url.QueryEscape(value))
}

// ID is the phrase's entry in the catalogue.
func (p Phrase) ID() Phrase {
	id, _, _ := strings.Cut(string(p), "?")
	return Phrase(id)
}

// gaps returns what fills the gaps.
func (p Phrase) gaps() url.Values {
	_, query, _ := strings.Cut(string(p), "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil
	}
	return values
}
