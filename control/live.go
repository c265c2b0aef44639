package control

import (
	"slices"
	"time"
)

// MaxLive bounds how long one may speak to all rooms at a time.
const MaxLive = 5 * time.Minute

// The commands about speaking to all rooms: a broadcast whose sound is what a leg says.
type (
	// GoLive has what one of the legs of By says heard in all rooms: at once, or after an urgent broadcast that is being
	// played. A normal one is interrupted. One does so at a time. The value is a [BroadcastID].
	GoLive struct {
		ID    BroadcastID
		By    ParticipantID
		Leg   LegID
		Limit time.Duration // 0: MaxLive
	}
	// EndLive ends that. If it has begun, the end is logged when the mixer has done so, with the receipts of all rooms.
	EndLive struct{ Leg LegID }
)

func (GoLive) command()  {}
func (EndLive) command() {}

// decideLive decides them; ok is false if c is neither.
func decideLive(s *State, c Command, now time.Time) (events []Event, value any, ok bool, err error) {
	switch c := c.(type) {
	case GoLive:
		events, value, err = decideGoLive(s, c, now)
	case EndLive:
		events, value, err = decideEndLive(s, c)
	default:
		return nil, nil, false, nil
	}
	return events, value, true, err
}

func decideGoLive(s *State, c GoLive, now time.Time) ([]Event, any, error) {
	switch {
	case c.ID == "" || s.Broadcasts[c.ID] != nil:
		return nil, nil, Invalid("id", "", "must be new")
	case c.Limit < 0 || c.Limit > MaxLive:
		return nil, nil, Invalid("limit_s", "", "must be at most %d", int(MaxLive.Seconds()))
	case s.Participants[c.By] == nil:
		return nil, nil, &Error{Code: CodeNotFound, Field: "by", Message: "no such participant in this meeting"}
	case c.Leg == "" || s.Legs[c.Leg] != c.By:
		return nil, nil, Invalid("leg", "", "must be a leg of who speaks")
	}
	if err := s.maySpeakToAll(c.Leg); err != nil {
		return nil, nil, err
	}
	if b := s.onAir(); b != nil {
		return nil, nil, &Error{Code: CodeOnAir, Message: "somebody is speaking to all rooms", Hint: "wait until it is over, or end it with DELETE …/broadcasts/" + string(b.ID)}
	}
	if err := s.roomForBroadcast(c.By, now); err != nil {
		return nil, nil, err
	}
	if c.Limit == 0 {
		c.Limit = MaxLive
	}
	return []Event{BroadcastSent{
		ID: c.ID, By: c.By, Leg: c.Leg, LimitS: max(1, int(c.Limit.Seconds())), Priority: PriorityUrgent, Rooms: s.legRooms(&Broadcast{}),
	}}, c.ID, nil
}

// decideEndLive: what has begun is ended by the owner, who tells the mixer, see releaseLive.
func decideEndLive(s *State, c EndLive) ([]Event, any, error) {
	b := s.onAir()
	switch {
	case b == nil || b.Leg != c.Leg:
		return nil, nil, &Error{Code: CodeWrongState, Field: "leg", Message: "nobody speaks to all rooms by this leg"}
	case b.State == BroadcastQueued:
		return one(s.ended(b, BroadcastCancelled, ReasonTakenBack, nil))
	}
	return nil, nil, nil
}

// Live says that it is what somebody says while it is heard.
func (b *Broadcast) Live() bool { return b.Leg != "" }

// onAir is the live broadcast that is not over; nil: there is none.
func (s *State) onAir() *Broadcast {
	live := s.live()
	if i := slices.IndexFunc(live, (*Broadcast).Live); i >= 0 {
		return live[i]
	}
	return nil
}

// OnAir says who speaks to all rooms, or is about to; empty: nobody.
func (s *State) OnAir() (by ParticipantID, leg LegID) {
	if b := s.onAir(); b != nil {
		return ParticipantID(b.By), b.Leg
	}
	return "", ""
}

// maySpeakToAll says why not, of a leg: whose it is, is in a room, may broadcast, and is not muted by an admin.
func (s *State) maySpeakToAll(leg LegID) error {
	p := s.ByLeg(leg)
	if p == nil {
		return &Error{Code: CodeNotFound, Field: "leg", Message: "its call has ended"}
	}
	if err := s.mayBroadcast(p.ID); err != nil {
		return err
	}
	if p.MutedByAdmin {
		return errMutedByAdmin()
	}
	return nil
}

func errMutedByAdmin() error {
	return &Error{Code: CodeNotAllowed, Field: "by", Message: "the participant is muted by a speaker", Hint: "unmute him first"}
}

// voiceless says why a live broadcast cannot go on; "": it can.
func (s *State) voiceless(b *Broadcast) string {
	if !b.Live() {
		return ""
	}
	err := s.maySpeakToAll(b.Leg)
	switch {
	case err == nil:
		return ""
	case s.ByLeg(b.Leg) == nil:
		return reasonCallEnded
	}
	return "who spoke may no longer speak to all rooms"
}

// liveOutcome is how a live broadcast ended that the mixer has done with.
func (s *State) liveOutcome(b *Broadcast, c BroadcastOver) (outcome, reason string) {
	if c.Whole {
		return BroadcastPlayed, ReasonTimeLimit
	}
	reason = s.voiceless(b)
	if reason == "" && !c.Interrupted { // the mixer has lost the leg before the meeting has
		reason = reasonCallEnded
	}
	return BroadcastPlayed, reason // none: he has come to an end
}

// Why a live broadcast ended.
const (
	ReasonTimeLimit = "the time was up"   // it was as long as it may be
	ReasonTakenBack = "it was taken back" // before it had begun
	reasonCallEnded = "the call of who spoke has ended"
)

// releaseLive has the mixer end what is live, once that was decided.
func (m *Meeting) releaseLive(c Command) {
	if _, ok := c.(EndLive); ok && m.air.on != "" && !m.air.stopped {
		if b := m.state.Broadcasts[m.air.on]; b != nil && b.Live() && b.State == BroadcastPlaying {
			m.air.stopped = true
			m.mixer.Stop(m.id, m.air.on)
		}
	}
}
