package api

import (
	"context"
	"net/http"

	"partyline/control"
	"partyline/control/access"
)

func (a *API) undoRoutes(r routes) {
	undo := op(http.MethodPost, "/v1/meetings/{meeting}/undo", "undo-command", "participants", "Put back everybody whom a command moved or assigned")
	undo.Description = "Moves, assignments, start, shuffle, reset and undo itself can be undone, once, for an hour. Only who still is where the command put him goes back; " +
		"the outcomes say who is not: left, changed_since, room_gone, room_full. To undo a start also stops the breakouts."
	handle(r, needs(access.MeetingsWrite).speakers(), undo, a.undo)
}

// Undo is the request to take a command back.
type Undo struct {
	Command control.CommandID `json:"command_id" minLength:"1" maxLength:"64" example:"cmd_abcdefghijklmnop" doc:"The command, as its answer and its events name it."`
}

type undoInput struct {
	MeetingPath
	Body Undo
}

func (a *API) undo(ctx context.Context, in *undoInput) (*reply[Bulk], error) {
	m, err := a.meeting(in.Meeting)
	if err != nil {
		return nil, err
	}
	events, at, err := m.History(ctx, in.Body.Command)
	if err != nil {
		return nil, err
	}
	return a.bulk(ctx, in.Meeting, control.Undo{Command: in.Body.Command, Events: events, At: at}, nil)
}
