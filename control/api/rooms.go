package api

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"

	"partyline/control"
	"partyline/control/access"
)

func (a *API) roomRoutes(r routes) {
	const all, one = "/v1/meetings/{meeting}/rooms", "/v1/meetings/{meeting}/rooms/{room}"
	handle(r, needs(access.MeetingsRead).everyone(), op(http.MethodGet, all, "list-rooms", "rooms", "List the breakout rooms"), a.listRooms)
	create := op(http.MethodPost, all, "create-rooms", "rooms", "Make one room, or count of them")
	create.DefaultStatus = http.StatusCreated
	create.Description = "With name (or nothing) one room is made; with count that many, named Room 1, Room 2 and so on. All are made or none."
	handle(r, needs(access.MeetingsWrite).speakers(), create, a.createRooms)
	handle(r, needs(access.MeetingsRead).everyone(), op(http.MethodGet, one, "get-room", "rooms", "Read a room"), a.getRoom)
	handle(r, needs(access.MeetingsWrite).speakers(), op(http.MethodPatch, one, "change-room", "rooms", "Rename, lock or bound a room"), a.changeRoom)
	handle(r, needs(access.MeetingsWrite).speakers(), op(http.MethodDelete, one, "delete-room", "rooms", "Delete a room: its people go to the main room"), a.deleteRoom)
}

// Room is a room as the API shows it.
type Room struct {
	ID           control.RoomID `json:"id" example:"room_abcdefghijklmnop" doc:"Opaque id; the main room's is main."`
	Name         string         `json:"name" example:"Blue" doc:"Unique within the meeting."`
	Number       int            `json:"number" example:"1" doc:"What callers key in after *3; 0 is the main room."`
	Capacity     int            `json:"capacity" example:"0" doc:"How many people at most; 0: no limit."`
	Locked       bool           `json:"locked" doc:"Nobody may go there by himself."`
	Participants int            `json:"participants" doc:"How many people are in it now. Not covered by the ETag."`
	Assigned     int            `json:"assigned" doc:"How many people belong to it. Not covered by the ETag."`
}

// NewRoom is the request for one room of a new meeting.
type NewRoom struct {
	Name     string `json:"name,omitempty" maxLength:"64" example:"Blue" doc:"Unique within the meeting; absent: Room N."`
	Capacity int    `json:"capacity,omitempty" minimum:"0" maximum:"10000" doc:"How many people at most; 0: no limit."`
}

func (n NewRoom) command() control.NewRoom {
	return control.NewRoom{ID: control.NewID[control.RoomID]("room_"), Name: n.Name, Capacity: n.Capacity}
}

// roomCounts are how many people are in each room and belong to it.
type roomCounts struct{ present, assigned map[control.RoomID]int }

func countRooms(s *control.State) roomCounts {
	c := roomCounts{map[control.RoomID]int{}, map[control.RoomID]int{}}
	for _, p := range s.Participants {
		if p.Location.Place == control.InRoom {
			c.present[p.Location.Room]++
		}
		if p.Assignment != "" {
			c.assigned[p.Assignment]++
		}
	}
	return c
}

func roomOf(r *control.Room, c roomCounts) Room {
	return Room{ID: r.ID, Name: r.Name, Number: r.Number, Capacity: r.Capacity, Locked: r.Locked,
		Participants: c.present[r.ID], Assigned: c.assigned[r.ID]}
}

func roomETag(r *control.Room) string { return etagOf(r) }

// findRoom finds a room, the main room too.
func findRoom(s *control.State, id control.RoomID) (*control.Room, error) {
	if id == control.MainRoom {
		return &control.Room{ID: control.MainRoom, Name: "Main room"}, nil
	}
	if r := s.Rooms[id]; r != nil {
		return r, nil
	}
	return nil, notFound("room")
}

type listRoomsInput struct {
	MeetingPath
	PageQuery
}

func (a *API) listRooms(ctx context.Context, in *listRoomsInput) (*list[Room], error) {
	var out *list[Room]
	err := a.read(ctx, in.Meeting, func(s *control.State) (err error) {
		counts := countRooms(s)
		out, err = pageOf(in.PageQuery, s.RoomOrder, func(id control.RoomID) Room { return roomOf(s.Rooms[id], counts) })
		return err
	})
	return out, err
}

// NewRooms is the request for one room, or for many.
type NewRooms struct {
	Name         string `json:"name,omitempty" maxLength:"64" example:"Blue" doc:"Name of the one room; absent: Room N."`
	Capacity     int    `json:"capacity,omitempty" minimum:"0" maximum:"10000" doc:"How many people at most; 0: no limit."`
	Count        *int   `json:"count,omitempty" minimum:"1" maximum:"300" example:"4" doc:"How many rooms to make; not with name."`
	Distribution string `json:"distribution,omitempty" enum:"random,manual" doc:"random: the audience present is assigned over all rooms at random."`
}

// RoomsCreated is the answer: the rooms that were made.
type RoomsCreated struct {
	CommandID control.CommandID `json:"command_id" doc:"Names the command in the events."`
	Seq       uint64            `json:"seq" doc:"Sequence of the command's last event."`
	Items     []Room            `json:"items" nullable:"false" doc:"The rooms that were made."`
	OutcomePage
}

type createRoomsInput struct {
	MeetingPath
	Body *NewRooms `required:"false"`
}

