package api

import (
	"context"

	"partyline/control"
)

// giveFloor answers with the participant as he is then.
func (a *API) giveFloor(ctx context.Context, in *ParticipantPath) (*reply[Participant], error) {
	by := callerOf(ctx).token.Participant
	return a.participantCommand(ctx, in, control.GiveFloor{Participant: in.Participant, By: by})
}
