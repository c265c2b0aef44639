package control

import "slices"

func decideBroadcastBegan(s *State, c BroadcastBegan) []Event {
	b := s.Broadcasts[c.ID]
	switch {
	case b == nil || b.State != BroadcastQueued:
		return nil
	case c.Failed != "":
		return []Event{s.ended(b, BroadcastFailed, c.Failed, nil)}
	}
	return []Event{BroadcastStarted{ID: b.ID, Deliveries: s.deliveries(b, c.Deliveries), Spoken: c.Spoken}}
}

// deliveries are the receipts at the beginning: of the rooms that have legs, of those that have people on the web, and of
// all that were named.
func (s *State) deliveries(b *Broadcast, begun []Delivery) []Delivery {
	list := make([]Delivery, 0, len(begun))
	for _, id := range append([]RoomID{MainRoom}, s.RoomOrder...) {
		if !b.addresses(id) {
			continue
		}
		d := Delivery{Room: id, Outcome: DeliveryNobody, Web: s.webIn(b, id)}
		if i := slices.IndexFunc(begun, func(x Delivery) bool { return x.Room == id }); i >= 0 {
			d.Listeners, d.Tick, d.Outcome = begun[i].Listeners, begun[i].Tick, BroadcastPlaying
		} else if d.Web == 0 && len(b.Rooms) == 0 {
			continue
		}
		list = append(list, d)
	}
	for _, id := range b.Rooms {
		if !s.HasRoom(id) {
			list = append(list, Delivery{Room: id, Outcome: DeliveryDeleted})
		}
	}
	return list
}

// webIn counts who is told on the web.
func (s *State) webIn(b *Broadcast, room RoomID) (n int) {
	if b.PhonesOnly {
		return 0
	}
	for _, p := range s.Participants {
		if p.Web && p.Location == in(room) {
			n++
		}
	}
	return n
}

func decideBroadcastOver(s *State, c BroadcastOver) []Event {
	b := s.Broadcasts[c.ID]
	if b == nil || b.State != BroadcastPlaying {
		return nil
	}
	outcome, reason := BroadcastPlayed, ""
	switch {
	case b.Live():
		outcome, reason = s.liveOutcome(b, c)
	case c.Whole:
	case s.homeless(b):
		outcome, reason = BroadcastCancelled, "its rooms were deleted"
	case c.Interrupted:
		outcome = BroadcastInterrupted
	default:
		outcome, reason = BroadcastFailed, "the bridge stopped playing it"
	}
	return []Event{s.ended(b, outcome, reason, c.Deliveries)}
}

// ended is the end of a broadcast, with the receipts; late are the rooms that may have taken it up after it had begun.
func (s *State) ended(b *Broadcast, outcome, reason string, late []Delivery) BroadcastEnded {
	e := BroadcastEnded{ID: b.ID, Outcome: outcome, Reason: reason, Deliveries: slices.Clone(b.Deliveries)}
	for _, d := range late {
		i := slices.IndexFunc(e.Deliveries, func(x Delivery) bool { return x.Room == d.Room })
		switch {
		case i < 0:
			e.Deliveries = append(e.Deliveries, Delivery{Room: d.Room, Listeners: d.Listeners, Tick: d.Tick, Outcome: BroadcastPlaying})
		case e.Deliveries[i].Outcome == DeliveryNobody:
			e.Deliveries[i].Listeners, e.Deliveries[i].Tick, e.Deliveries[i].Outcome = d.Listeners, d.Tick, BroadcastPlaying
		}
	}
	hearing := s.hearing(b)
	for i := range e.Deliveries {
		switch d := &e.Deliveries[i]; {
		case !s.HasRoom(d.Room):
			d.Outcome = DeliveryDeleted
		case d.Outcome != BroadcastPlaying:
		case !hearing[d.Room]:
			d.Outcome = DeliveryEmptied
		default:
			d.Outcome = outcome
		}
	}
	return e
}

// hearing are the rooms in which somebody hears a broadcast by a leg.
func (s *State) hearing(b *Broadcast) map[RoomID]bool {
	rooms := make(map[RoomID]bool)
	for _, p := range s.Participants {
		if p.Location.Place != InRoom {
			continue
		}
		for _, l := range p.Legs {
			if !b.PhonesOnly || l.Kind == PhoneLeg {
				rooms[p.Location.Room] = true
			}
		}
	}
	return rooms
}
