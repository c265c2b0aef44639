package api

import (
	"context"

	"partyline/control"
)

const (
	mergeDescription = "The participant of the path stays: his name, email, ids, role and room count, and the other's fill what he has not got. The other's " +
		"legs come to his room at once, and the other is no longer in the list. Both must be in a room, and only one of them on the web. " +
		"One who is on the web too is no caller by telephone alone: with phone_breakouts off he still takes part, and his telephone with him."
	splitDescription = "Undoes a merge: who was merged is himself again, with the id he had. A leg that no merge has brought becomes a caller who is not known. " +
		"Without a body all legs of somebody who is on the web are split off. Everybody stays in the room; the answer is the one who is on his own now."
)

// Merge says who is to be one with a participant.
type Merge struct {
	Participant control.ParticipantID `json:"participant" minLength:"1" maxLength:"64" example:"par_abcdefghijklmnop" doc:"Who is the same person; he goes off the list."`
}

type mergeInput struct {
	ParticipantPath
	Body Merge
}

func (a *API) mergeParticipants(ctx context.Context, in *mergeInput) (*reply[Participant], error) {
	return a.participantCommand(ctx, &in.ParticipantPath,
		control.MergeParticipants{Participant: in.Participant, Other: in.Body.Participant}, in.Body.Participant)
}

// Split says what of a participant is to be on its own.
type Split struct {
	Legs []control.LegID `json:"legs,omitempty" maxItems:"100" uniqueItems:"true" example:"[\"leg_abcdefghijklmnop\"]" doc:"Legs of the participant. Absent, and web too: all of them."`
	Web  bool            `json:"web,omitempty" doc:"His presence on the web goes; only if it came by a merge."`
}

type splitInput struct {
	ParticipantPath
	Body *Split `required:"false"`
}

func (a *API) splitParticipant(ctx context.Context, in *splitInput) (*reply[Participant], error) {
	m, err := a.meeting(in.Meeting)
	if err != nil {
		return nil, err
	}
	split := control.SplitParticipant{Participant: in.Participant}
	if in.Body != nil {
		split.Legs, split.Web = in.Body.Legs, in.Body.Web
	}
	return run(ctx, a, m, command[Participant]{
		do: split,
		answer: func(d done) Participant {
			id, _ := d.value.(control.ParticipantID)
			return participantOf(d.before.Preview(d.events, d.at, in.Participant)[id])
		},
		location: func(p Participant) string {
			return "/v1/meetings/" + string(in.Meeting) + "/participants/" + string(p.ID)
		},
	})
}
