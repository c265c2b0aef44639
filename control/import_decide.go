package control

import "fmt"

func decideImport(s *State, c ImportPlan) ([]Event, any, error) {
	if !c.made {
		return nil, nil, Invalid("body", "", "the plan was not made by NewImportPlan")
	}
	im := newImporter(s, c)
	im.makeRooms()
	for _, w := range c.People {
		im.place(w)
	}
	if im.faults.Total > 0 {
		return nil, nil, im.faults.refusal()
	}
	events, result := im.result()
	if c.DryRun {
		return nil, result, nil
	}
	return events, result, nil
}

// importer works a plan out against a meeting.
type importer struct {
	s      *State
	c      ImportPlan
	faults Faults

	known   identities
	names   map[string][]*Participant
	claimed map[ParticipantID]int // the line that a participant was found for

	rooms       []RoomID // of the plan's rooms
	newRooms    []Room
	added       []AddedParticipant
	changed     []RosterChange
	assignments []Assignment // of those who were known
	outcomes    []ImportOutcome
}

func newImporter(s *State, c ImportPlan) *importer {
	im := &importer{
		s: s, c: c, faults: Faults{List: append([]Fault(nil), c.Faults.List...), Total: c.Faults.Total},
		known: identitiesOf(s), names: make(map[string][]*Participant, len(s.Participants)),
		claimed: make(map[ParticipantID]int, len(c.People)), outcomes: make([]ImportOutcome, 0, len(c.People)),
	}
	for _, p := range s.roster() {
		key := foldName(p.Name)
		im.names[key] = append(im.names[key], p)
	}
	return im
}

