package attendant

import "partyline/control"

// Person is somebody whose name is said.
type Person struct {
	Name      string // empty: it is not known
	Recording string // in which he says it himself, one of the meeting's; empty: there is none
}

// personOf is who a participant is to others' ears.
func personOf(p *control.Participant) Person {
	if p == nil {
		return Person{}
	}
	who := Person{Name: p.SpokenName()}
	if p.RecordedName != nil {
		who.Recording = string(p.RecordedName.ID)
	}
	return who
}

// known says whether there is anything to say.
func (p Person) known() bool { return p != Person{} }

// in fills him into a phrase.
func (p Person) in(says Phrase) Phrase { return says.Person(p.Name, p.Recording) }

// maxNamed is of how many people a speaker hears the names. Of more it would take too long.
const maxNamed = 8

// seePeople names those who are with a speaker, in order of the roster.
func (v *View) seePeople(s *control.State, me *control.Participant) {
	if me.Role != control.Speaker || me.Location.Place != control.InRoom || v.Others > maxNamed {
		return
	}
	for _, p := range s.People(me.Location.Room) {
		if who := personOf(p); p != me && who.known() {
			v.With = append(v.With, who)
		}
	}
}
