package api

import (
	"context"
	"net/http"

	"partyline/control"
	"partyline/control/access"
)

func (a *API) participantRoutes(r routes) {
	const all, one = "/v1/meetings/{meeting}/participants", "/v1/meetings/{meeting}/participants/{participant}"
	const tag = "participants"
	handle(r, needs(access.MeetingsRead).everyone(), op(http.MethodGet, all, "list-participants", tag, "List the participants"), a.listParticipants)
	add := op(http.MethodPost, all, "add-participant", tag, "Put somebody on the roster, or present on the web")
	add.DefaultStatus = http.StatusCreated
	handle(r, needs(access.MeetingsWrite).speakers(), add, a.addParticipant)
	sync := op(http.MethodPut, all, "sync-web", tag, "Say who is on the web: the whole list")
	sync.Description, sync.Metadata = syncDescription, map[string]any{bodyLimit: int64(listBody)}
	handle(r, needs(access.MeetingsWrite), sync, a.syncWeb)
	handle(r, needs(access.MeetingsRead).everyone(), op(http.MethodGet, one, "get-participant", tag, "Read a participant"), a.getParticipant)
	handle(r, needs(access.MeetingsWrite).own(), op(http.MethodPatch, one, "change-participant", tag, "Change who somebody is, what he may do and how he is heard"), a.changeParticipant)
	handle(r, needs(access.MeetingsWrite).speakers(), op(http.MethodDelete, one, "remove-participant", tag, "Take somebody out of the meeting: he is told, and his calls end"), a.removeParticipant)
	handle(r, needs(access.MeetingsWrite), op(http.MethodPost, one+"/presence", "set-presence", tag, "Say that somebody is on the web now, or no longer"), a.setPresence)
	merge := op(http.MethodPost, one+"/merge", "merge-participants", tag, "Make one person of two: a caller and who he is on the web")
	merge.Description = mergeDescription
	handle(r, needs(access.MeetingsWrite).speakers(), merge, a.mergeParticipants)
	split := op(http.MethodPost, one+"/split", "split-participant", tag, "Make two of one person again")
	split.Description = splitDescription
	handle(r, needs(access.MeetingsWrite).speakers(), split, a.splitParticipant)
	a.recordedNameRoutes(r, one+"/recorded-name", tag)
	handle(r, needs(access.MeetingsWrite).own(), op(http.MethodGet, one+"/pin", "get-pin", tag, "Read somebody's PIN"), a.getPIN)
	handle(r, needs(access.MeetingsWrite).speakers(), op(http.MethodGet, "/v1/meetings/{meeting}/pins", "list-pins", tag, "List the PINs of those who have one"), a.listPINs)
	phoneCode := op(http.MethodPost, one+"/phone-code", "issue-phone-code", tag, "Make a code by which somebody attaches his telephone")
	phoneCode.Description, phoneCode.DefaultStatus = phoneCodeDescription, http.StatusCreated
	handle(r, needs(access.MeetingsWrite).own(), phoneCode, a.issuePhoneCode)
	handle(r, needs(access.MeetingsWrite).speakers(), op(http.MethodPut, one+"/assignment", "assign-participant", tag, "Assign somebody to a room"), a.assign)
	handle(r, needs(access.MeetingsWrite).speakers(), op(http.MethodDelete, one+"/assignment", "unassign-participant", tag, "Take an assignment back"), a.unassign)
	handle(r, needs(access.MeetingsWrite).own(), op(http.MethodPost, one+"/move", "move-participant", tag, "Move somebody now, whatever the assignment"), a.moveOne)
	handle(r, needs(access.MeetingsWrite).speakers(), op(http.MethodPost, one+"/floor", "give-floor", tag, "Give somebody the floor whose hand is up"), a.giveFloor)
	handle(r, needs(access.MeetingsWrite).speakers(), op(http.MethodPost, "/v1/meetings/{meeting}/move", "move-participants", tag, "Move several people now"), a.moveMany)
	handle(r, needs(access.MeetingsWrite).speakers(), op(http.MethodPost, "/v1/meetings/{meeting}/mute-all", "mute-all", tag, "Mute the audience"), a.muteAll)
	handle(r, needs(access.MeetingsWrite).speakers(), op(http.MethodPost, "/v1/meetings/{meeting}/release", "release", tag, "Let the audience speak again"), a.release)
}