func (im *importer) fault(line int, column, hint, format string, args ...any) {
	im.faults.Add(Fault{Line: line, Column: column, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// makeRooms finds the rooms of the plan, and makes those that are missing.
func (im *importer) makeRooms() {
	have := make(map[string]RoomID, len(im.s.Rooms))
	for _, r := range im.s.Rooms {
		have[foldName(r.Name)] = r.ID
	}
	var wanted []NewRoom
	for _, r := range im.c.Rooms {
		id, ok := have[r.key]
		if !ok {
			id = r.ID
			wanted = append(wanted, NewRoom{ID: id, Name: r.Name})
			if n := len(im.s.Rooms) + len(wanted); n > MaxRooms {
				im.fault(r.Line, "room_name", "name fewer rooms, or delete some first", "%q would be room %d: a meeting has at most %d", r.Name, n, MaxRooms)
			}
		}
		im.rooms = append(im.rooms, id)
	}
	if len(wanted) == 0 || len(im.s.Rooms)+len(wanted) > MaxRooms {
		return
	}
	rooms, err := newRooms(im.s, wanted)
	if err != nil { // the plan has checked all but the ids
		im.fault(im.c.Rooms[0].Line, "room_name", "send the file again", "%v", err)
		return
	}
	im.newRooms = rooms
}

// place finds a person, or adds him, and assigns him.
func (im *importer) place(w ImportPerson) {
	p, by, ok := im.find(w)
	if !ok {
		return
	}
	room := RoomID("")
	if w.Room >= 0 {
		room = im.rooms[w.Room]
	}
	o := ImportOutcome{Line: w.Line, FoundBy: by}
	if p == nil {
		im.add(w, room, &o)
	} else {
		if line := im.claimed[p.ID]; line > 0 {
			im.fault(w.Line, by, "keep one of the lines; if they are two people, give each an email of his own", "this is the person of line %d again", line)
			return
		}
		im.claimed[p.ID] = w.Line
		im.change(p, w, &o)
		o.PersonOutcome = PersonOutcome{Participant: p.ID, Outcome: OutcomeUnchanged, Room: room}
		if p.Assignment != room {
			o.Outcome = Assignment{Room: room, Was: p.Assignment}.outcome()
			im.assignments = append(im.assignments, Assignment{Participant: p.ID, Room: room, Was: p.Assignment})
		}
	}
	im.outcomes = append(im.outcomes, o)
}

// find finds the participant that a line is about, and says by what; nil: he is new. ok is false if the line is wrong.
func (im *importer) find(w ImportPerson) (p *Participant, by string, ok bool) {
	holder := ParticipantID("")
	if w.emailKey != "" {
		holder = im.known.emails[w.emailKey]
	}
	switch {
	case w.Is != "":
		p, by = im.s.Participants[w.Is], FoundByID
		if p == nil {
			im.fault(w.Line, FoundByID, "empty the cell, or the whole column if the file is from another meeting", "no such participant in this meeting")
			return nil, "", false
		}
		if holder != "" && holder != p.ID {
			im.fault(w.Line, "email", "an email names one person of a meeting", "somebody else has this email")
			return nil, "", false
		}
	case holder != "":
		p, by = im.s.Participants[holder], FoundByEmail
	case w.shared:
	default:
		if p, ok = im.byName(w); !ok {
			return nil, "", false
		}
		if p != nil {
			by = FoundByName
		}
	}
	if taken := im.known.pins[w.PIN]; w.PIN != "" && taken != "" && (p == nil || taken != p.ID) {
		im.fault(w.Line, "pin", "choose another PIN", "this PIN is taken")
		return nil, "", false
	}
	return p, by, true
}

// byName finds who alone has the name. With an email given, it is not somebody who has another one.
func (im *importer) byName(w ImportPerson) (*Participant, bool) {
	var found *Participant
	n := 0
	for _, p := range im.names[w.nameKey] {
		if w.nameKey != "" && (w.emailKey == "" || p.Email == "") {
			found = p
			n++
		}
	}
	switch {
	case n == 1:
		return found, true
	case n > 1 && w.emailKey == "":
		im.fault(w.Line, "first_name", "give the email, or the participant_id of the template", "%d people of the meeting are called %s", n, w.name)
		return nil, false
	}
	return nil, true
}

// add puts somebody new on the roster.
func (im *importer) add(w ImportPerson, room RoomID, o *ImportOutcome) {
	if w.name == "" {
		im.fault(w.Line, "first_name", "give a name to whoever is not in the meeting yet", "nobody in the meeting has this email, and the line has no name")
		return
	}
	if n := len(im.s.Participants) + len(im.added) + 1; n > MaxParticipants {
		im.fault(w.Line, "", "remove people first, or split the meeting", "this would be participant %d: a meeting has at most %d", n, MaxParticipants)
		return
	}
	if im.s.Participants[w.ID] != nil || w.ID == "" {
		im.fault(w.Line, "", "send the file again", "the id drawn for the person is taken")
		return
	}
	a := AddedParticipant{
		ID: w.ID, Name: w.name, FirstName: w.FirstName, LastName: w.LastName, Email: w.Email, Number: w.Number, PIN: w.PIN,
		Role: w.Role, Assignment: room, Location: Location{Place: Absent},
	}
	if a.Role == "" {
		a.Role = Audience
	}
	a.MutedByAdmin = im.s.MutedAll && a.Role == Audience
	im.added = append(im.added, a)
	o.PersonOutcome = PersonOutcome{Participant: w.ID, Outcome: OutcomeUnchanged, Room: room}
	if room != "" {
		o.Outcome = OutcomeAssigned
	}
	o.Name, o.Person = a.Name, ImportAdded
}

// change brings a known person up to what the file says.
func (im *importer) change(p *Participant, w ImportPerson, o *ImportOutcome) {
	was := rosterOf(p)
	next := was
	if w.name != "" && (w.name != squash(p.Name) || fullName(p.FirstName, p.LastName) == p.Name) { // else he goes by another name than its parts
		next.Name, next.FirstName, next.LastName = w.name, w.FirstName, w.LastName
	}
	for _, d := range []struct {
		to   *string
		from string
	}{{&next.Email, w.Email}, {&next.Number, w.Number}, {&next.PIN, w.PIN}, {(*string)(&next.Role), string(w.Role)}} {
		if d.from != "" {
			*d.to = d.from
		}
	}
	if im.s.MutedAll && next.Role != was.Role {
		next.MutedByAdmin = next.Role == Audience
	}
	o.Name, o.Person = next.Name, ImportUnchanged
	if next != was {
		o.Person = ImportChanged
		im.changed = append(im.changed, next)
	}
}

// rosterOf is what the roster has of a participant.
func rosterOf(p *Participant) RosterChange {
	return RosterChange{
		Participant: p.ID, Name: p.Name, FirstName: p.FirstName, LastName: p.LastName, Email: p.Email, Number: p.Number, PIN: p.PIN,
		Role: p.Role, MutedByAdmin: p.MutedByAdmin,
	}
}
