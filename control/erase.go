package control

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Erased is what somebody, or a meeting, is called of whom nothing is to be known any more.
const Erased = "Erased"

// personal are the keys under which stored JSON has what tells who somebody is, in objects about that person. Text alone
// is meant: a room's number is a number. A test holds every event, and the state, against this list.
var personal = map[string]bool{
	"name": true, "first_name": true, "last_name": true, "email": true, "number": true, "external_id": true, "pin": true,
}

// Erasure is what is to be rewritten of all that is stored of a meeting, see [Erasure.Begin].
type Erasure struct {
	Who []ParticipantID // empty: everybody, and what the meeting and its rooms are called
}

// Everything says that the recordings go too.
func (e Erasure) Everything() bool { return len(e.Who) == 0 }

// Begin makes what rewrites a meeting once.
func (e Erasure) Begin() *Eraser {
	r := &Eraser{all: e.Everything(), asked: e.Who, who: map[string]bool{}, guises: map[string]bool{}}
	for _, id := range e.Who {
		r.who[string(id)], r.guises[string(id)] = true, true
	}
	return r
}

// Eraser takes out of stored JSON what it says of a person, or of everybody. It is given all records of a meeting in their
// order, and then all that is kept of its commands. Sequence and meaning stay: the log is replayed as before.
type Eraser struct {
	all    bool
	asked  []ParticipantID
	who    map[string]bool // those asked for, and those they are one with at the moment
	guises map[string]bool // all that were in who
}

// Record rewrites the next record and says whether it changed.
func (e *Eraser) Record(r *Record) (changed bool, err error) {
	if err := e.follow(r); err != nil {
		return false, err
	}
	data, err := e.rewrite(r.Data, e.who)
	changed = string(data) != string(r.Data)
	r.Data = data
	return changed, err
}

// Answer rewrites what is kept of a command.
func (e *Eraser) Answer(data json.RawMessage) (json.RawMessage, error) {
	return e.rewrite(data, e.guises)
}

// follow notes who has become one with somebody else, and is himself again: what is said meanwhile of the other is about
// him too.
func (e *Eraser) follow(r *Record) error {
	if e.all {
		return nil
	}
	switch r.Type {
	case ParticipantsMerged{}.Type():
		var m ParticipantsMerged
		if err := json.Unmarshal(r.Data, &m); err != nil {
			return fmt.Errorf("erase: %w", err)
		}
		if e.who[string(m.Other)] {
			e.who[string(m.Participant)], e.guises[string(m.Participant)] = true, true
		}
	case ParticipantSplit{}.Type():
		var m ParticipantSplit
		if err := json.Unmarshal(r.Data, &m); err != nil {
			return fmt.Errorf("erase: %w", err)
		}
		if e.who[string(m.Was)] && !slices.Contains(e.asked, m.Participant) {
			delete(e.who, string(m.Participant))
		}
	}
	return nil
}

func (e *Eraser) rewrite(data json.RawMessage, who map[string]bool) (json.RawMessage, error) {
	if len(data) == 0 || !e.all && !mentions(data, who) {
		return data, nil
	}
	var v any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("erase: %w", err)
	}
	if w := (eraseWalk{all: e.all, who: who}); !w.value(v, "") {
		return data, nil
	}
	out, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("erase: %w", err)
	}
	return out, nil
}

func mentions(data []byte, who map[string]bool) bool {
	for id := range who {
		if bytes.Contains(data, []byte(id)) {
			return true
		}
	}
	return false
}

// eraseWalk goes through one document.
type eraseWalk struct {
	all bool
	who map[string]bool
}

// value erases within a value that is about the subject, an id, and says whether it changed.
func (w eraseWalk) value(v any, subject string) (changed bool) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			changed = w.value(item, subject) || changed
		}
	case map[string]any:
		subject = subjectOf(v, subject)
		changed = w.object(v, subject)
		for _, item := range v {
			changed = w.value(item, subject) || changed
		}
	}
	return changed
}

// subjectOf says which person or room an object is about: the one it names, or else the one it is part of.
func subjectOf(v map[string]any, subject string) string {
	for _, key := range []string{"id", "participant"} {
		if id, ok := v[key].(string); ok && (strings.HasPrefix(id, "par_") || isRoom(id)) {
			return id
		}
	}
	return subject
}

func (w eraseWalk) object(v map[string]any, subject string) (changed bool) {
	if w.all {
		changed = names(v, subject)
	}
	if by, _ := v["by"].(string); w.all || w.who[by] { // what he had broadcast
		changed = put(v, "text", Erased) || changed
	}
	if !w.all && !w.who[subject] || isRoom(subject) {
		return changed
	}
	for key := range personal {
		was, ok := v[key].(string)
		switch {
		case !ok || was == Erased:
		case key == "name":
			v[key], changed = Erased, true
		default:
			delete(v, key)
			changed = true
		}
	}
	return changed
}

// names takes out what the meeting and its rooms are called.
func names(v map[string]any, subject string) (changed bool) {
	changed = put(v, "title", Erased)
	if isRoom(subject) {
		changed = put(v, "name", fmt.Sprintf("Room %v", v["number"])) || changed
	}
	return changed
}

// put replaces a text that is there.
func put(v map[string]any, key, text string) bool {
	was, ok := v[key].(string)
	if ok {
		v[key] = text
	}
	return ok && was != text
}

func isRoom(id string) bool { return strings.HasPrefix(id, "room_") }

