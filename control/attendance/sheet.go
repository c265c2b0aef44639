package attendance

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"partyline/control"
)

// Sheet folds a log. Its memory is that of the meeting, however long the log.
type Sheet struct {
	emit  func(Entry)
	state *control.State
	rooms map[control.RoomID]string // the names; a deleted room's is needed once more
	stays map[control.ParticipantID]*Entry
	help  map[control.HelpID]*Entry
	now   time.Time // never goes back, even if the clock did
}

// New makes an empty sheet. It gives emit every entry that is over, in the order in which they end.
func New(emit func(Entry)) *Sheet {
	return &Sheet{
		emit: emit, state: control.NewState(), rooms: map[control.RoomID]string{},
		stays: map[control.ParticipantID]*Entry{}, help: map[control.HelpID]*Entry{},
	}
}

// Seq is the number of the last event that was added.
func (s *Sheet) Seq() uint64 { return s.state.Seq }

// Add takes the next record of the log.
func (s *Sheet) Add(r control.Record) error {
	if r.Seq != s.state.Seq+1 {
		return fmt.Errorf("attendance: event %d follows %d", r.Seq, s.state.Seq)
	}
	e, err := control.Unmarshal(r)
	if err != nil {
		return fmt.Errorf("attendance: %w", err)
	}
	if r.At.After(s.now) {
		s.now = r.At.UTC()
	}
	by := s.by(r.Actor)
	s.nameRooms(e)
	control.Apply(s.state, e, r.At)
	s.followHelp(e)
	for _, id := range s.touched(e) {
		s.follow(id, s.reason(e, id), by)
	}
	if gone, ok := e.(control.RoomDeleted); ok {
		delete(s.rooms, gone.Room)
	}
	return nil
}

// reason says why an event takes somebody from one place to another.
func (s *Sheet) reason(e control.Event, id control.ParticipantID) string {
	if _, ok := e.(control.WebSynced); ok { // takes some away and brings others
		if p := s.state.Participants[id]; p == nil || !p.Present() {
			return Left
		}
		return Joined
	}
	return reasonOf(e)
}

// Open returns what is not over, stays first.
func (s *Sheet) Open() []Entry {
	list := make([]Entry, 0, len(s.stays)+len(s.help))
	for _, id := range s.state.Order {
		if e := s.stays[id]; e != nil {
			list = append(list, s.shown(e))
		}
	}
	for _, id := range s.openHelp() {
		list = append(list, s.shown(s.help[id]))
	}
	return list
}

func (s *Sheet) openHelp() []control.HelpID {
	return slices.SortedFunc(maps.Keys(s.help), func(a, b control.HelpID) int {
		return cmp.Or(s.help[a].From.Compare(s.help[b].From), cmp.Compare(a, b))
	})
}

// shown is a copy of an entry that nothing changes any more.
func (s *Sheet) shown(e *Entry) Entry {
	out := *e
	out.Ways = slices.Clone(e.Ways)
	out.RoomName = s.rooms[e.Room]
	return out
}

func (s *Sheet) by(actor string) By {
	by := By{Actor: actor}
	if p := s.state.Participants[control.ParticipantID(actor)]; p != nil {
		by.Name = p.Name
	}
	return by
}

func (s *Sheet) nameRooms(e control.Event) {
	switch e := e.(type) {
	case control.RoomsCreated:
		for _, r := range e.Rooms {
			s.rooms[r.ID] = r.Name
		}
	case control.RoomChanged:
		s.rooms[e.Room.ID] = e.Room.Name
	}
}

// follow ends the stay of somebody who is elsewhere now, and begins the next.
func (s *Sheet) follow(id control.ParticipantID, reason string, by By) {
	p, stay := s.state.Participants[id], s.stays[id]
	if stay != nil && (p == nil || p.Location.Place != stay.Place || p.Location.Room != stay.Room) {
		stay.To, stay.Went, stay.WentBy = s.now, reason, by
		s.emit(s.shown(stay))
		delete(s.stays, id)
		stay = nil
	}
	if p == nil || !p.Present() {
		return
	}
	if stay == nil {
		stay = &Entry{Kind: Stay, Holding: s.state.HoldingNumber(), Place: p.Location.Place, Room: p.Location.Room, From: s.now, Came: reason, CameBy: by}
		s.stays[id] = stay
	}
	stay.describe(p)
	for _, l := range p.Legs {
		stay.way(string(l.Kind))
	}
	if p.Web {
		stay.way(Web)
	}
}

// describe notes who it is about.
func (e *Entry) describe(p *control.Participant) {
	e.Participant, e.Name, e.Role = p.ID, p.Name, p.Role
	e.Email, e.ExternalID, e.Number = p.Email, p.ExternalID, control.MaskNumber(p.Number)
}

func (e *Entry) way(w string) {
	if !slices.Contains(e.Ways, w) {
		e.Ways = append(e.Ways, w)
	}
}

// followHelp begins and ends the waiting for help.
func (s *Sheet) followHelp(e control.Event) {
	switch e := e.(type) {
	case control.HelpAsked:
		wait := &Entry{Kind: Help, Holding: s.state.HoldingNumber(), Participant: e.Participant, Place: control.InRoom, Room: e.Room, From: s.now, Request: e.Request}
		if p := s.state.Participants[e.Participant]; p != nil {
			wait.describe(p)
		}
		s.help[e.Request] = wait
	case control.HelpEnded:
		s.endHelp(e.Request, e.Outcome, s.by(string(e.By)))
	case control.MeetingEnded:
		for _, id := range s.openHelp() {
			s.endHelp(id, control.HelpOver, By{})
		}
	}
}

func (s *Sheet) endHelp(id control.HelpID, outcome string, by By) {
	wait := s.help[id]
	if wait == nil {
		return
	}
	delete(s.help, id)
	wait.To, wait.Outcome, wait.AnsweredBy = s.now, outcome, by
	s.emit(s.shown(wait))
}
