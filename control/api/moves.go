package api

import (
	"context"

	"partyline/control"
)

// Moved is what a move came to.
type Moved struct {
	CommandID control.CommandID `json:"command_id" example:"cmd_abcdefghijklmnop" doc:"Names the command in the events."`
	Seq       uint64            `json:"seq" doc:"Sequence of the command's last event."`
	Outcomes  []Outcome         `json:"outcomes" nullable:"false" doc:"What it came to for each person."`
}

type moveOneInput struct {
	ParticipantPath
	Body RoomChoice
}

func (a *API) moveOne(ctx context.Context, in *moveOneInput) (*reply[Moved], error) {
	return a.move(ctx, in.Meeting, []control.ParticipantID{in.Participant}, in.Body.Room)
}

// Move is the request to move several people.
type Move struct {
	Participants []control.ParticipantID `json:"participants" minItems:"1" maxItems:"10000" uniqueItems:"true" doc:"Whom to move."`
	Room         control.RoomID          `json:"room" minLength:"1" maxLength:"64" example:"main" doc:"The room's id; main is the main room."`
}

type moveManyInput struct {
	MeetingPath
	Body Move
}

func (a *API) moveMany(ctx context.Context, in *moveManyInput) (*reply[Moved], error) {
	return a.move(ctx, in.Meeting, in.Body.Participants, in.Body.Room)
}

func (a *API) move(ctx context.Context, id control.MeetingID, who []control.ParticipantID, to control.RoomID) (*reply[Moved], error) {
	m, err := a.meeting(id)
	if err != nil {
		return nil, err
	}
	return run(ctx, a, m, command[Moved]{
		do: control.Move{Participants: who, Room: to},
		answer: func(d done) Moved {
			return Moved{CommandID: d.command, Seq: d.seq(), Outcomes: outcomesOf(d.value)}
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
