package control

import (
	"maps"
	"strings"
	"unicode"
)

const (
	maxEmailBytes = 254 // RFC 5321 §4.5.3.1, less the angle brackets
	maxLocalBytes = 64
)

// identify takes over who somebody is.
func (a *AddedParticipant) identify(w NewParticipant, prefix string) (err error) {
	if a.FirstName, err = cleanText(prefix+"first_name", squash(w.FirstName), MaxNameRunes); err != nil {
		return err
	}
	if a.LastName, err = cleanText(prefix+"last_name", squash(w.LastName), MaxNameRunes); err != nil {
		return err
	}
	if w.Name == "" {
		w.Name = fullName(a.FirstName, a.LastName)
	}
	if a.Name, err = cleanName(prefix+"name", w.Name); err != nil {
		return err
	}
	if a.Email, err = cleanEmail(prefix+"email", w.Email); err != nil {
		return err
	}
	if w.PIN == "" {
		return nil
	}
	a.PIN = w.PIN
	return checkPIN(prefix+"pin", w.PIN)
}

func fullName(first, last string) string { return strings.TrimSpace(first + " " + last) }

// cleanEmail checks the form of an address, as much as matters here: it names people, nothing is sent to it.
func cleanEmail(field, email string) (string, error) {
	const hint = "write it as ada@example.org"
	email, err := cleanText(field, email, maxEmailBytes)
	if err != nil || email == "" {
		return "", err
	}
	local, domain, ok := strings.Cut(email, "@")
	switch {
	case len(email) > maxEmailBytes || len(local) > maxLocalBytes:
		return "", Invalid(field, "", "must have at most %d bytes, %d before the @", maxEmailBytes, maxLocalBytes)
	case !ok || local == "" || domain == "" || strings.Contains(domain, "@"):
		return "", Invalid(field, hint, "is not an email address")
	case strings.ContainsFunc(email, unicode.IsSpace) || strings.ContainsAny(email, ",;:<>()[]\"\\") || strings.HasPrefix(domain, ".") || strings.HasSuffix(domain, "."):
		return "", Invalid(field, hint, "is not an email address")
	}
	return email, nil
}

// foldEmail is what two addresses of one person have in common. That the part before the @ may depend on case
// (RFC 5321 §2.4) is nowhere so in practice.
func foldEmail(email string) string { return foldName(email) }

func checkPIN(field, pin string) error {
	if strings.Trim(pin, "0123456789") != "" || len(pin) < 6 || len(pin) > 12 {
		return Invalid(field, "a spreadsheet drops zeros at the front: format the column as text", "must have 6 to 12 digits")
	}
	return nil
}

// nobody has what is taken all the same.
const nobody ParticipantID = "-"

// identities are the emails, external ids and PINs that are taken.
type identities struct{ emails, external, pins map[string]ParticipantID }

// identitiesOf collects what the people of the meeting have.
func identitiesOf(s *State) identities {
	n := len(s.Participants)
	known := identities{emails: make(map[string]ParticipantID, n), external: make(map[string]ParticipantID, n), pins: make(map[string]ParticipantID, n)}
	for _, code := range []string{s.AccessCode, s.SpeakerCode} { // a caller keys them into the same phone
		known.pins[code] = nobody
	}
	for _, code := range s.PhoneCodes {
		known.pins[code.Code] = nobody
	}
	for _, p := range s.Participants {
		known.add(p.ID, p.identity())
		for _, a := range p.Merged {
			known.add(p.ID, a.Identity)
		}
	}
	return known
}

func (k identities) add(p ParticipantID, id Identity) {
	if id.Email != "" {
		k.emails[foldEmail(id.Email)] = p
	}
	if id.ExternalID != "" {
		k.external[id.ExternalID] = p
	}
	if id.PIN != "" {
		k.pins[id.PIN] = p
	}
}

// forget makes free what one participant has.
func (k identities) forget(p ParticipantID) {
	for _, taken := range []map[string]ParticipantID{k.emails, k.external, k.pins} {
		maps.DeleteFunc(taken, func(_ string, by ParticipantID) bool { return by == p })
	}
}

// knownOf is identitiesOf if anybody wanted has what must be unique; else nobody's matter.
func knownOf(s *State, wanted []NewParticipant) identities {
	for _, w := range wanted {
		if w.Email != "" || w.PIN != "" || w.ExternalID != "" {
			return identitiesOf(s)
		}
	}
	return identities{}
}

// take notes what a participant gets, which must be free.
func (k identities) take(prefix string, p ParticipantID, id Identity) error {
	switch {
	case id.Email != "" && k.emails[foldEmail(id.Email)] != "":
		return Invalid(prefix+"email", "an email names one person of a meeting", "somebody has this email already")
	case id.ExternalID != "" && k.external[id.ExternalID] != "":
		return Invalid(prefix+"external_id", "an external id names one person of a meeting", "somebody has this external id already")
	case id.PIN != "" && k.pins[id.PIN] != "":
		return Invalid(prefix+"pin", "a PIN names one person of a meeting", "this PIN is taken")
	}
	k.add(p, id)
	return nil
}

func (a AddedParticipant) identity() Identity {
	return Identity{FirstName: a.FirstName, LastName: a.LastName, Email: a.Email, Number: a.Number, ExternalID: a.ExternalID, PIN: a.PIN}
}
