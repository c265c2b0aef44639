package control

import (
	"cmp"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

const maxNumberBytes = 64 // a telephone number or the user part of a SIP address

// cleanText checks one line of text from a user: trimmed, in NFC, without control characters.
func cleanText(field, text string, maxRunes int) (string, error) {
	if len(text) > 4*utf8.UTFMax*maxRunes { // before any work is done on it
		return "", Invalid(field, "", "must have at most %d characters", maxRunes)
	}
	if !utf8.ValidString(text) {
		return "", Invalid(field, "send UTF-8", "is not valid UTF-8")
	}
	text = strings.TrimSpace(norm.NFC.String(text))
	if strings.ContainsFunc(text, forbidden) {
		return "", Invalid(field, "", "must not contain control characters")
	}
	if n := utf8.RuneCountInString(text); n > maxRunes {
		return "", Invalid(field, "", "must have at most %d characters, has %d", maxRunes, n)
	}
	return text, nil
}

// cleanName is cleanText for a name, which must not be empty.
func cleanName(field, name string) (string, error) {
	name, err := cleanText(field, name, MaxNameRunes)
	if err == nil && foldName(name) == "" {
		err = Invalid(field, "", "must not be empty")
	}
	return name, err
}

// forbidden characters are controls, line breaks, and what turns the direction of the text around it.
func forbidden(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' ||
		r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

// foldName is what two names have in common that are one to a reader: case, the width of space and characters that nobody
// sees do not count.
func foldName(name string) string {
	if isASCII(name) { // the same, and faster
		return strings.Join(strings.Fields(strings.ToLower(name)), " ")
	}
	folded := norm.NFC.String(cases.Fold().String(norm.NFC.String(name)))
	return strings.Join(strings.Fields(strings.Map(visible, folded)), " ")
}

// visible drops the characters that only say how others are joined or directed.
func visible(r rune) rune {
	if unicode.Is(unicode.Cf, r) {
		return -1
	}
	return r
}

// sanitize makes the best of a name or number from the signalling, which is nobody's to refuse.
func sanitize(text string, maxRunes int) string {
	if len(text) > 4*utf8.UTFMax*maxRunes {
		text = text[:4*utf8.UTFMax*maxRunes]
	}
	text = strings.Map(func(r rune) rune {
		if forbidden(r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	text = strings.TrimSpace(norm.NFC.String(text))
	if runes := []rune(text); len(runes) > maxRunes {
		text = strings.TrimSpace(string(runes[:maxRunes]))
	}
	return text
}

func cleanNumber(field, number string) (string, error) {
	number, err := cleanText(field, number, maxNumberBytes)
	if err == nil && len(number) > maxNumberBytes {
		err = Invalid(field, "", "must have at most %d bytes", maxNumberBytes)
	}
	return number, err
}

func checkCode(field, code string) error {
	digits := strings.Trim(code, "0123456789") == ""
	if !digits || len(code) < 6 || len(code) > 12 {
		return Invalid(field, "leave it out to have one drawn", "must have 6 to 12 digits")
	}
	return nil
}

// generateCode draws an access code of nine digits.
func generateCode() string {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return fmt.Sprintf("%09d", binary.BigEndian.Uint64(b[:])%1_000_000_000)
}

// clean fills what is empty with its default and checks the rest.
func (o Options) clean() (Options, error) {
	d := DefaultOptions()
	o.LateJoiners = cmp.Or(o.LateJoiners, d.LateJoiners)
	o.AnnounceArrivals = cmp.Or(o.AnnounceArrivals, d.AnnounceArrivals)
	o.Language = cmp.Or(o.Language, d.Language)
	o.PersonalPINs = cmp.Or(o.PersonalPINs, PINsOff)
	o.RecordNames = cmp.Or(o.RecordNames, NamesOff)
	var err error
	if o.WarningsS, err = cleanWarnings(o.WarningsS); err != nil {
		return o, err
	}
	switch {
	case o.LateJoiners != "assign" && o.LateJoiners != "main":
		return o, Invalid("options.late_joiners", "", `must be "assign" or "main"`)
	case !slices.Contains(announcements, o.AnnounceArrivals):
		return o, Invalid("options.announce_arrivals", "", `must be "off", "tone" or "name"`)
	case o.ReturnCountdownS < 0 || o.ReturnCountdownS > 3600:
		return o, Invalid("options.return_countdown_s", "", "must be 0 to 3600")
	case o.HelpTimeoutS < 0 || o.HelpTimeoutS > 86_400:
		return o, Invalid("options.help_timeout_s", "0 means for ever", "must be 0 to 86400")
	case o.HelpRepeatS < 0 || o.HelpRepeatS > 3600:
		return o, Invalid("options.help_repeat_s", "", "must be 0 to 3600")
	case !slices.Contains([]string{PINsOff, PINsOptional, PINsRequired}, o.PersonalPINs):
		return o, Invalid("options.personal_pins", "", `must be "off", "optional" or "required"`)
	case !slices.Contains([]string{NamesOff, NamesOfUnknown, NamesOfAll}, o.RecordNames):
		return o, Invalid("options.record_names", "", `must be "off", "unknown" or "all"`)
	case o.RedialS != nil && (*o.RedialS < 0 || *o.RedialS > 86_400):
		return o, Invalid("options.redial_s", "0 means never", "must be 0 to 86400")
	case !isLanguage(o.Language):
		return o, Invalid("options.language", `e.g. "en" or "pt-BR"`, "is not a language tag")
	}
	return o, nil
}

func isLanguage(tag string) bool {
	first, rest, _ := strings.Cut(tag, "-")
	return len(first) >= 2 && len(first) <= 3 && len(rest) <= 20 && strings.Trim(strings.ToLower(first), letters) == "" &&
		strings.Trim(strings.ToLower(rest), letters+"0123456789-") == ""
}

const letters = "abcdefghijklmnopqrstuvwxyz"

// isPhrase says whether it may be the name of a prompt. Whether the prompt exists is the mixer's to know.
func isPhrase(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, letters+"0123456789_-.") == ""
}

func checkRole(field string, r Role) error {
	if r != Speaker && r != Audience {
		return Invalid(field, "", `must be "speaker" or "audience"`)
	}
	return nil
}
