package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"partyline/control"
	"partyline/control/access"
	"partyline/control/attendance"
)

func (a *API) attendanceRoutes(r routes) {
	const path, tag = "/v1/meetings/{meeting}/attendance", "attendance"
	get := op(http.MethodGet, path, "get-attendance", tag, "Read who was in which room, when, how and by whom")
	get.Description = "Made of the durable log, of meetings that have ended or were deleted too, and of all their holdings, as long as the retention of the configuration keeps them: one item for each stay of a person in a room, and one for each time that a room waited " +
		"for help, in the order in which they ended; what is not over comes last, without to. All pages of one listing show the meeting as of its first page."
	handle(r, needs(access.MeetingsRead).speakers(), get, a.getAttendance)
	file := op(http.MethodGet, path+".csv", "get-attendance-csv", tag, "Get the attendance as a CSV file")
	file.Description = "The same as the JSON, all of it. Times are UTC."
	file.Responses = csvResponse("One line for each stay and each wait for help.", attendanceExample)
	handle(r, needs(access.MeetingsRead).speakers(), file, a.attendanceFile)
}

// Attendance is a stay of somebody in a room, or a room's wait for help.
type Attendance struct {
	Kind        string                `json:"kind" enum:"stay,help" example:"stay" doc:"Whether somebody was somewhere, or a room waited for help."`
	Holding     int                   `json:"holding" example:"1" doc:"In which holding of the meeting, from 1."`
	Participant control.ParticipantID `json:"participant" example:"par_abcdefghijklmnop" doc:"Who was there, or asked."`
	Name        string                `json:"name" example:"Ada Lovelace" doc:"What he was called at the end of it."`
	Email       string                `json:"email,omitempty" example:"ada@example.org" doc:"His email, if it is known."`
	ExternalID  string                `json:"external_id,omitempty" example:"user-17" doc:"The control plane's own id."`
	Number      string                `json:"number,omitempty" example:"+49•••417" doc:"The caller's number, masked."`
	Role        string                `json:"role" enum:"speaker,audience" example:"audience" doc:"What he was allowed."`
	Place       string                `json:"place" enum:"attendant,lobby,room" example:"room" doc:"What kind of place it was."`
	Room        control.RoomID        `json:"room,omitempty" example:"room_abcdefghijklmnop" doc:"The room, if place is room."`
	RoomName    string                `json:"room_name,omitempty" example:"Blue" doc:"Its name at the end of it; the main room has none."`
	From        time.Time             `json:"from" doc:"When it began."`
	To          *time.Time            `json:"to,omitempty" doc:"When it ended; absent: it has not."`
	Seconds     float64               `json:"seconds" example:"312.5" doc:"How long it took, until now if it has not ended."`
	Ways        []string              `json:"ways,omitempty" example:"[\"phone\"]" doc:"How he took part in that time: phone, browser, web."`
	Came        string                `json:"came,omitempty" example:"start" doc:"Why the stay began: joined, split, or the reason of the move (start, stop, reset, admin, self, help, assignment, options, room_deleted) or of being let in (admitted, unlocked, started, role)."`
	CameBy      *Actor                `json:"came_by,omitempty" doc:"Who moved him there."`
	Went        string                `json:"went,omitempty" example:"stop" doc:"Why the stay ended: left, removed, merged, meeting_ended, or the reason of the move."`
	WentBy      *Actor                `json:"went_by,omitempty" doc:"Who ended it."`
	Request     control.HelpID        `json:"request,omitempty" example:"help_abcdefghijklmnop" doc:"The help request."`
	Outcome     string                `json:"outcome,omitempty" enum:"accepted,declined,withdrawn,ended" example:"accepted" doc:"How the request ended."`
	AnsweredBy  *Actor                `json:"answered_by,omitempty" doc:"Who answered the request."`
}

// Actor is who caused something.
type Actor struct {
	Actor string `json:"actor" example:"key:default" doc:"An API key, a participant, or system."`
	Name  string `json:"name,omitempty" example:"Ada Lovelace" doc:"What the participant was called."`
}

func actorView(by attendance.By) *Actor {
	if by.Actor == "" {
		return nil
	}
	return &Actor{Actor: by.Actor, Name: by.Name}
}

