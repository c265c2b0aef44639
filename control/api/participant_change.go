package api

import (
	"context"

	"partyline/control"
)

// ParticipantChange sets what is named.
type ParticipantChange struct {
	Name       *string `json:"name,omitempty" minLength:"1" maxLength:"64" example:"Ada Lovelace" doc:"What he is called. Without first_name and last_name it leaves him without them."`
	Role       *string `json:"role,omitempty" enum:"speaker,audience" doc:"What he may do, from now on."`
	Muted      *bool   `json:"muted,omitempty" doc:"Mute him as an admin, or take that back."`
	GainDB     *int    `json:"gain_db,omitempty" minimum:"-20" maximum:"20" doc:"How much louder others hear him."`
	ListenGain *int    `json:"listen_gain_db,omitempty" minimum:"-20" maximum:"20" doc:"How much louder he hears everything, on his telephone."`
	Language   *string `json:"language,omitempty" maxLength:"24" pattern:"^[a-zA-Z0-9-]*$" example:"de" doc:"The language that he is told things in, on his telephone; empty takes it back: the meeting's."`
	Hand       *bool   `json:"hand,omitempty" doc:"Raise or lower his hand."`
	FirstName  *string `json:"first_name,omitempty" maxLength:"64" example:"Ada" doc:"His first name; empty takes it back. A name that is made of first and last name follows."`
	LastName   *string `json:"last_name,omitempty" maxLength:"64" example:"Lovelace" doc:"His last name; empty takes it back."`
	Email      *string `json:"email,omitempty" maxLength:"254" example:"ada@example.org" doc:"Unique within the meeting; empty takes it back."`
	Number     *string `json:"number,omitempty" maxLength:"32" pattern:"^[+]?[0-9]*$" example:"+4930123417" doc:"His telephone number, by which he is known when he calls if the meeting has identify_by_number; empty takes it back."`
	ExternalID *string `json:"external_id,omitempty" maxLength:"128" example:"user-17" doc:"The control plane's own id, unique within the meeting; empty takes it back."`
	PIN        *string `json:"pin,omitempty" pattern:"^([0-9]{6,12}|generate)?$" patternDescription:"6 to 12 digits, or generate" example:"generate" doc:"His personal PIN, unique within the meeting; generate: six digits are drawn; empty takes it back. It is shown in this answer then, and where PINs are read."`
}

func (c ParticipantChange) command(id control.ParticipantID) control.ChangeParticipant {
	change := control.ChangeParticipant{
		Participant: id, Name: c.Name, Muted: c.Muted, GainDB: c.GainDB, ListenGain: c.ListenGain, Language: c.Language, Hand: c.Hand, FirstName: c.FirstName,
		LastName: c.LastName, Email: c.Email, Number: c.Number, ExternalID: c.ExternalID, PIN: c.PIN,
	}
	if c.Role != nil {
		change.Role = new(control.Role(*c.Role))
	}
	return change
}

type changeParticipantInput struct {
	ParticipantPath
	Conditional
	Body ParticipantChange
}

func (a *API) changeParticipant(ctx context.Context, in *changeParticipantInput) (*participantOutput, error) {
	m, err := a.meeting(in.Meeting)
	if err != nil {
		return nil, err
	}
	who := callerOf(ctx)
	if err := who.mayChange(in.Body); err != nil {
		return nil, err
	}
	change := in.Body.command(in.Participant)
	change.Self = who.self(in.Participant)
	if err := a.change(ctx, m, change, in.checkParticipant(in.Participant)); err != nil {
		return nil, err
	}
	out, err := a.getParticipant(ctx, &in.ParticipantPath)
	if err == nil && in.Body.PIN != nil && *in.Body.PIN == control.GeneratePIN {
		drawn, err := a.getPIN(ctx, &in.ParticipantPath)
		if err != nil {
			return nil, err
		}
		out.Body.PIN = drawn.Body.PIN
	}
	return out, err
}

// changeAndRead has a command done and answers with the participant as he is then.
func (a *API) changeAndRead(ctx context.Context, in *ParticipantPath, c control.Command, check func(*control.State) error) (*participantOutput, error) {
	m, err := a.meeting(in.Meeting)
	if err != nil {
		return nil, err
	}
	if err := a.change(ctx, m, c, check); err != nil {
		return nil, err
	}
	return a.getParticipant(ctx, in)
}

// participantETag is that of what can be edited. What is not shown is not in it, or it could be guessed from it.
func participantETag(p *control.Participant) string {
	v := participantOf(p)
	v.Location, v.Assignment, v.Legs, v.Web, v.Muted, v.HandRaisedAt, v.JoinedAt = Location{}, "", nil, false, false, nil, nil
	v.ListenGainDB = 0 // his own doing, as his mute is
	v.Language = ""    // so is this
	v.RecordedName = nil
	v.ListenOnly = false // his moves', as the location is
	return etagOf(v)
}

// checkParticipant asks, on the owner, whether If-Match fits.
func (m Conditional) checkParticipant(id control.ParticipantID) func(*control.State) error {
	return func(s *control.State) error {
		p := s.Participants[id]
		if p == nil {
			return notFound("participant")
		}
		return m.check(participantETag(p), participantOf(p))
	}
}

// mayChange lets the audience change of themselves what a telephone could, and the name.
func (c caller) mayChange(change ParticipantChange) error {
	if !c.audience() {
		return nil
	}
	change.Name, change.Muted, change.Hand, change.ListenGain, change.Language = nil, nil, nil, nil, nil
	if change != (ParticipantChange{}) {
		return &control.Error{Code: control.CodeForbidden, Message: "the audience changes no more of themselves than name, muted, hand, language and listen_gain_db", Hint: "leave the other fields out"}
	}
	return nil
}
