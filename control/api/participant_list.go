package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"partyline/control"
)

type listParticipantsInput struct {
	MeetingPath
	PageQuery
	Room        control.RoomID `query:"room" maxLength:"64" doc:"Only those who are in this room now."`
	Present     bool           `query:"present" doc:"Only those who are in the meeting now."`
	Place       string         `query:"place" enum:"absent,attendant,lobby,room" doc:"Only those who are at such a place now."`
	Role        string         `query:"role" enum:"speaker,audience" doc:"Only speakers, or only the audience."`
	Query       string         `query:"q" maxLength:"64" example:"love" doc:"Only those whose name or email has this in it, whatever the case."`
	ExternalID  string         `query:"external_id" maxLength:"128" example:"user-17" doc:"Only the one whom the control plane knows by this id."`
	IfNoneMatch string         `header:"If-None-Match" maxLength:"1000" doc:"Answer 304 if the meeting is still as it was when the list had this ETag."`
}

type participantList struct {
	Status int
	ETag   string `header:"ETag" doc:"For If-None-Match; it changes with every event of the meeting."`
	Body   Page[Participant]
}

func (a *API) listParticipants(ctx context.Context, in *listParticipantsInput) (*participantList, error) {
	out := &participantList{Status: http.StatusOK}
	err := a.read(ctx, in.Meeting, func(s *control.State) error {
		if in.Room != "" && !s.HasRoom(in.Room) {
			return notFound("room")
		}
		out.ETag = fmt.Sprintf(`W/"%d"`, s.Seq)
		if noneMatch(in.IfNoneMatch, out.ETag) {
			out.Status = http.StatusNotModified
			return nil
		}
		return in.page(s, callerOf(ctx), &out.Body)
	})
	return out, err
}

// noneMatch says whether a client has what the ETag names (RFC 9110 §13.1.2).
func noneMatch(header, etag string) bool {
	for have := range strings.SplitSeq(header, ",") {
		if have = strings.TrimSpace(have); have == "*" || have == etag {
			return true
		}
	}
	return false
}

// page is the next page of those who are asked for. It stands by the order of the roster, so that nobody is missed
// or comes twice while people come and go.
func (in *listParticipantsInput) page(s *control.State, who caller, out *Page[Participant]) error {
	c, err := parseCursor(in.Cursor)
	if err != nil {
		return err
	}
	out.Items = make([]Participant, 0, min(in.Limit, len(s.Order)))
	wanted, last, start := in.filter(who), cursor{}, startOf(c, s.Order)
	for i, id := range s.Order[start:] {
		p := s.Participants[id]
		if !wanted(p) {
			continue
		}
		if len(out.Items) == in.Limit {
			out.NextCursor = last.String()
			return nil
		}
		out.Items = append(out.Items, who.sees(participantOf(p)))
		last = cursor{N: start + i, ID: string(id)}
	}
	return nil
}

func (in *listParticipantsInput) filter(who caller) func(p *control.Participant) bool {
	named := control.Search(in.Query)
	return func(p *control.Participant) bool {
		switch {
		case in.Present && !p.Present(), in.Room != "" && p.Location.Room != in.Room:
			return false
		case in.Place != "" && string(p.Location.Place) != in.Place, in.Role != "" && string(p.Role) != in.Role:
			return false
		case in.ExternalID != "" && (p.ExternalID != in.ExternalID || who.sees(participantOf(p)).ExternalID == ""):
			return false
		}
		return named(p.Name) || p.Email != "" && (!who.audience() || who.self(p.ID)) && named(p.Email)
	}
}
