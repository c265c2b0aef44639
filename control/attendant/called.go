package attendant

import (
	"cmp"
	"slices"
	"time"

	"partyline/control"
)

// HelpCall is a room's request.
type HelpCall struct {
	ID       control.HelpID
	Room     int
	RoomName string
	Who      Person // asked
	At       time.Time
}

// Called is how it stands with a room's call for help.
type Called struct {
	Outcome string // one of control's; [waitsForHelp]: it is open; empty: nobody has called
	At      time.Time
	Listens bool // who accepted it only listens
}

// waitsForHelp is the outcome of a call that nobody has answered.
const waitsForHelp = "open"

// calledNews is for how long after its end it is of interest what came of a call.
const calledNews = 2 * time.Minute

func (v *View) seeHelp(s *control.State, p *control.Participant) {
	for _, request := range s.Help {
		v.Help = append(v.Help, HelpCall{
			ID: request.ID, Room: s.RoomNumber(request.Room), RoomName: roomName(s.Rooms[request.Room]),
			Who: personOf(s.Participants[request.Participant]), At: request.At,
		})
		switch {
		case p.Location.Place != control.InRoom || request.Room != p.Location.Room: // he may have asked there, and gone
			continue
		case request.Participant == p.ID:
			v.MyRequest = request.ID
		default:
			v.RoomAsks = true
		}
		v.Called = Called{Outcome: waitsForHelp, At: request.At}
	}
	slices.SortFunc(v.Help, func(a, b HelpCall) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID))
	})
	if v.Called.Outcome == "" && p.Location.Place == control.InRoom {
		v.Called = lastCall(s, p.Location.Room)
	}
}

// lastCall is what came of the last request of a room. Once the speaker who accepted it is there, it is no news.
func lastCall(s *control.State, room control.RoomID) Called {
	for _, h := range slices.Backward(s.HelpLog) {
		if h.Room != room {
			continue
		}
		by := s.Participants[h.By]
		if there := by != nil && by.Location.Place == control.InRoom && by.Location.Room == room; there && !h.ListenOnly {
			return Called{}
		}
		return Called{Outcome: h.Outcome, At: h.EndedAt, Listens: h.ListenOnly}
	}
	return Called{}
}

// called says how it stands with the room's call for help, if that is news.
func (m *Machine) called(c Called) []Phrase {
	if c.Outcome == waitsForHelp {
		return []Phrase{Phrase("help_waits").Time(about(m.now.Sub(c.At)))}
	}
	if m.now.Sub(c.At) > calledNews {
		return nil
	}
	return answered(c.Outcome, c.Listens)
}

// answered says what came of a call for help.
func answered(outcome string, listens bool) []Phrase {
	switch {
	case outcome == control.HelpAccepted && listens:
		return []Phrase{"help_listening"}
	case outcome == control.HelpAccepted:
		return []Phrase{"help_accepted"}
	case outcome == control.HelpDeclined:
		return []Phrase{"help_declined"}
	case outcome == control.HelpTimedOut:
		return []Phrase{"help_timed_out"}
	}
	return nil
}
