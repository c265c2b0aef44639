package control

import (
	"cmp"
	"fmt"
	"slices"
)

// SyncWeb takes over the whole list of who is on the web, as the control plane knew it after the event AsOf: who is in
// it comes in, who is not leaves the web. Telephones stay. People are found by their external id, else by the email of
// somebody who has none; who is not found is added. What was reported of one person alone after AsOf is newer than the
// list. The value is [Outcomes].
type SyncWeb struct {
	AsOf   uint64
	People []WebPerson
}

func (SyncWeb) command() {}

// WebPerson is somebody on the list. Empty details stay as they are.
type WebPerson struct {
	ID         ParticipantID // that he gets if he is new
	ExternalID string
	Name       string
	FirstName  string
	LastName   string
	Email      string
	Role       Role
}

// webSync works a list out against a meeting.
type webSync struct {
	s        *State
	asOf     uint64
	known    identities
	places   *occupancy
	external map[string]bool        // of the list
	listed   map[ParticipantID]bool // who is in it
	added    []AddedParticipant
	event    WebSynced
	outcomes Outcomes
}

func decideSyncWeb(s *State, c SyncWeb) ([]Event, any, error) {
	events, outcomes, err := syncWeb(s, c)
	if err != nil || !s.NotStarted() || !s.speakerAmong(events) {
		return events, outcomes, err
	}
	started := *s // by the speaker: nobody in the list waits for him
	started.Started = true
	events, outcomes, err = syncWeb(&started, c)
	return append([]Event{MeetingStarted{}}, events...), outcomes, err
}

// speakerAmong says whether a list brings a speaker in, or makes one of somebody who waits.
func (s *State) speakerAmong(events []Event) bool {
	roles := map[ParticipantID]Role{}
	comes := func(role Role, l Location) bool { return role == Speaker && l.Place == InRoom }
	for _, e := range events {
		switch e := e.(type) {
		case ParticipantsAdded:
			if slices.ContainsFunc(e.Participants, func(a AddedParticipant) bool { return comes(a.Role, a.Location) }) {
				return true
			}
		case WebSynced:
			for _, c := range e.Changed {
				if roles[c.Participant] = c.Role; c.Role == Speaker && s.Participants[c.Participant].Location.Place == Lobby {
					return true
				}
			}
			for _, j := range e.Joined {
				if comes(cmp.Or(roles[j.Participant], s.Participants[j.Participant].Role), j.Location) {
					return true
				}
			}
		}
	}
	return false
}

func syncWeb(s *State, c SyncWeb) ([]Event, any, error) {
	switch {
	case c.AsOf > s.Seq:
		return nil, nil, Invalid("as_of", "take the seq of the last event that was seen", "is %d, but the last event is %d", c.AsOf, s.Seq)
	case c.AsOf < s.WebAsOf:
		return nil, nil, &Error{Code: CodeWrongState, Field: "as_of", Message: fmt.Sprintf("a newer list has been taken over, as of event %d", s.WebAsOf), Hint: "make the list again"}
	case len(c.People) > MaxParticipants:
		return nil, nil, Invalid("participants", "", "must name at most %d", MaxParticipants)
	}
	y := &webSync{
		s: s, asOf: c.AsOf, known: identitiesOf(s), places: s.occupancy(), event: WebSynced{AsOf: c.AsOf},
		external: make(map[string]bool, len(c.People)), listed: make(map[ParticipantID]bool, len(c.People)),
		outcomes: make(Outcomes, 0, len(c.People)),
	}
	for i, w := range c.People {
		if err := y.person(fmt.Sprintf("participants[%d].", i), w); err != nil {
			return nil, nil, err
		}
	}
	events := y.leave()
	return events, y.outcomes, nil
}

