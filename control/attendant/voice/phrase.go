package voice

import (
	"strconv"
	"strings"
)

// Phrase names something that can be said: an entry of the catalogue, a sound, or a [Number].
type Phrase string

const numberPrefix = "number:"

// MaxNumber is the largest number that can be said; larger ones are said as this.
const MaxNumber = 999_999

// Number is the phrase that says n; each language composes it of its own parts.
func Number(n int) Phrase {
	return Phrase(numberPrefix + strconv.Itoa(min(max(n, 0), MaxNumber)))
}

// number returns the number that a phrase says.
func (p Phrase) number() (n int, ok bool) {
	digits, ok := strings.CutPrefix(string(p), numberPrefix)
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(digits)
	return n, err == nil && n >= 0 && n <= MaxNumber
}
