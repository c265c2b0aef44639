package control

import "time"

type (
	// AudioAdded says that a recording was stored.
	AudioAdded struct {
		Audio Audio `json:"audio"`
	}
	// BroadcastSent says that a broadcast was ordered: it waits for its turn.
	BroadcastSent struct {
		ID         BroadcastID   `json:"id"`
		Prompt     string        `json:"prompt,omitempty"`
		Audio      AudioID       `json:"audio,omitempty"`
		Text       string        `json:"text,omitempty"`
		Language   string        `json:"language,omitempty"`
		Priority   string        `json:"priority,omitempty" enum:"normal,urgent" doc:"Absent: normal."`
		PhonesOnly bool          `json:"phones_only,omitempty" doc:"It is not meant for people on the web: do not show it to them."`
		By         ParticipantID `json:"by,omitempty"`
		Leg        LegID         `json:"leg,omitempty" doc:"It is live: what comes from this leg is heard as it is said. Absent: it is a prompt, a recording or a text."`
		LimitS     int           `json:"limit_s,omitempty" doc:"Of a live one: after how many seconds it ends by itself."`
		Rooms      int           `json:"rooms" doc:"In how many rooms there were legs."`
		RoomIDs    []RoomID      `json:"room_ids,omitempty" doc:"The rooms it is meant for; absent: all."`
	}
	// BroadcastStarted says that it is being played, in which rooms and to whom. What was interrupted starts again.
	BroadcastStarted struct {
		ID         BroadcastID `json:"id"`
		Deliveries []Delivery  `json:"deliveries" nullable:"false"`
		Spoken     bool        `json:"spoken,omitempty" doc:"The text is spoken; else callers hear that there is a message."`
	}
	// BroadcastEnded carries the receipts of all rooms as they are to be kept.
	BroadcastEnded struct {
		ID         BroadcastID `json:"id"`
		Outcome    string      `json:"outcome" enum:"played,cancelled,failed,interrupted" doc:"interrupted: by an urgent one; it is queued again."`
		Reason     string      `json:"reason,omitempty" doc:"Why, if that is not plain."`
		Deliveries []Delivery  `json:"deliveries,omitempty"`
	}
	// BroadcastDelivered is of logs that were written before there were BroadcastStarted and BroadcastEnded.
	BroadcastDelivered struct {
		ID         BroadcastID `json:"id"`
		Deliveries []Delivery  `json:"deliveries"`
		Failed     string      `json:"failed,omitempty"`
	}
)

// Type implements [Event].
func (AudioAdded) Type() string { return "audio.added" }

// Type implements [Event].
func (BroadcastSent) Type() string { return "broadcast.sent" }

// Type implements [Event].
func (BroadcastStarted) Type() string { return "broadcast.started" }

// Type implements [Event].
func (BroadcastEnded) Type() string { return "broadcast.ended" }

// Type implements [Event].
func (BroadcastDelivered) Type() string { return "broadcast.delivered" }

func applyBroadcasts(s *State, e Event, at time.Time) {
	switch e := e.(type) {
	case AudioAdded:
		s.Audio[e.Audio.ID] = e.Audio
	case BroadcastSent:
		s.remember(&Broadcast{
			ID: e.ID, Prompt: e.Prompt, Audio: e.Audio, Text: e.Text, Language: e.Language, Urgent: e.Priority == PriorityUrgent,
			PhonesOnly: e.PhonesOnly, Rooms: e.RoomIDs, At: at, By: string(e.By), State: BroadcastQueued,
			Leg: e.Leg, LimitS: e.LimitS,
		})
	case BroadcastStarted:
		if b := s.Broadcasts[e.ID]; b != nil {
			b.State, b.BeganAt, b.Deliveries, b.Spoken = BroadcastPlaying, at, e.Deliveries, e.Spoken
		}
	case BroadcastEnded:
		if b := s.Broadcasts[e.ID]; b != nil {
			b.end(e, at)
		}
	case BroadcastDelivered:
		if b := s.Broadcasts[e.ID]; b != nil {
			b.Deliveries, b.Failed, b.State = e.Deliveries, e.Failed, BroadcastPlayed
			if e.Failed != "" {
				b.State = BroadcastFailed
			}
		}
	}
}

func (b *Broadcast) end(e BroadcastEnded, at time.Time) {
	if e.Outcome == BroadcastInterrupted {
		b.State, b.BeganAt, b.Deliveries = BroadcastQueued, time.Time{}, nil
		return
	}
	b.State, b.EndedAt, b.Deliveries, b.Failed = e.Outcome, at, e.Deliveries, e.Reason
}