// person takes one line over.
func (y *webSync) person(prefix string, w WebPerson) error {
	var err error
	if w.ExternalID, err = cleanText(prefix+"external_id", w.ExternalID, 2*MaxNameRunes); err != nil {
		return err
	}
	switch {
	case w.ExternalID == "":
		return Invalid(prefix+"external_id", "", "must not be empty")
	case y.external[w.ExternalID]:
		return Invalid(prefix+"external_id", "name everybody once", "is in the list twice")
	}
	y.external[w.ExternalID] = true
	if w.Email, err = cleanEmail(prefix+"email", w.Email); err != nil {
		return err
	}
	p, err := y.find(prefix, w)
	switch {
	case err != nil:
		return err
	case p == nil:
		return y.add(prefix, w)
	case y.listed[p.ID]: // two who have been merged
		return nil
	}
	y.listed[p.ID] = true
	next, err := y.change(prefix, p, w)
	if err == nil {
		y.join(p, next)
	}
	return err
}

// find finds the participant that a line is about; nil: he is new.
func (y *webSync) find(prefix string, w WebPerson) (*Participant, error) {
	if id := y.known.external[w.ExternalID]; id != "" {
		return y.s.Participants[id], nil
	}
	holder := y.known.emails[foldEmail(w.Email)]
	if w.Email == "" || holder == "" {
		return nil, nil
	}
	p := y.s.Participants[holder]
	if p == nil || p.ExternalID != "" || y.listed[p.ID] {
		return nil, Invalid(prefix+"email", "an email names one person of a meeting", "somebody with another external id has this email")
	}
	return p, nil
}

// add puts somebody new on the roster, and into the meeting or its lobby.
func (y *webSync) add(prefix string, w WebPerson) error {
	s := y.s
	if n := len(s.Participants) + len(y.added); n >= MaxParticipants {
		return Errorf(CodeLimit, "a meeting has at most %d participants", MaxParticipants)
	}
	if w.ID == "" || s.Participants[w.ID] != nil || y.listed[w.ID] {
		return Invalid(prefix+"id", "", "must be new")
	}
	a, err := newParticipant(s, NewParticipant{
		ID: w.ID, Name: w.Name, ExternalID: w.ExternalID, FirstName: w.FirstName, LastName: w.LastName, Email: w.Email, Role: w.Role,
	}, prefix, nil)
	if err == nil {
		err = y.known.take(prefix, a.ID, a.identity())
	}
	if err != nil {
		return err
	}
	e := s.joinWebAt(a.participant(s.CreatedAt), y.places)
	a.Web, a.Location, a.Assignment, a.Muted = true, e.Location, e.Assignment, e.Muted
	o := y.came(a.ID, OutcomeAdded, a.Location)
	y.listed[a.ID] = true
	y.added = append(y.added, a)
	y.outcomes = append(y.outcomes, o)
	return nil
}

// came counts somebody who has come to a room, and says what became of him.
func (y *webSync) came(id ParticipantID, outcome string, l Location) PersonOutcome {
	if l.Place == Lobby {
		return PersonOutcome{Participant: id, Outcome: OutcomeWaiting}
	}
	y.places.people[l.Room]++
	return PersonOutcome{Participant: id, Outcome: outcome, Room: l.Room}
}

// change brings a known person up to what the list says of him, and returns him as he is then.
func (y *webSync) change(prefix string, p *Participant, w WebPerson) (*Participant, error) {
	was := rosterOf(p)
	next, err := y.details(prefix, p, w)
	if err != nil {
		return nil, err
	}
	if next != was {
		y.event.Changed = append(y.event.Changed, next)
	}
	q := *p
	q.Role, q.MutedByAdmin = next.Role, next.MutedByAdmin
	return &q, nil
}

