package control

// Identity is who a participant is, beside his name.
type Identity struct {
	FirstName  string `json:"first_name,omitempty"`
	LastName   string `json:"last_name,omitempty"`
	Email      string `json:"email,omitempty"`
	Number     string `json:"number,omitempty"`
	ExternalID string `json:"external_id,omitempty"`
	PIN        string `json:"pin,omitempty"` // not shown in streams
}

func (p *Participant) identity() Identity {
	return Identity{FirstName: p.FirstName, LastName: p.LastName, Email: p.Email, Number: p.Number, ExternalID: p.ExternalID, PIN: p.PIN}
}

func (p *Participant) identify(id Identity) {
	p.FirstName, p.LastName, p.Email, p.Number, p.ExternalID, p.PIN = id.FirstName, id.LastName, id.Email, id.Number, id.ExternalID, id.PIN
}

func decideChangeParticipant(s *State, c ChangeParticipant) ([]Event, any, error) {
	p, err := s.participant("participant", c.Participant)
	if err != nil {
		return nil, nil, err
	}
	was := ParticipantChanged{Participant: p.ID, Name: p.Name, Role: p.Role, MutedByAdmin: p.MutedByAdmin, GainDB: p.GainDB, ListenGainDB: p.ListenGainDB, Language: p.Language}
	next := was
	if err := c.rename(s, p, &next); err != nil {
		return nil, nil, err
	}
	if err := c.treat(s, &next); err != nil {
		return nil, nil, err
	}
	var events []Event
	if next != was {
		events = append(events, next)
	}
	muted, err := c.mute(s, p)
	if err != nil {
		return nil, nil, err
	}
	events = append(events, muted...)
	if c.Hand == nil {
		return events, nil, nil
	}
	hand, err := changeHand(p, *c.Hand)
	if err != nil {
		return nil, nil, err
	}
	return append(events, hand...), nil, nil
}

// mute is what becomes of his own mute: he sets it himself, or an admin unmutes him altogether.
func (c ChangeParticipant) mute(s *State, p *Participant) ([]Event, error) {
	switch {
	case c.Muted == nil:
		return nil, nil
	case c.Self:
		events, _, err := decideMute(s, Mute{Participant: p.ID, Muted: *c.Muted})
		return events, err
	case !*c.Muted && p.Muted:
		return []Event{ParticipantMuted{Participant: p.ID}}, nil
	}
	return nil, nil
}

// treat sets what he may do and how he is heard.
func (c ChangeParticipant) treat(s *State, next *ParticipantChanged) error {
	if c.Role != nil {
		if err := checkRole("role", *c.Role); err != nil {
			return err
		}
		if s.MutedAll && *c.Role != next.Role {
			next.MutedByAdmin = *c.Role == Audience
		}
		next.Role = *c.Role
	}
	if c.Muted != nil && !c.Self {
		next.MutedByAdmin = *c.Muted
	}
	if err := changeGain("gain_db", c.GainDB, &next.GainDB); err != nil {
		return err
	}
	if err := changeLanguage(c.Language, &next.Language); err != nil {
		return err
	}
	return changeGain("listen_gain_db", c.ListenGain, &next.ListenGainDB)
}

func changeGain(field string, from, to *int) error {
	switch {
	case from == nil:
	case *from < -MaxGainDB || *from > MaxGainDB:
		return Invalid(field, "", "must be %d to %d", -MaxGainDB, MaxGainDB)
	default:
		*to = *from
	}
	return nil
}

// rename sets who he is.
func (c ChangeParticipant) rename(s *State, p *Participant, next *ParticipantChanged) error {
	id := p.identity()
	if err := c.identity(&id); err != nil {
		return err
	}
	name, err := c.name(p, &id)
	if err != nil {
		return err
	}
	if err := s.free(p, id); err != nil {
		return err
	}
	next.Name = name
	implied := p.identity() // by the event without it
	if name != p.Name {
		implied.FirstName, implied.LastName = "", ""
	}
	if id != implied {
		next.Identity = &id
	}
	return nil
}

// identity takes over what is given.
func (c ChangeParticipant) identity(id *Identity) error {
	type clean func(field, text string) (string, error)
	part := func(field, text string) (string, error) { return cleanText(field, squash(text), MaxNameRunes) }
	external := func(field, text string) (string, error) { return cleanText(field, text, 2*MaxNameRunes) }
	pin := func(field, text string) (string, error) {
		if text == "" {
			return "", nil
		}
		return text, checkPIN(field, text)
	}
	for _, f := range []struct {
		field string
		from  *string
		to    *string
		clean clean
	}{
		{"first_name", c.FirstName, &id.FirstName, part},
		{"last_name", c.LastName, &id.LastName, part},
		{"email", c.Email, &id.Email, cleanEmail},
		{"number", c.Number, &id.Number, cleanNumber},
		{"external_id", c.ExternalID, &id.ExternalID, external},
		{"pin", c.PIN, &id.PIN, pin},
	} {
		if f.from == nil {
			continue
		}
		var err error
		if *f.to, err = f.clean(f.field, *f.from); err != nil {
			return err
		}
	}
	return nil
}

// name is what he is called then. A name alone is all that is known of one who goes by it; first and last name alone
// make the name if the old ones did.
func (c ChangeParticipant) name(p *Participant, id *Identity) (string, error) {
	parts := c.FirstName != nil || c.LastName != nil
	switch {
	case c.Name != nil:
		name, err := cleanName("name", *c.Name)
		if name != p.Name && !parts {
			id.FirstName, id.LastName = "", ""
		}
		return name, err
	case parts && fullName(p.FirstName, p.LastName) == p.Name:
		return cleanName("name", fullName(id.FirstName, id.LastName))
	}
	return p.Name, nil
}

// free refuses an email, an external id or a PIN that somebody else has.
func (s *State) free(p *Participant, id Identity) error {
	was := p.identity()
	if id.Email == was.Email && id.PIN == was.PIN && id.ExternalID == was.ExternalID {
		return nil
	}
	for _, f := range []struct {
		is  *string
		was string
	}{{&id.Email, was.Email}, {&id.PIN, was.PIN}, {&id.ExternalID, was.ExternalID}} {
		if *f.is == f.was {
			*f.is = "" // what he keeps is not judged again
		}
	}
	known := identitiesOf(s)
	known.forget(p.ID)
	return known.take("", p.ID, id)
}

// change applies a change of one participant.
func (s *State) change(e ParticipantChanged) {
	p := s.Participants[e.Participant]
	if p == nil {
		return
	}
	if p.Name != e.Name { // the name he goes by now is all that is known
		p.FirstName, p.LastName = "", ""
	}
	if e.Identity != nil {
		p.identify(*e.Identity)
	}
	if e.Role == Audience && p.Role != Audience {
		p.demoted()
	}
	p.Erased = p.Erased && p.Name == e.Name && e.Identity == nil
	p.Name, p.Role, p.MutedByAdmin, p.GainDB, p.ListenGainDB, p.Language = e.Name, e.Role, e.MutedByAdmin, e.GainDB, e.ListenGainDB, e.Language
}
