package control

import (
	"cmp"
	"slices"
	"time"
)

// MergeParticipants makes one person of two who are there, say a caller and who he is on the web. Participant stays
// who he is, in his role and where he is; the other's legs come to him. [SplitParticipant] undoes it.
type MergeParticipants struct{ Participant, Other ParticipantID }

func (MergeParticipants) command() {}

// ParticipantsMerged says that two are one person now. It carries the whole of what the one who stays has then.
type ParticipantsMerged struct {
	Participant  ParticipantID `json:"participant"`
	Other        ParticipantID `json:"other"`          // who is no longer a participant of his own
	From         Location      `json:"from"`           // where the other was
	To           Location      `json:"to"`             // where both are
	Legs         []LegID       `json:"legs,omitempty"` // of the other
	Web          bool          `json:"web"`            // the other is on the web
	Name         string        `json:"name"`
	Identity     Identity      `json:"identity"`
	Assignment   RoomID        `json:"assignment,omitempty"`
	Muted        bool          `json:"muted"`
	MutedByAdmin bool          `json:"muted_by_admin"`
	KnownBy      string        `json:"known_by,omitempty" enum:"pin,phone_code"` // what the other has keyed in; absent: nothing
}

// Type implements [Event].
func (ParticipantsMerged) Type() string { return "participants.merged" }

// Absorbed is somebody who has become one with a participant, as he was: what a split makes of him again. What names
// him names the participant meanwhile.
type Absorbed struct {
	ID         ParticipantID `json:"id"`
	Name       string        `json:"name"`
	Identity   Identity      `json:"identity"`
	Role       Role          `json:"role"`
	GainDB     int           `json:"gain_db,omitempty"`
	Legs       []LegID       `json:"legs,omitempty"`
	Web        bool          `json:"web,omitempty"`
	GaveName   bool          `json:"gave_name,omitempty"` // the participant had none of his own
	GaveNumber bool          `json:"gave_number,omitempty"`
	Guest      bool          `json:"guest,omitempty"` // he was not on the roster

	RecordedName *Audio `json:"recorded_name,omitempty"`
}

// maxAbsorbed bounds what is remembered of one participant: somebody may call and be merged over and over.
const maxAbsorbed = 32

func decideMerge(s *State, c MergeParticipants) ([]Event, any, error) {
	p, err := s.inRoom("participant", c.Participant)
	if err != nil {
		return nil, nil, err
	}
	o, err := s.inRoom("participant", c.Other)
	switch {
	case err != nil:
		return nil, nil, err
	case o == p:
		return nil, nil, Invalid("participant", "name the one whom he is to be merged with", "must be somebody else")
	case o.Web && p.Web:
		return nil, nil, &Error{Code: CodeWrongState, Field: "participant", Message: "both are on the web: these are two people", Hint: "let one of them leave the web first"}
	}
	return append([]Event{merging(p, o)}, emptied(s, nil, o.ID)...), nil, nil
}

func merging(p, o *Participant) ParticipantsMerged {
	e := ParticipantsMerged{
		Participant: p.ID, Other: o.ID, From: o.Location, To: p.Location, Legs: o.legIDs(), Web: o.Web,
		Name: p.Name, Identity: p.identity(), Assignment: p.Assignment,
		Muted: p.Muted || o.Muted, MutedByAdmin: p.MutedByAdmin || o.MutedByAdmin && p.Role == Audience,
	}
	e.fill(p, o)
	return e
}

// inRoom is present for what asks for somebody who has been let in.
func (s *State) inRoom(field string, id ParticipantID) (*Participant, error) {
	p, err := s.present(field, id)
	if err == nil && p.Location.Place != InRoom {
		err = &Error{Code: CodeWrongState, Field: field, Message: "the participant is in no room yet", Hint: "let him in first"}
	}
	return p, err
}