func attendanceOf(e *attendance.Entry, now time.Time) Attendance {
	return Attendance{
		Kind: string(e.Kind), Holding: e.Holding, Participant: e.Participant, Name: e.Name, Email: e.Email, ExternalID: e.ExternalID, Number: e.Number,
		Role: string(e.Role), Place: string(e.Place), Room: e.Room, RoomName: e.RoomName,
		From: e.From.UTC(), To: timeOf(e.To), Seconds: float64(e.Lasted(now).Milliseconds()) / 1000,
		Ways: e.Ways, Came: e.Came, CameBy: actorView(e.CameBy), Went: e.Went, WentBy: actorView(e.WentBy),
		Request: e.Request, Outcome: e.Outcome, AnsweredBy: actorView(e.AnsweredBy),
	}
}

type attendanceInput struct {
	MeetingPath
	PageQuery
}

// getAttendance makes a page by folding the log anew, up to the event that was the last when the first page was made:
// the entries stand still then, and the cursor counts them.
func (a *API) getAttendance(ctx context.Context, in *attendanceInput) (*list[Attendance], error) {
	c, err := parseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	last, err := a.lastSeq(ctx, in.Meeting)
	if err != nil {
		return nil, err
	}
	if c.ID != "" {
		seq, err := strconv.ParseUint(c.ID, 10, 64)
		if err != nil || seq > last {
			return nil, control.Invalid("cursor", "take next_cursor of the page before as it is", "this is not a cursor of this list")
		}
		last = seq
	}
	out, n, now := &list[Attendance]{Body: Page[Attendance]{Items: []Attendance{}}}, 0, time.Now()
	err = a.foldAttendance(ctx, in.Meeting, last, func(e attendance.Entry) (bool, error) {
		if n++; n > c.N && n <= c.N+in.Limit {
			out.Body.Items = append(out.Body.Items, attendanceOf(&e, now))
		}
		return n <= c.N+in.Limit, nil
	})
	if err != nil {
		return nil, err
	}
	if n > c.N+in.Limit {
		out.Body.NextCursor = cursor{N: c.N + in.Limit, ID: strconv.FormatUint(last, 10)}.String()
	}
	return out, nil
}

func (a *API) lastSeq(ctx context.Context, id control.MeetingID) (last uint64, err error) {
	m, err := a.opt.Registry.Kept(id)
	if err != nil {
		return 0, err
	}
	err = m.Read(ctx, func(s *control.State) { last = s.Seq })
	return last, err
}

// attendancePage is how many events of the log are held at a time; one may be large.
const attendancePage = 100

// foldAttendance gives the entries of the log up to an event to f, until f wants no more.
func (a *API) foldAttendance(ctx context.Context, id control.MeetingID, last uint64, f func(attendance.Entry) (more bool, err error)) error {
	more, failed := true, error(nil)
	give := func(e attendance.Entry) {
		if more && failed == nil {
			more, failed = f(e)
		}
	}
	sheet := attendance.New(give)
	for more && failed == nil && sheet.Seq() < last {
		records, err := a.opt.Store.Read(ctx, id, sheet.Seq(), int(min(attendancePage, last-sheet.Seq())))
		if err != nil {
			a.opt.Logger.Warn("attendance not read", "meeting", id, "err", err)
			return control.Errorf(control.CodeStore, "the log cannot be read at the moment")
		}
		for i := range records {
			if err := sheet.Add(records[i]); err != nil {
				return err
			}
		}
		if len(records) == 0 { // the rest waits for the store
			break
		}
	}
	for _, e := range sheet.Open() {
		give(e)
	}
	return failed
}

const attendanceExample = "kind,name,email,number,role,room_name,from,to,seconds,ways,came,came_by,went,went_by,outcome,answered_by,participant_id,room_id,holding\r\n" +
	"stay,Ada Lovelace,ada@example.org,,audience,Blue,2026-11-23T09:00:00Z,2026-11-23T09:10:00Z,600.000,phone,start,key:default,stop,key:default,,,par_abcdefghijklmnop,room_abcdefghijklmnop,1\r\n"

// attendanceFile streams. Once it has begun a failure can only cut it off, so meeting and store are tried before.
func (a *API) attendanceFile(ctx context.Context, in *MeetingPath) (*huma.StreamResponse, error) {
	last, err := a.lastSeq(ctx, in.Meeting)
	if err != nil {
		return nil, err
	}
	if err := a.foldAttendance(ctx, in.Meeting, min(1, last), func(attendance.Entry) (bool, error) { return true, nil }); err != nil {
		return nil, err
	}
	return a.answer(attendanceCSV(func(ctx context.Context, f func(attendance.Entry) (bool, error)) error {
		return a.foldAttendance(ctx, in.Meeting, last, f)
	})), nil
}
