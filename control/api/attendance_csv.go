package api

import (
	"context"
	"strconv"
	"strings"
	"time"

	"partyline/control"
	"partyline/control/attendance"
	"partyline/control/roster"
)

// attendanceCSV is the file that a fold makes.
func attendanceCSV(fold func(context.Context, func(attendance.Entry) (bool, error)) error) csvFile {
	header, _, _ := strings.Cut(attendanceExample, "\r\n")
	return csvFile{name: "attendance.csv", header: strings.Split(header, ","), write: func(ctx context.Context, w *roster.Writer) error {
		now := time.Now()
		return fold(ctx, func(e attendance.Entry) (bool, error) {
			return true, w.Row(attendanceCells(&e, now)...)
		})
	}}
}

func attendanceCells(e *attendance.Entry, now time.Time) []string {
	to := ""
	if !e.To.IsZero() {
		to = e.To.UTC().Format(time.RFC3339)
	}
	room := e.RoomName
	if e.Room == control.MainRoom {
		room = "Main room"
	}
	return []string{
		string(e.Kind), e.Name, e.Email, e.Number, string(e.Role), room, e.From.UTC().Format(time.RFC3339), to,
		strconv.FormatFloat(e.Lasted(now).Seconds(), 'f', 3, 64), strings.Join(e.Ways, " "), e.Came, actorCell(e.CameBy), e.Went, actorCell(e.WentBy),
		e.Outcome, actorCell(e.AnsweredBy), string(e.Participant), string(e.Room), strconv.Itoa(e.Holding),
	}
}

// actorCell is a name that says something to a reader, if there is one.
func actorCell(by attendance.By) string {
	if by.Name != "" {
		return by.Name
	}
	return by.Actor
}
