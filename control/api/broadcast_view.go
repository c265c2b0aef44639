package api

import (
	"time"

	"partyline/control"
)

// Broadcast is one message played into rooms.
type Broadcast struct {
	ID         control.BroadcastID `json:"id" example:"bct_abcdefghijklmnop" doc:"Opaque id."`
	Kind       string              `json:"kind" enum:"prompt,audio,text,live" doc:"What is heard. live: what a speaker says on his telephone, as he says it."`
	Prompt     string              `json:"prompt,omitempty" example:"please_return" doc:"The prompt that is played, or"`
	Audio      control.AudioID     `json:"audio,omitempty" example:"aud_abcdefghijklmnop" doc:"the uploaded recording, or"`
	Text       string              `json:"text,omitempty" example:"Please come back at three." doc:"the text that is spoken."`
	Language   string              `json:"language,omitempty" example:"en" doc:"Language of prompt or text."`
	Priority   string              `json:"priority" enum:"normal,urgent" doc:"urgent: goes first, and interrupts a normal one."`
	Rooms      []control.RoomID    `json:"rooms,omitempty" example:"[\"main\"]" doc:"The rooms it is meant for; absent: all."`
	PhonesOnly bool                `json:"phones_only" doc:"Telephones alone hear it, and people on the web are not counted as told: do not show it to them."`
	Limit      int                 `json:"limit_s,omitempty" example:"300" doc:"Of a live one: after how many seconds it ends by itself."`
	State      string              `json:"state" enum:"queued,playing,played,cancelled,failed" doc:"queued: it waits for its turn."`
	Failed     string              `json:"failed,omitempty" example:"the bridge was restarted" doc:"Why it failed, was cancelled, or ended if it was live, if that is not plain."`
	Spoken     *bool               `json:"spoken,omitempty" doc:"Of a text that has begun: whether callers hear it spoken; else they hear a tone and that there is a message."`
	SentAt     time.Time           `json:"sent_at" doc:"When it was ordered."`
	BeganAt    *time.Time          `json:"began_at,omitempty" doc:"When it began to be played."`
	EndedAt    *time.Time          `json:"ended_at,omitempty" doc:"When it was over."`
	By         string              `json:"by,omitempty" doc:"The participant who broadcasts, by telephone or API; absent: an API client did."`
	Deliveries []Delivery          `json:"deliveries" nullable:"false" doc:"The receipt of each room; empty while queued."`
}

// Delivery says how a broadcast reached one room.
type Delivery struct {
	Room      control.RoomID `json:"room" example:"main" doc:"The room."`
	Listeners int            `json:"listeners" doc:"How many legs heard it begin there; where nobody was then, how many came first."`
	Tick      int64          `json:"tick" doc:"The mixer's tick at which it began in this room; 0: no leg was there."`
	Web       int            `json:"web" doc:"How many people of the room are on the web, and told by the event."`
	Outcome   string         `json:"outcome" enum:"playing,played,cancelled,failed,emptied,room_deleted,nobody" doc:"How it ended in this room. emptied: no leg was left to hear the end; nobody: no leg was there at all."`
}

func broadcastOf(b *control.Broadcast) Broadcast {
	v := Broadcast{
		ID: b.ID, Prompt: b.Prompt, Audio: b.Audio, Text: b.Text, Language: b.Language, Priority: control.PriorityNormal,
		Kind: kindOf(b), Limit: b.LimitS, Rooms: b.Rooms, PhonesOnly: b.PhonesOnly, State: b.State, Failed: b.Failed,
		SentAt: b.At.UTC(), BeganAt: timeOf(b.BeganAt), EndedAt: timeOf(b.EndedAt), By: b.By,
		Deliveries: make([]Delivery, 0, len(b.Deliveries)),
	}
	if b.Urgent {
		v.Priority = control.PriorityUrgent
	}
	if b.Text != "" && !b.BeganAt.IsZero() {
		v.Spoken = &b.Spoken
	}
	for _, d := range b.Deliveries {
		outcome := d.Outcome
		if outcome == "" { // of a log that was written before receipts had one
			outcome = control.BroadcastPlayed
		}
		v.Deliveries = append(v.Deliveries, Delivery{Room: d.Room, Listeners: d.Listeners, Tick: d.Tick, Web: d.Web, Outcome: outcome})
	}
	return v
}

func kindOf(b *control.Broadcast) string {
	switch {
	case b.Live():
		return "live"
	case b.Audio != "":
		return "audio"
	case b.Prompt != "":
		return "prompt"
	}
	return "text"
}

// liveBroadcasts are those that wait or are being played, the oldest first.
func liveBroadcasts(s *control.State) []Broadcast {
	list := []Broadcast{}
	for _, id := range s.BroadcastLog {
		if b := s.Broadcasts[id]; b.State == control.BroadcastQueued || b.State == control.BroadcastPlaying {
			list = append(list, broadcastOf(b))
		}
	}
	return list
}

// NewBroadcast is the request for a broadcast: exactly one of prompt, audio and text, and how it is to be played.
type NewBroadcast struct {
	Text       string                `json:"text,omitempty" maxLength:"2000" example:"Please come back at three." doc:"Text to be spoken, and to be shown to people on the web. If this bridge has no speech, callers hear a tone and that there is a message."`
	Prompt     string                `json:"prompt,omitempty" maxLength:"64" example:"please_return" doc:"Name of a prompt of the catalogue."`
	Audio      control.AudioID       `json:"audio,omitempty" maxLength:"64" example:"aud_abcdefghijklmnop" doc:"Id of an uploaded recording."`
	Language   string                `json:"language,omitempty" maxLength:"24" example:"en" doc:"Language of prompt or text; absent: that of the meeting. A prompt that there is not in this language is said in English."`
	Priority   string                `json:"priority,omitempty" enum:"normal,urgent" doc:"urgent: goes first, and interrupts a normal one, which is played again afterwards; absent: normal."`
	Rooms      []control.RoomID      `json:"rooms,omitempty" minItems:"1" maxItems:"301" uniqueItems:"true" example:"[\"main\"]" doc:"The rooms it is meant for; absent: all."`
	PhonesOnly bool                  `json:"phones_only,omitempty" doc:"Telephones alone hear it; legs of browsers and links to web meetings do not."`
	By         control.ParticipantID `json:"by,omitempty" maxLength:"64" example:"par_abcdefghijklmnop" doc:"Who broadcasts: a speaker, or anybody with the option everyone_broadcasts; absent: the API client."`
}

func (n NewBroadcast) command() control.SendBroadcast {
	return control.SendBroadcast{
		ID:   control.NewID[control.BroadcastID]("bct_"),
		Text: n.Text, Prompt: n.Prompt, Audio: n.Audio, Language: n.Language, Priority: n.Priority,
		PhonesOnly: n.PhonesOnly, Rooms: n.Rooms, By: n.By,
	}
}

// check says what is wrong with a request that only this bridge can know.
func (n NewBroadcast) check(hasPrompt func(string) bool) error {
	if n.Prompt != "" && hasPrompt != nil && !hasPrompt(n.Prompt) {
		return control.Invalid("prompt", "take the name of a prompt of the catalogue", "there is no such prompt")
	}
	return nil
}
