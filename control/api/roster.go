package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"partyline/control"
	"partyline/control/access"
	"partyline/control/roster"
)

func (a *API) rosterRoutes(r routes) {
	const base, tag = "/v1/meetings/{meeting}/rooms/", "rooms"
	template := op(http.MethodGet, base+"template.csv", "get-roster-template", tag, "Get the roster as a CSV file, ready to edit")
	template.Description = "One line for each participant; to be imported again. PINs are left out, and the numbers of people who only called: " +
		"an empty cell of phone, pin or role keeps what is stored."
	template.Responses = csvResponse("The header and the roster.", csvExample)
	handle(r, needs(access.MeetingsRead).speakers(), template, a.rosterTemplate)

	export := op(http.MethodGet, base+"export.csv", "export-rooms", tag, "Get the rooms and who belongs to them as a CSV file")
	export.Description = "In order of the rooms, empty rooms too, those without a room last. It can be imported as it is; the columns room_number, " +
		"present and current_room are ignored then."
	export.Responses = csvResponse("Rooms and people.",
		"room_name,first_name,last_name,email,phone,pin,role,participant_id,room_number,present,current_room\r\nBlue,Ada,Lovelace,ada@example.org,,,audience,par_abcdefghijklmnop,1,yes,main\r\n")
	handle(r, needs(access.MeetingsRead).speakers(), export, a.exportRooms)

	imp := op(http.MethodPost, base+"import", "import-rooms", tag, "Take a roster file over: make rooms, add people, assign")
	imp.Description = importDescription
	imp.Metadata = map[string]any{uploadOp: mediaCSV}
	imp.RequestBody = &huma.RequestBody{
		Required: true,
		Content:  map[string]*huma.MediaType{mediaCSV: {Schema: &huma.Schema{Type: huma.TypeString}, Example: csvExample}},
	}
	handle(r, needs(access.MeetingsWrite).speakers(), imp, a.importRooms)
}

const (
	csvExample = "room_name,first_name,last_name,email,phone,pin,role,participant_id\r\nBlue,Ada,Lovelace,ada@example.org,,,audience,\r\n"

	importDescription = "The body is a CSV file in UTF-8 of at most 50,000 lines and 16 MiB, separated by commas, semicolons or tabs. The header names the columns " +
		"room_name, first_name, last_name and email, and if wanted phone, pin, role and participant_id, in any order and case; other columns are ignored.\n\n" +
		"Each line names a person and his room. He is found by participant_id, else by email, else by full name if one person alone has it; who is not found is " +
		"added. Rooms that are missing are made; a line that names a room alone makes the room. An empty room_name takes the assignment back; other empty " +
		"cells keep what is stored. Whoever is not in the file stays as he is, nobody is removed. Open breakouts move those whose assignment changes.\n\n" +
		"All or nothing: if a line is wrong, nothing is done, and the problem lists the lines with column and hint. " +
		"A pin has 6 to 12 digits and is unique; generate has one drawn, which GET …/pins shows. Callers key it in if the meeting has personal_pins."
)

func (a *API) rosterTemplate(ctx context.Context, in *MeetingPath) (*huma.StreamResponse, error) {
	var rows []control.ImportRow
	if err := a.read(ctx, in.Meeting, func(s *control.State) error { rows = s.RosterRows(); return nil }); err != nil {
		return nil, err
	}
	return a.answer(csvFile{name: "rooms-template.csv", header: roster.Columns(), write: func(_ context.Context, w *roster.Writer) error {
		for _, row := range rows {
			if err := w.Row(rosterCells(row)...); err != nil {
				return err
			}
		}
		return nil
	}}), nil
}

func rosterCells(r control.ImportRow) []string {
	return []string{r.Room, r.First, r.Last, r.Email, r.Phone, r.PIN, r.Role, r.ID}
}

// exportRow is a line of the export: a person, or a room without people.
type exportRow struct {
	control.ImportRow
	number  int // of his room; 0: none
	present bool
	current string // the room he is in
}

func (a *API) exportRooms(ctx context.Context, in *MeetingPath) (*huma.StreamResponse, error) {
	var rows []exportRow
	if err := a.read(ctx, in.Meeting, func(s *control.State) error { rows = exportOf(s); return nil }); err != nil {
		return nil, err
	}
	header := append(roster.Columns(), "room_number", "present", "current_room")
	return a.answer(csvFile{name: "rooms.csv", header: header, write: func(_ context.Context, w *roster.Writer) error {
		for _, row := range rows {
			number, present := "", ""
			if row.number > 0 {
				number = strconv.Itoa(row.number)
			}
			if row.present {
				present = "yes"
			}
			if err := w.Row(append(rosterCells(row.ImportRow), number, present, row.current)...); err != nil {
				return err
			}
		}
		return nil
	}}), nil
}

func exportOf(s *control.State) []exportRow {
	rows := make([]exportRow, 0, len(s.Order)+len(s.Rooms))
	taken := make(map[control.RoomID]bool, len(s.Rooms))
	for i, r := range s.RosterRows() {
		p := s.Participants[s.Order[i]]
		row := exportRow{ImportRow: r, present: p.Present(), current: string(p.Location.Room)}
		if room := s.Rooms[p.Assignment]; room != nil {
			row.number, taken[room.ID] = room.Number, true
		}
		if room := s.Rooms[p.Location.Room]; room != nil {
			row.current = room.Name
		}
		rows = append(rows, row)
	}
	for _, id := range s.RoomOrder {
		if room := s.Rooms[id]; !taken[id] {
			rows = append(rows, exportRow{ImportRow: control.ImportRow{Room: room.Name}, number: room.Number})
		}
	}
	slices.SortStableFunc(rows, func(x, y exportRow) int {
		last := func(r exportRow) int { return cmp.Or(r.number, control.MaxRooms+1) }
		return cmp.Compare(last(x), last(y))
	})
	return rows
}