// The commands that erase.
type (
	// EraseParticipant takes out of the meeting and its log who somebody was; his legs end.
	EraseParticipant struct {
		Participant ParticipantID
		Gone        bool // he was removed: the log alone knows him
	}
	// EraseMeeting does it for everybody in a meeting that is over, and for its title, the names of its rooms and its
	// recordings.
	EraseMeeting struct{}
)

func (EraseParticipant) command() {}
func (EraseMeeting) command()     {}

// The events that say so. What came before them in the log is rewritten in the same transaction.
type (
	// ParticipantErased says that nothing is known any more of who somebody was; his legs end.
	ParticipantErased struct {
		Participant ParticipantID   `json:"participant"`
		Merged      []ParticipantID `json:"merged,omitempty"` // who had become one with him, and is erased with him
	}
	// MeetingErased says so of everybody.
	MeetingErased struct{}
)

// Type implements [Event].
func (ParticipantErased) Type() string { return "participant.erased" }

// Type implements [Event].
func (MeetingErased) Type() string { return "meeting.erased" }

func decideErase(s *State, c Command) ([]Event, any, error) {
	switch c := c.(type) {
	case EraseParticipant:
		return decideEraseParticipant(s, c)
	case EraseMeeting:
		switch {
		case s.Phase == Open:
			return nil, nil, &Error{Code: CodeWrongState, Message: "the meeting has not ended", Hint: "end it first, or erase people one by one"}
		case s.Erased:
			return nil, nil, nil
		}
		return one(MeetingErased{})
	}
	return nil, nil, Errorf(CodeInvalid, "unknown command %T", c)
}

func decideEraseParticipant(s *State, c EraseParticipant) ([]Event, any, error) {
	p := s.guise(c.Participant)
	switch {
	case p == nil && !c.Gone:
		return nil, nil, &Error{Code: CodeNotFound, Field: "participant", Message: "no such participant in this meeting"}
	case p == nil:
		return one(ParticipantErased{Participant: c.Participant})
	case p.Erased && p.anonymous():
		return nil, nil, nil
	}
	e := ParticipantErased{Participant: p.ID}
	for _, a := range p.Merged {
		e.Merged = append(e.Merged, a.ID)
	}
	events := []Event{e}
	if p.Present() {
		events = append(events, emptied(s, nil, p.ID)...)
	}
	return events, nil, nil
}

// guise finds somebody, or the one he has become one with; nil: there is nobody.
func (s *State) guise(id ParticipantID) *Participant {
	if p := s.Participants[id]; p != nil {
		return p
	}
	for _, p := range s.Participants {
		if slices.ContainsFunc(p.Merged, func(a Absorbed) bool { return a.ID == id }) {
			return p
		}
	}
	return nil
}

// anonymous says whether nothing is known of who he is.
func (p *Participant) anonymous() bool {
	return p.Name == Erased && p.FirstName+p.LastName+p.Email+p.Number+p.PIN+p.ExternalID == "" && len(p.Merged) == 0
}

func applyErase(s *State, e Event) {
	switch e := e.(type) {
	case ParticipantErased:
		for _, id := range s.saidBy(e) {
			delete(s.Audio, id)
		}
		if p := s.Participants[e.Participant]; p != nil {
			s.erase(p)
		}
		s.eraseTexts(func(by string) bool {
			return by == string(e.Participant) || slices.Contains(e.Merged, ParticipantID(by))
		})
		s.eraseCalls(func(id ParticipantID) bool { return id == e.Participant || slices.Contains(e.Merged, id) })
	case MeetingErased:
		s.Erased, s.Title = true, Erased
		for _, p := range s.Participants {
			s.erase(p)
		}
		for _, r := range s.Rooms {
			r.Name = fmt.Sprintf("Room %d", r.Number)
		}
		clear(s.Audio)
		s.eraseTexts(func(string) bool { return true })
		s.eraseCalls(func(ParticipantID) bool { return true })
	}
}

// saidBy are the recordings of the voice of somebody who is erased, in order.
func (s *State) saidBy(e ParticipantErased) (list []AudioID) {
	for id, a := range s.Audio {
		if a.By != "" && (a.By == e.Participant || slices.Contains(e.Merged, a.By)) {
			list = append(list, id)
		}
	}
	slices.Sort(list)
	return list
}

func (s *State) eraseTexts(by func(string) bool) {
	for _, b := range s.Broadcasts {
		if b.Text != "" && by(b.By) {
			b.Text = Erased
		}
	}
}

func (s *State) erase(p *Participant) {
	for _, l := range p.Legs {
		delete(s.Legs, l.ID)
	}
	delete(s.PhoneCodes, p.ID)
	*p = Participant{
		ID: p.ID, Name: Erased, Erased: true, Role: p.Role, Location: Location{Place: Absent}, Assignment: p.Assignment, WebSeq: p.WebSeq,
		Muted: p.Muted, MutedByAdmin: p.MutedByAdmin, GainDB: p.GainDB, JoinedAt: p.JoinedAt, Guest: p.Guest,
	}
}

// erasureOf is what the events want rewritten; nil: nothing.
func erasureOf(events []Event) *Erasure {
	for _, e := range events {
		switch e := e.(type) {
		case ParticipantErased:
			return &Erasure{Who: append([]ParticipantID{e.Participant}, e.Merged...)}
		case MeetingErased:
			return &Erasure{}
		}
	}
	return nil
}

// lastMention says whether a page of the log is about somebody, and whether he was erased by the end of it.
func lastMention(records []Record, who ParticipantID) (known, erased bool) {
	quoted := []byte(`"` + who + `"`)
	for _, r := range slices.Backward(records) {
		if bytes.Contains(r.Data, quoted) {
			return true, r.Type == ParticipantErased{}.Type()
		}
	}
	return false, false
}
