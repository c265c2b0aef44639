package api

import (
	"context"

	"partyline/control"
)

// Moved is what a move came to.
type Moved struct {
	CommandID control.CommandID `json:"command_id" example:"cmd_abcdefghijklmnop" doc:"Names the command in the events."`
	Seq       uint64            `json:"seq" doc:"Sequence of the command's last event."`
	OutcomePage
}

// MoveOne is the request to move somebody.
type MoveOne struct {
	RoomChoice
	Listening
}

// Listening is embedded in requests to move people.
type Listening struct {
	ListenOnly bool `json:"listen_only,omitempty" doc:"They hear the room and are not heard there, until they move again."`
}

type moveOneInput struct {
	ParticipantPath
	Body MoveOne
}

func (a *API) moveOne(ctx context.Context, in *moveOneInput) (*reply[Moved], error) {
	return a.move(ctx, in.Meeting, control.Move{
		Participants: []control.ParticipantID{in.Participant}, Room: in.Body.Room, ListenOnly: in.Body.ListenOnly, Self: callerOf(ctx).self(in.Participant),
	})
}

// Move is the request to move several people.
type Move struct {
	Participants []control.ParticipantID `json:"participants" minItems:"1" maxItems:"10000" uniqueItems:"true" doc:"Whom to move."`
	Room         control.RoomID          `json:"room" minLength:"1" maxLength:"64" example:"main" doc:"The room's id; main is the main room."`
	Listening
}

type moveManyInput struct {
	MeetingPath
	Body Move
}

func (a *API) moveMany(ctx context.Context, in *moveManyInput) (*reply[Moved], error) {
	return a.move(ctx, in.Meeting, control.Move{Participants: in.Body.Participants, Room: in.Body.Room, ListenOnly: in.Body.ListenOnly})
}

func (a *API) move(ctx context.Context, id control.MeetingID, c control.Move) (*reply[Moved], error) {
	m, err := a.meeting(id)
	if err != nil {
		return nil, err
	}
	return run(ctx, a, m, command[Moved]{
		do: c,
		answer: func(d done) Moved {
			return Moved{CommandID: d.command, Seq: d.seq(), OutcomePage: outcomePage(d.value)}
		},
	})
}

// MuteAll says who is to be left out.
type MuteAll struct {
	Except []control.ParticipantID `json:"except,omitempty" maxItems:"10000" uniqueItems:"true" doc:"Who stay as they are."`
}

type muteAllInput struct {
	MeetingPath
	Body *MuteAll `required:"false"`
}

func (a *API) muteAll(ctx context.Context, in *muteAllInput) (*reply[Meeting], error) {
	mute := control.MuteAll{Muted: true}
	if in.Body != nil {
		mute.Except = in.Body.Except
	}
	return a.meetingCommand(ctx, in.Meeting, mute)
}

func (a *API) release(ctx context.Context, in *meetingAction) (*reply[Meeting], error) {
	return a.meetingCommand(ctx, in.Meeting, control.MuteAll{})
}
