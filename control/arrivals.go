package control

import (
	"slices"
	"strings"
)

// What the option announce_arrivals can be.
const (
	arrivalsSilent  = "off"
	arrivalsByTone  = "tone"
	arrivalsByNames = "name"
)

var announcements = []string{arrivalsSilent, arrivalsByTone, arrivalsByNames}

// passage is somebody's way into a room, or out of it, which is to be heard there.
type passage struct {
	who  ParticipantID
	room RoomID
	left bool
}

// passages are those of the events of one command. Bulk moves are silent: everybody knows. So is who only listens; hidden are
// those who did before.
func passages(events []Event, hidden map[ParticipantID]bool) (list []passage) {
	add := func(who ParticipantID, at Location, left bool) {
		if at.Place == InRoom && (!left || !hidden[who]) {
			list = append(list, passage{who, at.Room, left})
		}
	}
	left := 0
	for _, e := range events {
		switch e.(type) {
		case LegLeft, WebLeft:
			left++
		}
	}
	for _, e := range events {
		switch e := e.(type) {
		case ParticipantJoined:
			add(e.Participant, e.Location, false)
		case LegLeft:
			if e.Absent && left == 1 {
				add(e.Participant, e.Location, true)
			}
		case WebLeft:
			if e.Absent {
				add(e.Participant, e.Location, true)
			}
		case ParticipantsMerged:
			if e.From != e.To {
				add(e.Other, e.From, true)
			}
		case ParticipantsAdmitted:
			if len(e.Moves) == 1 {
				add(e.Moves[0].Participant, e.Moves[0].To, false)
			}
		case ParticipantsMoved:
			if len(e.Moves) == 1 {
				e.passage(add, hidden)
			}
		}
	}
	return list
}

// passage is that of the one who is moved. A listener who is heard from now on has come.
func (e ParticipantsMoved) passage(add func(who ParticipantID, at Location, left bool), hidden map[ParticipantID]bool) {
	move := e.Moves[0]
	here := move.From == move.To
	if !here {
		add(move.Participant, move.From, true)
	}
	if !e.ListenOnly && (!here || hidden[move.Participant]) {
		add(move.Participant, move.To, false)
	}
}

// hidden are those of whom one of the events tells, and who only listen before it.
func (s *State) hidden(events []Event) map[ParticipantID]bool {
	var hidden map[ParticipantID]bool
	note := func(who ParticipantID) {
		if p := s.Participants[who]; p != nil && p.ListenOnly {
			if hidden == nil {
				hidden = make(map[ParticipantID]bool)
			}
			hidden[who] = true
		}
	}
	for _, e := range events {
		switch e := e.(type) {
		case LegLeft:
			note(e.Participant)
		case WebLeft:
			note(e.Participant)
		case ParticipantsMoved:
			if len(e.Moves) == 1 {
				note(e.Moves[0].Participant)
			}
		}
	}
	return hidden
}

// sound has rooms hear who has come and gone, if anybody else is there to hear it.
func (m *Meeting) sound(list []passage) {
	how := m.state.Options.AnnounceArrivals
	if how == arrivalsSilent {
		return
	}
	for _, p := range list {
		heard := m.state.HasRoom(p.room) && slices.ContainsFunc(m.state.People(p.room), func(o *Participant) bool { return o.ID != p.who && len(o.Legs) > 0 })
		if heard {
			m.mixer.Play(m.id, Play{Rooms: []int{m.state.RoomNumber(p.room)}, Sound: p.sound(m.state, how)})
		}
	}
}

// sound is his name if it is to be said and known, else a tone.
func (p passage) sound(s *State, how string) Sound {
	sound := Sound{Prompt: "arrival"}
	if p.left {
		sound.Prompt = "departure"
	}
	who := s.Participants[p.who]
	if how != arrivalsByNames || who == nil || who.SpokenName() == "" && who.RecordedName == nil {
		return sound
	}
	sound = Sound{Prompt: "person_came", Person: who.SpokenName(), Else: sound.Prompt, Language: s.Options.Language}
	if p.left {
		sound.Prompt = "person_left"
	}
	if who.RecordedName != nil {
		sound.Named = who.RecordedName.ID
	}
	return sound
}

// SpokenName is the participant's name if that is one, and no telephone number that stands for it; else it is empty.
func (p *Participant) SpokenName() string {
	if p.withheld() || strings.Contains(p.Name, mask) || isTelephone(p.Name) {
		return ""
	}
	return p.Name
}
