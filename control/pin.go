package control

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"slices"
)

// GeneratePIN in place of a PIN has one drawn: six digits that nobody else in the meeting has. [Meeting.Do] and
// [Registry.Create] do it.
const GeneratePIN = "generate"

// drawPINs draws the PINs that a command wants drawn.
func (s *State) drawPINs(c Command) Command {
	switch c := c.(type) {
	case AddParticipant:
		if c.New.PIN == GeneratePIN {
			c.New.PIN = drawPIN(identitiesOf(s).hasPIN)
		}
		return c
	case ChangeParticipant:
		if c.PIN != nil && *c.PIN == GeneratePIN {
			c.PIN = new(drawPIN(identitiesOf(s).hasPIN))
		}
		return c
	case ImportPlan:
		return s.drawImportPINs(c)
	}
	return c
}

// drawImportPINs draws those of a file.
func (s *State) drawImportPINs(c ImportPlan) Command {
	wants := func(p ImportPerson) bool { return p.PIN == GeneratePIN }
	if !slices.ContainsFunc(c.People, wants) {
		return c
	}
	taken := identitiesOf(s)
	c.People = slices.Clone(c.People)
	for _, p := range c.People {
		taken.add(nobody, Identity{PIN: p.PIN})
	}
	for i := range c.People {
		if wants(c.People[i]) {
			c.People[i].PIN = drawPIN(taken.hasPIN)
			taken.add(nobody, Identity{PIN: c.People[i].PIN})
		}
	}
	return c
}

// drawRosterPINs draws those of a meeting that is about to be made; the roster is the command's own copy.
func drawRosterPINs(c CreateMeeting) {
	taken := map[string]bool{c.AccessCode: true, c.SpeakerCode: true}
	for _, p := range c.Roster {
		taken[p.PIN] = true
	}
	for i := range c.Roster {
		if p := &c.Roster[i]; p.PIN == GeneratePIN {
			p.PIN = drawPIN(func(pin string) bool { return taken[pin] })
			taken[p.PIN] = true
		}
	}
}

func (k identities) hasPIN(pin string) bool { return k.pins[pin] != "" }

func drawPIN(taken func(string) bool) string {
	for {
		var b [8]byte
		rand.Read(b[:]) // never fails
		if pin := fmt.Sprintf("%06d", binary.BigEndian.Uint64(b[:])%1_000_000); !taken(pin) {
			return pin
		}
	}
}
