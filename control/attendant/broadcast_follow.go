package attendant

import (
	"time"

	"partyline/control"
)

// ownMessage is what a follower knows of a message of its caller that is being heard.
type ownMessage struct {
	room   control.RoomID // where he was when it began
	itself int            // how many of those who heard it there he is
}

// broadcasts tells a caller what comes of what he says to all rooms.
func (f *follower) broadcasts(ev control.Event, s *control.State) {
	switch ev := ev.(type) {
	case control.BroadcastStarted:
		b := s.Broadcasts[ev.ID]
		if !f.sent(b) {
			return
		}
		f.message = itself(s.Participants[f.id], b)
		if b.Live() {
			f.tell(LiveBegan{})
		}
	case control.BroadcastEnded:
		b := s.Broadcasts[ev.ID]
		if !f.sent(b) || ev.Outcome == control.BroadcastInterrupted {
			return
		}
		f.tell(MessageOver{Live: b.Live(), Rooms: f.message.reached(ev.Deliveries), Outcome: ev.Outcome, Reason: ev.Reason})
	}
}

// sent says whether it is by this caller: live by this telephone, or in his voice.
func (f *follower) sent(b *control.Broadcast) bool {
	switch {
	case b == nil:
		return false
	case b.Live():
		return b.Leg == f.leg
	}
	return b.Audio != "" && b.By == string(f.id)
}

// justLost is how long ago the bridge may have begun again for that to be news. Chosen November 2026.
const justLost = time.Minute

// lostLive says whether a caller who was taken up again was speaking to all rooms when the bridge ended: then that is the last
// thing that was broadcast.
func lostLive(s *control.State, leg control.LegID) bool {
	b := s.Broadcasts[s.LastBroadcast]
	return b != nil && b.Leg == leg && b.State == control.BroadcastFailed && !b.BeganAt.IsZero() && time.Since(b.EndedAt) < justLost
}

func itself(p *control.Participant, b *control.Broadcast) ownMessage {
	if p.Location.Place != control.InRoom {
		return ownMessage{}
	}
	own := ownMessage{room: p.Location.Room, itself: len(p.Legs)}
	if b.Live() {
		own.itself-- // the leg that speaks is no listener
	}
	if p.Web {
		own.itself++
	}
	return own
}

// reached counts the rooms in which somebody else was to hear it.
func (o ownMessage) reached(deliveries []control.Delivery) (rooms int) {
	for _, d := range deliveries {
		heard := d.Listeners + d.Web
		if d.Room == o.room {
			heard -= o.itself
		}
		if heard > 0 {
			rooms++
		}
	}
	return rooms
}
