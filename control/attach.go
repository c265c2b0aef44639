package control

import "time"

// AttachPhone makes a caller who is in the meeting already the one whom a code names: a PIN or a phone code; or a speaker, if
// it is the speaker code. Like that of [Join], a code that is wrong is refused with CodeNotFound.
type AttachPhone struct {
	Participant ParticipantID
	Code        string
}

func (AttachPhone) command() {}

func decideAttach(s *State, c AttachPhone, now time.Time) ([]Event, any, error) {
	me, err := s.present("participant", c.Participant)
	if err != nil {
		return nil, nil, err
	}
	k, err := s.whoKeys(c.Code, now)
	switch {
	case err != nil:
		return nil, nil, err
	case k.p == nil:
		return decideChangeParticipant(s, ChangeParticipant{Participant: me.ID, Role: &k.role})
	case k.p == me:
		return nil, nil, nil
	case !me.onlyGuest():
		return nil, nil, &Error{Code: CodeNotAllowed, Field: "participant", Message: "this telephone is known as somebody else's", Hint: "split it off first"}
	case len(k.p.Legs)+len(me.Legs) > maxLegsEach:
		return nil, nil, Errorf(CodeLimit, "the participant has %d connections", maxLegsEach)
	case me.Web && k.p.Web:
		return nil, nil, &Error{Code: CodeWrongState, Field: "participant", Message: "both are on the web: these are two people"}
	}
	e := merging(k.p, me)
	e.KnownBy = k.by
	e.To, e.Assignment = s.attached(k.p, me, e.Assignment)
	return append([]Event{e}, emptied(s, nil, me.ID)...), nil, nil
}

// attached says where two are who become one, and one of whom may be absent or wait in the lobby.
func (s *State) attached(p, me *Participant, assignment RoomID) (Location, RoomID) {
	switch {
	case p.Location.Place == InRoom:
		return p.Location, assignment
	case me.Location.Place == InRoom:
		return me.Location, assignment
	}
	who := *p
	who.Assignment = assignment
	return s.entry(&who, !p.Web)
}
