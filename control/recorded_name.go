package control

import "strings"

// The values of [Options].RecordNames.
const (
	NamesOff       = "off"
	NamesOfUnknown = "unknown"
	NamesOfAll     = "all"
)

// What there can be of recorded names in a meeting. They do not count as recordings that can be broadcast.
const (
	MaxNames      = 2_000
	MaxNamesTotal = 160 << 20
	namePrefix    = "nam_"
)

// NewNameID draws the id of a recorded name.
func NewNameID() AudioID { return NewID[AudioID](namePrefix) }

// IsName says whether it is a name that somebody has said.
func (id AudioID) IsName() bool { return strings.HasPrefix(string(id), namePrefix) }

// AsksName says whether a caller is to say his name before he comes in; p is who he is, nil: nobody who is known.
func (s *State) AsksName(p *Participant) bool {
	switch s.Options.RecordNames {
	case NamesOfUnknown:
		return p == nil
	case NamesOfAll:
		return p == nil || p.RecordedName == nil
	}
	return false
}

func checkRecordedName(a *Audio) error {
	if a != nil && (!a.ID.IsName() || a.DurationMS <= 0 || a.Bytes <= 0) {
		return Invalid("named", "", "must be a recording of a name")
	}
	return nil
}

// DeleteRecordedName deletes what somebody has recorded as his name.
type DeleteRecordedName struct{ Participant ParticipantID }

func (DeleteRecordedName) command() {}

// RecordedNameDeleted says that the recording of a name is no more.
type RecordedNameDeleted struct {
	Participant ParticipantID `json:"participant"`
	Audio       AudioID       `json:"audio"`
}

// Type implements [Event].
func (RecordedNameDeleted) Type() string { return "participant.recorded_name_deleted" }

func decideDeleteRecordedName(s *State, c DeleteRecordedName) ([]Event, any, error) {
	p, err := s.participant("participant", c.Participant)
	switch {
	case err != nil:
		return nil, nil, err
	case p.RecordedName == nil:
		return nil, nil, NoRecordedName()
	}
	return one(RecordedNameDeleted{Participant: p.ID, Audio: p.RecordedName.ID})
}

// NoRecordedName says that somebody has not recorded his name.
func NoRecordedName() error {
	return &Error{Code: CodeNotFound, Field: "recorded_name", Message: "the participant has recorded no name"}
}

func (s *State) forgetName(e RecordedNameDeleted) {
	p := s.Participants[e.Participant]
	if p == nil {
		return
	}
	p.RecordedName = nil
	for i, a := range p.Merged {
		if a.RecordedName != nil && a.RecordedName.ID == e.Audio {
			p.Merged[i].RecordedName = nil
		}
	}
}

// takeName lets a participant have what the one who becomes one with him has recorded, if he has recorded nothing himself.
func (p *Participant) takeName(o *Participant, a *Absorbed) {
	a.RecordedName = o.RecordedName
	if p.RecordedName == nil {
		p.RecordedName = o.RecordedName
	}
}

// giveName gives it back.
func (p *Participant) giveName(to *Participant, a Absorbed) {
	to.RecordedName = a.RecordedName
	if p.RecordedName != nil && a.RecordedName != nil && p.RecordedName.ID == a.RecordedName.ID {
		p.RecordedName = nil
	}
}

// recordedNames are the recordings of a participant, and of those who have become one with him.
func (p *Participant) recordedNames() (list []AudioID) {
	if p == nil {
		return nil
	}
	if p.RecordedName != nil {
		list = append(list, p.RecordedName.ID)
	}
	for _, a := range p.Merged {
		if a.RecordedName != nil && (p.RecordedName == nil || a.RecordedName.ID != p.RecordedName.ID) {
			list = append(list, a.RecordedName.ID)
		}
	}
	return list
}

// dropped are the recordings that are of no use after the events: who said them says them anew, or is no more.
func (s *State) dropped(events []Event) (list []AudioID) {
	for _, e := range events {
		switch e := e.(type) {
		case ParticipantJoined:
			if p := s.Participants[e.Participant]; p != nil && p.RecordedName != nil && e.RecordedName != nil {
				list = append(list, p.RecordedName.ID)
			}
		case RecordedNameDeleted:
			list = append(list, e.Audio)
		case ParticipantRemoved:
			list = append(list, s.Participants[e.Participant].recordedNames()...)
		case ParticipantErased:
			list = append(list, s.Participants[e.Participant].recordedNames()...)
			list = append(list, s.saidBy(e)...)
		case MeetingReopened:
			for _, id := range e.Gone {
				list = append(list, s.Participants[id].recordedNames()...)
			}
		}
	}
	return list
}