func (y *webSync) details(prefix string, p *Participant, w WebPerson) (RosterChange, error) {
	next := rosterOf(p)
	if p.ExternalID != "" && p.ExternalID != w.ExternalID {
		return next, nil // he is known by it since a merge, and keeps his own name
	}
	if p.ExternalID == "" {
		next.ExternalID = w.ExternalID
	}
	c := ChangeParticipant{}
	for _, f := range []struct {
		to   **string
		from string
	}{{&c.Name, w.Name}, {&c.FirstName, w.FirstName}, {&c.LastName, w.LastName}, {&c.Email, w.Email}} {
		if f.from != "" {
			*f.to = &f.from
		}
	}
	id := p.identity()
	err := c.identity(&id)
	if err == nil {
		next.Name, err = c.name(p, &id)
	}
	if err == nil && w.Role != "" {
		err = checkRole("role", w.Role)
	}
	if err != nil {
		return next, within(prefix, err)
	}
	next.FirstName, next.LastName = id.FirstName, id.LastName
	if holder := y.known.emails[foldEmail(id.Email)]; id.Email != "" && holder != "" && holder != p.ID {
		return next, Invalid(prefix+"email", "an email names one person of a meeting", "somebody has this email already")
	}
	if id.Email != "" {
		y.known.emails[foldEmail(id.Email)] = p.ID
	}
	next.Email = id.Email
	if w.Role != "" && w.Role != p.Role {
		next.Role = w.Role
		if y.s.MutedAll {
			next.MutedByAdmin = next.Role == Audience
		}
	}
	return next, nil
}

// join brings somebody who is known onto the web, if he is not there.
func (y *webSync) join(p, next *Participant) {
	o := PersonOutcome{Participant: p.ID, Outcome: OutcomeUnchanged, Room: p.Location.Room}
	switch {
	case p.Web:
	case p.WebSeq > y.asOf:
		o.Outcome = OutcomeNewer
	default:
		e := y.s.joinWebAt(next, y.places)
		y.event.Joined = append(y.event.Joined, WebJoin{Participant: p.ID, Location: e.Location, Assignment: e.Assignment, Muted: e.Muted, KeptOut: e.KeptOut})
		if p.Present() {
			o.Outcome = OutcomeJoined
		} else {
			o = y.came(p.ID, OutcomeJoined, e.Location)
		}
	}
	if n := len(y.event.Changed); o.Outcome == OutcomeUnchanged && n > 0 && y.event.Changed[n-1].Participant == p.ID {
		o.Outcome = OutcomeEdited
	}
	y.outcomes = append(y.outcomes, o)
}

// leave takes those off the web who are not in the list, and makes the events of it all.
func (y *webSync) leave() []Event {
	s := y.s
	var moves []Relocation
	var gone []ParticipantID
	for _, p := range s.roster() {
		if !p.Web || y.listed[p.ID] {
			continue
		}
		o := PersonOutcome{Participant: p.ID, Outcome: OutcomeLeft, Room: p.Location.Room}
		if p.WebSeq > y.asOf {
			o.Outcome = OutcomeNewer
			y.outcomes = append(y.outcomes, o)
			continue
		}
		left := *p
		left.Web = false
		absent := len(p.Legs) == 0
		if absent {
			gone, o.Room = append(gone, p.ID), ""
		}
		back := s.stranded(&left)
		if len(back) > 0 {
			moves, o.Room = append(moves, back...), MainRoom
		}
		y.event.Left = append(y.event.Left, WebLeave{Participant: p.ID, Absent: absent, Location: p.Location})
		y.outcomes = append(y.outcomes, o)
	}
	return y.events(moves, gone)
}

func (y *webSync) events(moves []Relocation, gone []ParticipantID) []Event {
	var events []Event
	e := y.event
	if len(y.added) > 0 {
		events = append(events, ParticipantsAdded{Participants: y.added})
	}
	if len(e.Joined)+len(e.Left)+len(e.Changed) > 0 || e.AsOf != y.s.WebAsOf {
		events = append(events, e)
	}
	if len(moves) > 0 {
		events = append(events, ParticipantsMoved{Moves: moves, Reason: ReasonOptions})
	}
	return append(events, emptied(y.s, moves, gone...)...)
}
