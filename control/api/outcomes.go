package api

import (
	"context"
	"errors"
	"net/http"

	"partyline/control"
	"partyline/control/access"
)

func (a *API) outcomeRoutes(r routes) {
	read := op(http.MethodGet, "/v1/meetings/{meeting}/commands/{command_id}/outcomes", "list-outcomes", "participants", "Read what a command came to for each person")
	read.Description = "Every command about many people keeps its outcomes for 24 hours: start, stop, reset, shuffle, move, admit, assign, undo, deleting a room, " +
		"making rooms with a distribution, and imports. Events carry its command_id, and counts instead of people where those are many."
	handle(r, needs(access.MeetingsRead).speakers(), read, a.listOutcomes)
}

// outcomesShown is how many people the answer to a command names; the others are read page by page.
const outcomesShown = 100

// Outcome says what a command came to for one person.
type Outcome struct {
	Participant control.ParticipantID `json:"participant" example:"par_abcdefghijklmnop" doc:"Whom it is about."`
	Outcome     string                `json:"outcome" enum:"moved,assigned,unassigned,unchanged,not_present,left,no_phone_breakouts,room_full,locked,changed_since,room_gone,added,joined,waiting,edited,newer" doc:"What it came to. assigned, unassigned: and not moved; not_present: he has not come yet; left: he was here, and has left; no_phone_breakouts: callers stay in the main room; locked: every room is; changed_since, room_gone: why an undo left him where he is; added, joined, waiting (in the lobby), edited, newer: of a list of the web."`
	Room        control.RoomID        `json:"room,omitempty" example:"main" doc:"The room he is in, or belongs to, now."`
}

// OutcomePage is embedded in the answers of commands about many people: the first of them.
type OutcomePage struct {
	Counts     map[string]int `json:"counts" example:"{\"moved\":118,\"not_present\":2}" doc:"How many people had each outcome."`
	Outcomes   []Outcome      `json:"outcomes" nullable:"false" doc:"What it came to for each person: the first 100 people."`
	NextCursor string         `json:"next_cursor,omitempty" doc:"Read the others with it, under the command's outcomes; absent: these are all."`
}

// outcomePage makes the page out of a command's value.
func outcomePage(value any) OutcomePage {
	people, _ := value.(control.Outcomes)
	if made, ok := value.(control.CreatedRooms); ok {
		people = made.Outcomes
	}
	counts := map[string]int{}
	for _, o := range people {
		counts[o.Outcome]++
	}
	page, _ := pageOfOutcomes(PageQuery{Limit: outcomesShown}, people) // without a cursor there is no fault
	return OutcomePage{Counts: counts, Outcomes: page.Body.Items, NextCursor: page.Body.NextCursor}
}

func pageOfOutcomes(q PageQuery, people control.Outcomes) (*list[Outcome], error) {
	ids, by := make([]control.ParticipantID, len(people)), make(map[control.ParticipantID]Outcome, len(people))
	for i, o := range people {
		ids[i] = o.Participant
		by[o.Participant] = Outcome{Participant: o.Participant, Outcome: o.Outcome, Room: o.Room}
	}
	return pageOf(q, ids, func(id control.ParticipantID) Outcome { return by[id] })
}

type listOutcomesInput struct {
	MeetingPath
	Command control.CommandID `path:"command_id" maxLength:"64" example:"cmd_abcdefghijklmnop" doc:"As the command's answer and its events name it."`
	PageQuery
}

func (a *API) listOutcomes(ctx context.Context, in *listOutcomesInput) (*list[Outcome], error) {
	if _, err := a.meeting(in.Meeting); err != nil {
		return nil, err
	}
	kept, err := a.opt.Store.CommandOutcome(ctx, in.Meeting, in.Command)
	switch {
	case errors.Is(err, control.ErrNoOutcome):
		return nil, errNoOutcomes()
	case err != nil:
		a.opt.Logger.Warn("outcomes cannot be read", "meeting", string(in.Meeting), "err", err)
		return nil, control.Errorf(control.CodeStore, "the store does not answer")
	}
	people, ok := control.ReadOutcomes(kept.Result)
	if !ok {
		return nil, errNoOutcomes()
	}
	return pageOfOutcomes(in.PageQuery, people)
}

func errNoOutcomes() error {
	return &control.Error{
		Code: control.CodeNotFound, Field: "command_id", Message: "no outcomes are kept of such a command of this meeting",
		Hint: "they are kept for 24 hours, of commands about many people",
	}
}