// NewParticipant is a person to be put on the roster.
type NewParticipant struct {
	Name       string `json:"name" minLength:"1" maxLength:"64" example:"Ada Lovelace" doc:"What he is called."`
	Role       string `json:"role,omitempty" enum:"speaker,audience" default:"audience" doc:"What he may do."`
	Number     string `json:"number,omitempty" maxLength:"32" pattern:"^[+]?[0-9]*$" example:"+4930123417" doc:"His telephone number."`
	ExternalID string `json:"external_id,omitempty" maxLength:"128" example:"user-17" doc:"The control plane's own id, unique within the meeting."`
	FirstName  string `json:"first_name,omitempty" maxLength:"64" example:"Ada" doc:"His first name."`
	LastName   string `json:"last_name,omitempty" maxLength:"64" example:"Lovelace" doc:"His last name."`
	Email      string `json:"email,omitempty" maxLength:"254" example:"ada@example.org" doc:"Unique within the meeting; an import finds him by it."`
	RoomName   string `json:"room_name,omitempty" maxLength:"64" example:"Blue" doc:"Name of the room he is assigned to."`
	PIN        string `json:"pin,omitempty" pattern:"^([0-9]{6,12}|generate)$" patternDescription:"6 to 12 digits, or generate" example:"generate" doc:"His personal PIN, unique within the meeting; generate: six digits are drawn. It is shown in this answer then, and where PINs are read."`
	Web        bool   `json:"web,omitempty" doc:"He is present on the web now."`
}

func (n NewParticipant) command() control.NewParticipant {
	role := control.Role(n.Role)
	if role == "" {
		role = control.Audience
	}
	return control.NewParticipant{
		ID: control.NewID[control.ParticipantID]("par_"), Name: n.Name, Number: n.Number,
		ExternalID: n.ExternalID, FirstName: n.FirstName, LastName: n.LastName, Email: n.Email, PIN: n.PIN, Role: role, Room: n.RoomName, Web: n.Web,
	}
}

type addParticipantInput struct {
	MeetingPath
	Body NewParticipant
}

func (a *API) addParticipant(ctx context.Context, in *addParticipantInput) (*reply[Participant], error) {
	m, err := a.meeting(in.Meeting)
	if err != nil {
		return nil, err
	}
	return run(ctx, a, m, command[Participant]{
		do: control.AddParticipant{New: in.Body.command()},
		answer: func(d done) Participant {
			for _, e := range d.events {
				if e, ok := e.(control.ParticipantsAdded); ok && len(e.Participants) > 0 {
					v := addedParticipant(e.Participants[0], d.at)
					if in.Body.PIN == control.GeneratePIN {
						v.PIN = e.Participants[0].PIN
					}
					return v
				}
			}
			if id, ok := d.value.(control.ParticipantID); ok && d.before.Participants[id] != nil {
				return participantOf(d.before.Participants[id])
			}
			return Participant{}
		},
		location: func(p Participant) string {
			return "/v1/meetings/" + string(in.Meeting) + "/participants/" + string(p.ID)
		},
	})
}

// ParticipantPath is the path of one participant.
type ParticipantPath struct {
	MeetingPath
	Participant control.ParticipantID `path:"participant" example:"par_abcdefghijklmnop" doc:"The participant's id."`
}

type participantOutput struct {
	ETag string `header:"ETag" doc:"For If-Match."`
	Body Participant
}

func (a *API) getParticipant(ctx context.Context, in *ParticipantPath) (*participantOutput, error) {
	var out participantOutput
	err := a.read(ctx, in.Meeting, func(s *control.State) error {
		p := s.Participants[in.Participant]
		if p == nil {
			return notFound("participant")
		}
		who := callerOf(ctx)
		out.Body = who.sees(participantOf(p))
		if !who.audience() || who.self(p.ID) { // else what is not shown could be guessed from it
			out.ETag = participantETag(p)
		}
		return nil
	})
	return &out, err
}

type removeParticipantInput struct {
	ParticipantPath
	Conditional
}

func (a *API) removeParticipant(ctx context.Context, in *removeParticipantInput) (*struct{}, error) {
	m, err := a.meeting(in.Meeting)
	if err != nil {
		return nil, err
	}
	return nil, a.change(ctx, m, control.RemoveParticipant{Participant: in.Participant}, in.checkParticipant(in.Participant))
}

// RoomChoice names a room.
type RoomChoice struct {
	Room control.RoomID `json:"room" minLength:"1" maxLength:"64" example:"room_abcdefghijklmnop" doc:"The room's id; main is the main room."`
}

type assignInput struct {
	ParticipantPath
	Conditional
	Body RoomChoice
}

func (a *API) assign(ctx context.Context, in *assignInput) (*participantOutput, error) {
	return a.changeAndRead(ctx, &in.ParticipantPath,
		control.Assign{Participants: []control.ParticipantID{in.Participant}, Room: in.Body.Room}, in.checkPlan)
}

type unassignInput struct {
	ParticipantPath
	Conditional
}

func (a *API) unassign(ctx context.Context, in *unassignInput) (*participantOutput, error) {
	return a.changeAndRead(ctx, &in.ParticipantPath, control.Assign{Participants: []control.ParticipantID{in.Participant}}, in.checkPlan)
}
