package voice

import "strconv"

// numberParts returns the phrases that say n in English.
func numberParts(n int) []Phrase {
	var parts []Phrase
	if n >= 1000 {
		parts = append(numberParts(n/1000), "thousand")
		if n %= 1000; n == 0 {
			return parts
		}
	}
	if n >= 100 {
		parts = append(parts, numberPart(n/100), "hundred")
		if n %= 100; n == 0 {
			return parts
		}
	}
	if n > 20 {
		parts = append(parts, numberPart(n/10*10))
		if n %= 10; n == 0 {
			return parts
		}
	}
	return append(parts, numberPart(n))
}

func numberPart(n int) Phrase { return Phrase("n" + strconv.Itoa(n)) }
