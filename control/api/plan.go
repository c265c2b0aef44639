package api

import (
	"context"
	"net/http"

	"partyline/control"
	"partyline/control/access"
)

func (a *API) planRoutes(r routes) {
	const path, tag = "/v1/meetings/{meeting}/assignments", "breakouts"
	read := op(http.MethodGet, path, "list-assignments", tag, "Read the plan: who belongs to which room")
	read.Description = "Its ETag is that of the whole plan: with If-Match, start, shuffle, reset and every assignment are done only if nobody has changed the plan meanwhile."
	handle(r, needs(access.MeetingsRead).everyone(), read, a.listAssignments)
	handle(r, needs(access.MeetingsWrite).speakers(), op(http.MethodPost, path, "assign-participants", tag, "Assign several people to a room, or to none"), a.assignMany)
}

// PlanEntry is one assignment.
type PlanEntry struct {
	Participant control.ParticipantID `json:"participant" example:"par_abcdefghijklmnop" doc:"Who."`
	Room        control.RoomID        `json:"room" example:"room_abcdefghijklmnop" doc:"The room he belongs to."`
}

type planOutput struct {
	ETag string `header:"ETag" doc:"Of the whole plan. For If-Match."`
	Body Page[PlanEntry]
}

// assigned are those who belong to a room.
func assigned(s *control.State) []control.ParticipantID {
	ids := make([]control.ParticipantID, 0, len(s.Order))
	for _, id := range s.Order {
		if s.Participants[id].Assignment != "" {
			ids = append(ids, id)
		}
	}
	return ids
}

func planPage(s *control.State, q PageQuery) (*list[PlanEntry], error) {
	return pageOf(q, assigned(s), func(id control.ParticipantID) PlanEntry {
		return PlanEntry{Participant: id, Room: s.Participants[id].Assignment}
	})
}

func planETag(s *control.State) string {
	all := make([]PlanEntry, 0, len(s.Order))
	for _, id := range assigned(s) {
		all = append(all, PlanEntry{Participant: id, Room: s.Participants[id].Assignment})
	}
	return etagOf(all)
}

type listAssignmentsInput struct {
	MeetingPath
	PageQuery
}

func (a *API) listAssignments(ctx context.Context, in *listAssignmentsInput) (*planOutput, error) {
	var out planOutput
	err := a.read(ctx, in.Meeting, func(s *control.State) error {
		page, err := planPage(s, in.PageQuery)
		if err == nil {
			out = planOutput{ETag: planETag(s), Body: page.Body}
		}
		return err
	})
	return &out, err
}

// checkPlan asks, on the owner, whether If-Match fits the plan. What is current is its first page.
func (m Conditional) checkPlan(s *control.State) error {
	if m.IfMatch == "" {
		return nil // the ETag of a large plan is not for nothing
	}
	page, err := planPage(s, PageQuery{Limit: outcomesShown})
	if err != nil {
		return err
	}
	return m.check(planETag(s), page.Body)
}

// AssignMany is the request to assign several people.
type AssignMany struct {
	Participants []control.ParticipantID `json:"participants" minItems:"1" maxItems:"10000" uniqueItems:"true" doc:"Whom to assign."`
	Room         control.RoomID          `json:"room,omitempty" maxLength:"64" example:"room_abcdefghijklmnop" doc:"The breakout room's id; absent: their assignments are taken back."`
}

type assignManyInput struct {
	MeetingPath
	Conditional
	Body AssignMany
}

func (a *API) assignMany(ctx context.Context, in *assignManyInput) (*reply[Bulk], error) {
	return a.bulk(ctx, in.Meeting, control.Assign{Participants: in.Body.Participants, Room: in.Body.Room}, in.checkPlan)
}
