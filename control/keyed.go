package control

import (
	"slices"
	"time"
)

// The values of [Options].PersonalPINs.
const (
	PINsOff      = "off"
	PINsOptional = "optional"
	PINsRequired = "required"
)

// How it is known whose leg it is.
const (
	KnownByRedial = "redial"     // he called from the same number a short time ago
	KnownByNumber = "number"     // the roster has it
	KnownByPIN    = "pin"        // he keyed it in
	KnownByCode   = "phone_code" // or this
	KnownByCall   = "call"       // he was called
)

// AsksPIN says whether callers are asked for their PIN.
func (o *Options) AsksPIN() bool {
	return o.PersonalPINs == PINsOptional || o.PersonalPINs == PINsRequired
}

// hasPIN says whether a PIN is his, or of somebody who has become one with him.
func (p *Participant) hasPIN(pin string) bool {
	return pin != "" && (p.PIN == pin || slices.ContainsFunc(p.Merged, func(a Absorbed) bool { return a.Identity.PIN == pin }))
}

// keyed is what somebody has said of himself by a code.
type keyed struct {
	p    *Participant // who he is; nil: that is not said
	role Role         // that the code gives; empty: none but that of p
	by   string
}

// whoKeys says what a code means that is keyed in after the access code, or in its place. All that are wrong are refused
// alike. No code is nobody's: those who have none must not be found by it.
func (s *State) whoKeys(code string, now time.Time) (keyed, error) {
	wrong := &Error{Code: CodeNotFound, Field: "code", Message: "nobody in this meeting has this code"}
	switch code {
	case "":
		return keyed{}, wrong
	case s.SpeakerCode:
		return keyed{role: Speaker}, nil
	}
	for _, p := range s.Participants {
		switch {
		case s.Options.AsksPIN() && p.hasPIN(code):
			return keyed{p: p, by: KnownByPIN}, nil
		case s.phoneCode(p.ID, now).Code == code:
			return keyed{p: p, by: KnownByCode}, nil
		}
	}
	return keyed{}, wrong
}

// Keyed says whose a code is that [Join] would take; nil: it says that of nobody, and makes a speaker.
func (s *State) Keyed(code string, now time.Time) (*Participant, error) {
	k, err := s.whoKeys(code, now)
	return k.p, err
}

// caller is whose leg it is that joins.
type caller struct {
	p    *Participant // nil: nobody who is known
	role Role         // that his code gives; empty: none
	by   string       // how he is known
	back *LostLeg     // what he was before he was lost, if that is a short time ago
}

// join is the command with what the code has said.
func (w caller) join(c Join) Join {
	if w.role != "" {
		c.Role = w.role
	}
	return c
}

// whoJoins finds the participant that a leg belongs to.
func (s *State) whoJoins(c Join, now time.Time) (caller, error) {
	w := caller{p: s.Participants[c.Participant]}
	if c.Call != "" {
		w.by = KnownByCall
	}
	if w.p == nil && c.Code != "" {
		k, err := s.whoKeys(c.Code, now)
		if err != nil {
			return w, err
		}
		w.p, w.role, w.by = k.p, k.role, k.by
	}
	if w.p == nil && c.Number != "" && c.Call == "" { // who is called was decided when he was called
		w.p, w.by = s.whoCalls(c, now)
	}
	if w.p != nil {
		w.back = s.lostLately(w.p, now)
	}
	return w, nil
}