// fill gives the one who stays what he has not got and the other has.
func (e *ParticipantsMerged) fill(p, o *Participant) {
	if p.nameless() && !o.nameless() {
		e.Name, e.Identity.FirstName, e.Identity.LastName = o.Name, o.FirstName, o.LastName
	}
	for _, f := range []struct {
		to   *string
		from string
	}{
		{&e.Identity.Email, o.Email}, {&e.Identity.Number, o.Number}, {&e.Identity.ExternalID, o.ExternalID}, {&e.Identity.PIN, o.PIN},
		{(*string)(&e.Assignment), string(o.Assignment)},
	} {
		if *f.to == "" {
			*f.to = f.from
		}
	}
}

// nameless says whether his name is only what his number makes of it.
func (p *Participant) nameless() bool {
	return p.FirstName+p.LastName == "" && (p.Name == callerName("", p.Number) || p.withheld())
}

func (p *Participant) legIDs() []LegID {
	var ids []LegID
	for _, l := range p.Legs {
		ids = append(ids, l.ID)
	}
	return ids
}

// answersTo says whether a telephone number is his, or of somebody he has become one with.
func (p *Participant) answersTo(number string) bool {
	return sameNumber(p.Number, number) || p.absorbedNumber(number)
}

func (p *Participant) absorbedNumber(number string) bool {
	return slices.ContainsFunc(p.Merged, func(a Absorbed) bool { return sameNumber(a.Identity.Number, number) })
}

func (s *State) merge(e ParticipantsMerged, at time.Time) {
	p, o := s.Participants[e.Participant], s.Participants[e.Other]
	if p == nil || o == nil {
		return
	}
	a := Absorbed{
		ID: o.ID, Name: o.Name, Identity: o.identity(), Role: o.Role, GainDB: o.GainDB, Legs: o.legIDs(), Web: o.Web, Guest: o.Guest,
		GaveName: p.Name != e.Name, GaveNumber: p.Number != e.Identity.Number,
	}
	p.Merged = slices.Concat(o.Merged, p.Merged, []Absorbed{a})
	p.Merged = p.Merged[max(0, len(p.Merged)-maxAbsorbed):]
	p.takeName(o, &p.Merged[len(p.Merged)-1])
	p.Lost = recent(slices.Concat(o.Lost, p.Lost))
	s.phoneCodeUsed(p.ID, e.KnownBy)
	if !p.Present() {
		p.JoinedAt, p.LastRoom = at, ""
	}
	for _, l := range o.Legs {
		l.KnownBy = cmp.Or(e.KnownBy, l.KnownBy)
		p.Legs = append(p.Legs, l)
		s.Legs[l.ID] = p.ID
	}
	if p.Hand.IsZero() || !o.Hand.IsZero() && o.Hand.Before(p.Hand) {
		p.Hand = o.Hand
	}
	p.Language = cmp.Or(p.Language, o.Language)
	p.Web, p.WebSeq = p.Web || o.Web, max(p.WebSeq, o.WebSeq)
	p.Name, p.Assignment = e.Name, e.Assignment
	p.put(e.To)
	p.identify(e.Identity)
	p.Muted, p.MutedByAdmin = e.Muted, e.MutedByAdmin
	for _, h := range s.Help {
		if h.Participant == o.ID {
			h.Participant = p.ID
		}
	}
	o.Legs = nil // they are the other's now
	s.remove(o.ID)
}

// demoted takes the role of a speaker from whoever has become one with an audience member, so that no split gives
// it back.
func (p *Participant) demoted() {
	for i := range p.Merged {
		p.Merged[i].Role = Audience
	}
}

// without returns who he was before he took over what he has of the absorbed one.
func (a *Absorbed) without(p *Participant) (name string, id Identity) {
	name, id = p.Name, p.identity()
	if foldEmail(id.Email) == foldEmail(a.Identity.Email) {
		id.Email = ""
	}
	if id.ExternalID == a.Identity.ExternalID {
		id.ExternalID = ""
	}
	if id.PIN == a.Identity.PIN {
		id.PIN = ""
	}
	if a.GaveNumber && id.Number == a.Identity.Number {
		id.Number = ""
	}
	if a.GaveName && name == a.Name {
		name, id.FirstName, id.LastName = callerName("", id.Number), "", ""
	}
	return name, id
}
