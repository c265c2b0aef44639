package control

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
)

// draw fills the ids and seeds that a command needs and whoever gave it left out.
func draw(c Command) Command {
	switch c := c.(type) {
	case CreateMeeting:
		fill(&c.ID, "mtg_")
		c.Rooms, c.Roster = drawRooms(c.Rooms), drawPeople(c.Roster)
		drawRosterPINs(c)
		return c
	case CreateRooms:
		c.Rooms = drawRooms(c.Rooms)
		drawSeed(&c.Seed)
		return c
	case ImportPlan:
		return c.drawn()
	case AddParticipant:
		fill(&c.New.ID, "par_")
		return c
	case Join:
		fill(&c.Participant, "par_")
		return c
	case SyncWeb:
		c.People = slices.Clone(c.People)
		for i := range c.People {
			fill(&c.People[i].ID, "par_")
		}
		return c
	case SplitParticipant:
		fill(&c.ID, "par_")
		return c
	case StartBreakouts:
		drawSeed(&c.Seed)
		return c
	case ShuffleBreakouts:
		drawSeed(&c.Seed)
		return c
	case IssueToken:
		fill(&c.ID, "tok_")
		return c
	case AskHelp:
		fill(&c.ID, "help_")
		return c
	case SendBroadcast:
		fill(&c.ID, "bct_")
		return c
	case CallOut:
		fill(&c.ID, "call_")
		fill(&c.Leg, "leg_")
		fill(&c.New, "par_")
		return c
	case GoLive:
		fill(&c.ID, "bct_")
		return c
	}
	return c
}

func fill[T ~string](id *T, prefix string) {
	if *id == "" {
		*id = NewID[T](prefix)
	}
}

func drawSeed(seed *uint64) {
	if *seed == 0 {
		*seed = rand.Uint64()
	}
}

func drawRooms(rooms []NewRoom) []NewRoom {
	drawn := append([]NewRoom(nil), rooms...)
	for i := range drawn {
		fill(&drawn[i].ID, "room_")
	}
	return drawn
}

func drawPeople(people []NewParticipant) []NewParticipant {
	drawn := append([]NewParticipant(nil), people...)
	for i := range drawn {
		fill(&drawn[i].ID, "par_")
	}
	return drawn
}

// readValue reads the value of a command back from its stored outcome.
func readValue(c Command, data json.RawMessage) (any, error) {
	switch c.(type) {
	case CreateMeeting:
		return read[MeetingID](data)
	case CreateRooms:
		return read[CreatedRooms](data)
	case ImportPlan:
		return read[ImportResult](data)
	case AddParticipant, SplitParticipant:
		return read[ParticipantID](data)
	case Join:
		return read[Joined](data)
	case DeleteRoom, SyncWeb, Assign, Move, AdmitParticipants, StartBreakouts, StopBreakouts, ResetBreakouts, ShuffleBreakouts, ApplyPlan, ExtendBreakouts, Undo:
		return read[Outcomes](data)
	case IssueToken:
		return read[TokenID](data)
	case IssuePhoneCode:
		return read[PhoneCode](data)
	case AskHelp:
		return read[HelpID](data)
	case AddAudio:
		return read[AudioID](data)
	case SendBroadcast, GoLive:
		return read[BroadcastID](data)
	case CallOut:
		return read[CallID](data)
	}
	return nil, nil
}

func read[T any](data json.RawMessage) (any, error) {
	var v T
	if err := json.Unmarshal(data, &v); err != nil {
		return nil, fmt.Errorf("read a stored outcome: %w", err)
	}
	return v, nil
}
