package control

import "cmp"

// LanguageOf is the language of what a participant is told: his own, or the meeting's.
func (s *State) LanguageOf(p *Participant) string { return cmp.Or(p.Language, s.Options.Language) }

// changeLanguage sets a participant's own language; empty takes it back.
func changeLanguage(from, to *string) error {
	switch {
	case from == nil:
	case *from != "" && !isLanguage(*from):
		return Invalid("language", `e.g. "en" or "pt-BR"`, "is not a language tag")
	default:
		*to = *from
	}
	return nil
}

// newLanguage is the language of the number that somebody calls, unless he has one of his own: what he has chosen stays with
// him.
func newLanguage(p *Participant, ofNumber string) string {
	if p.Language != "" || !isLanguage(ofNumber) {
		return ""
	}
	return ofNumber
}
