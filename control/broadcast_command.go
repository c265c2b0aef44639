package control

import "time"

// The commands about broadcasts.
type (
	// AddAudio is the fact that a recording was stored.
	AddAudio struct{ Audio Audio }
	// SendBroadcast plays a prompt, a recording or a text into rooms, one broadcast after the other. The value is a
	// [BroadcastID].
	SendBroadcast struct {
		ID         BroadcastID
		Prompt     string
		Audio      AudioID
		Text       string
		Language   string // of prompt and text; empty: that of the meeting
		Priority   string // empty: [PriorityNormal]
		PhonesOnly bool
		Rooms      []RoomID      // empty: all
		By         ParticipantID // a participant who broadcasts himself; empty: the API
	}
	// CancelBroadcast takes one back that waits, or stops one that is being played.
	CancelBroadcast struct{ ID BroadcastID }
	// BroadcastBegan is the fact that a broadcast is being played.
	BroadcastBegan struct {
		ID         BroadcastID
		Deliveries []Delivery // of the rooms that have legs
		Spoken     bool
		Failed     string // why it could not be played; empty: it is
	}
	// BroadcastOver is the fact that a broadcast is being played no more.
	BroadcastOver struct {
		ID          BroadcastID
		Deliveries  []Delivery // the rooms that took it up after its beginning too
		Whole       bool       // it was played to its end
		Interrupted bool       // it was stopped on the meeting's own account; set by the owner
	}
	// LoseBroadcasts is the fact that nothing that was ordered will be played any more.
	LoseBroadcasts struct{ Reason string }
)

func (AddAudio) command()        {}
func (SendBroadcast) command()   {}
func (CancelBroadcast) command() {}
func (BroadcastBegan) command()  {}
func (BroadcastOver) command()   {}
func (LoseBroadcasts) command()  {}

// decideBroadcasts decides them; ok is false if c is not one.
func decideBroadcasts(s *State, c Command, now time.Time) (events []Event, value any, ok bool, err error) {
	switch c := c.(type) {
	case AddAudio:
		events, value, err = decideAddAudio(s, c)
	case SendBroadcast:
		events, value, err = decideSendBroadcast(s, c, now)
	case CancelBroadcast:
		events, value, err = decideCancelBroadcast(s, c)
	case BroadcastBegan:
		events = decideBroadcastBegan(s, c)
	case BroadcastOver:
		events = decideBroadcastOver(s, c)
	case LoseBroadcasts:
		events = endBroadcasts(s, BroadcastFailed, c.Reason)
	default:
		return nil, nil, false, nil
	}
	return events, value, true, err
}