func (a *API) createRooms(ctx context.Context, in *createRoomsInput) (*reply[RoomsCreated], error) {
	m, err := a.meeting(in.Meeting)
	if err != nil {
		return nil, err
	}
	create, err := in.Body.command()
	if err != nil {
		return nil, err
	}
	out, err := run(ctx, a, m, command[RoomsCreated]{
		do: create,
		answer: func(d done) RoomsCreated {
			return RoomsCreated{CommandID: d.command, Seq: d.seq(), Items: createdRooms(d.events), OutcomePage: outcomePage(d.value)}
		},
		location: func(c RoomsCreated) string {
			base := "/v1/meetings/" + string(in.Meeting) + "/rooms"
			if len(c.Items) == 1 {
				return base + "/" + string(c.Items[0].ID)
			}
			return base
		},
	})
	return out, asked(err)
}

// asked names the field of this request instead of that of the command, which has a list of rooms.
func asked(err error) error {
	e, ok := errors.AsType[*control.Error](err)
	if !ok {
		return err
	}
	if _, field, ok := strings.Cut(e.Field, "]."); ok {
		renamed := *e
		renamed.Field = field
		return &renamed
	}
	return err
}

func (n *NewRooms) command() (control.CreateRooms, error) {
	if n == nil {
		n = &NewRooms{}
	}
	create := control.CreateRooms{Distribute: n.Distribution, Seed: rand.Uint64()}
	count := 1
	if n.Count != nil {
		if n.Name != "" {
			return create, control.Invalid("name", "leave out name or count", "several rooms cannot have one name")
		}
		count = *n.Count
	}
	for range count {
		create.Rooms = append(create.Rooms, NewRoom{Name: n.Name, Capacity: n.Capacity}.command())
	}
	return create, nil
}

// createdRooms are the rooms that the events made, with who was assigned to them.
func createdRooms(events []control.Event) []Room {
	counts := roomCounts{map[control.RoomID]int{}, map[control.RoomID]int{}}
	made := []Room{}
	for _, e := range events {
		if e, ok := e.(control.AssignmentsChanged); ok {
			for _, as := range e.Assignments {
				counts.assigned[as.Room]++
			}
		}
	}
	for _, e := range events {
		if e, ok := e.(control.RoomsCreated); ok {
			for i := range e.Rooms {
				made = append(made, roomOf(&e.Rooms[i], counts))
			}
		}
	}
	return slices.Clip(made)
}

// RoomPath is the path of one room.
type RoomPath struct {
	MeetingPath
	Room control.RoomID `path:"room" example:"room_abcdefghijklmnop" doc:"The room's id, or main."`
}

// roomOutput is a room with its ETag.
type roomOutput struct {
	ETag string `header:"ETag" doc:"For If-Match."`
	Body Room
}

func (a *API) getRoom(ctx context.Context, in *RoomPath) (*roomOutput, error) {
	var out roomOutput
	err := a.read(ctx, in.Meeting, func(s *control.State) error {
		room, err := findRoom(s, in.Room)
		if err == nil {
			out = roomOutput{ETag: roomETag(room), Body: roomOf(room, countRooms(s))}
		}
		return err
	})
	return &out, err
}

// RoomChange sets what is named.
type RoomChange struct {
	Name     *string `json:"name,omitempty" minLength:"1" maxLength:"64" example:"Green" doc:"Unique within the meeting."`
	Capacity *int    `json:"capacity,omitempty" minimum:"0" maximum:"10000" doc:"How many people at most; 0: no limit."`
	Locked   *bool   `json:"locked,omitempty" doc:"Nobody may go there by himself."`
}

type changeRoomInput struct {
	RoomPath
	Conditional
	Body RoomChange
}

func (a *API) changeRoom(ctx context.Context, in *changeRoomInput) (*roomOutput, error) {
	m, err := a.meeting(in.Meeting)
	if err != nil {
		return nil, err
	}
	change := control.ChangeRoom{Room: in.Room, Name: in.Body.Name, Capacity: in.Body.Capacity, Locked: in.Body.Locked}
	if err := a.change(ctx, m, change, in.checkRoom(in.Room)); err != nil {
		return nil, err
	}
	return a.getRoom(ctx, &in.RoomPath)
}

type deleteRoomInput struct {
	RoomPath
	Conditional
}

// Bulk is what a command about many people came to.
type Bulk struct {
	CommandID control.CommandID `json:"command_id" example:"cmd_abcdefghijklmnop" doc:"Names the command in the events."`
	Seq       uint64            `json:"seq" doc:"Sequence of the command's last event."`
	OutcomePage
}

// bulk has a command about many people done.
func (a *API) bulk(ctx context.Context, id control.MeetingID, c control.Command, check func(*control.State) error) (*reply[Bulk], error) {
	m, err := a.meeting(id)
	if err != nil {
		return nil, err
	}
	return run(ctx, a, m, command[Bulk]{do: c, check: check, answer: func(d done) Bulk {
		return Bulk{CommandID: d.command, Seq: d.seq(), OutcomePage: outcomePage(d.value)}
	}})
}

func (a *API) deleteRoom(ctx context.Context, in *deleteRoomInput) (*reply[Bulk], error) {
	return a.bulk(ctx, in.Meeting, control.DeleteRoom{Room: in.Room}, in.checkRoom(in.Room))
}

// checkRoom asks, on the owner, whether the room may be edited and If-Match fits.
func (m Conditional) checkRoom(id control.RoomID) func(*control.State) error {
	return func(s *control.State) error {
		if id == control.MainRoom {
			return control.Invalid("room", "only breakout rooms can be edited", "the main room stays as it is")
		}
		room, err := findRoom(s, id)
		if err != nil {
			return err
		}
		return m.check(roomETag(room), roomOf(room, countRooms(s)))
	}
}
