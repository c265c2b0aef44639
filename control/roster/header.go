package roster

import (
	"strings"
	"unicode"

	"partyline/control"
)

// The columns of a roster file.
const (
	RoomName      = "room_name"
	FirstName     = "first_name"
	LastName      = "last_name"
	Email         = "email"
	Phone         = "phone"
	PIN           = "pin"
	Role          = "role"
	ParticipantID = "participant_id"
)

// Columns returns the columns of a roster file in the order in which they are written.
func Columns() []string {
	names := make([]string, 0, len(columns))
	for _, c := range columns {
		names = append(names, c.name)
	}
	return names
}

type column struct {
	name     string
	required bool // the column, not that its cells say something
	cell     func(*control.ImportRow) *string
}

var columns = []column{
	{RoomName, true, func(r *control.ImportRow) *string { return &r.Room }},
	{FirstName, true, func(r *control.ImportRow) *string { return &r.First }},
	{LastName, true, func(r *control.ImportRow) *string { return &r.Last }},
	{Email, true, func(r *control.ImportRow) *string { return &r.Email }},
	{Phone, false, func(r *control.ImportRow) *string { return &r.Phone }},
	{PIN, false, func(r *control.ImportRow) *string { return &r.PIN }},
	{Role, false, func(r *control.ImportRow) *string { return &r.Role }},
	{ParticipantID, false, func(r *control.ImportRow) *string { return &r.ID }},
}

// columnOf finds a column by its name, of which only letters count: "Room name" and "E-mail" are well known. -1: none.
func columnOf(name string) int {
	key := letters(name)
	for i, c := range columns {
		if key == letters(c.name) {
			return i
		}
	}
	return -1
}

func letters(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// separator finds out what stands between the cells: what makes the most known columns of the header.
func separator(text string) rune {
	best, most := ',', 0
	for _, comma := range ",;\t" {
		r := reader(text, comma)
		r.LazyQuotes = true
		cells, err := r.Read()
		if err != nil {
			continue
		}
		known := 0
		for _, c := range cells {
			if columnOf(c) >= 0 {
				known++
			}
		}
		if known > most {
			best, most = comma, known
		}
	}
	return best
}

// header finds the columns, and says which are missing or there twice.
func (p *parser) header(cells []string) bool {
	line, bad := p.line(), p.file.Faults.Total
	seen := make(map[int]bool, len(columns))
	for _, c := range cells {
		known := columnOf(c)
		switch {
		case known < 0 && strings.TrimSpace(c) != "":
			p.file.Ignored = append(p.file.Ignored, shorten(strings.TrimSpace(c)))
		case known >= 0 && seen[known]:
			p.fault(line, columns[known].name, "keep one of them", "the header names the column %s twice", columns[known].name)
		}
		seen[known] = true
		p.column = append(p.column, known)
	}
	for i, c := range columns {
		if c.required && !seen[i] {
			p.fault(line, c.name, "the header is "+strings.Join(Columns()[:4], ",")+" and, if wanted, "+strings.Join(Columns()[4:], ","),
				"the header has no column %s", c.name)
		}
	}
	if len(p.file.Ignored) > maxIgnored {
		p.file.Ignored = p.file.Ignored[:maxIgnored]
	}
	return p.file.Faults.Total == bad
}

const maxIgnored = 50 // columns that are named in the answer

func shorten(name string) string {
	if runes := []rune(name); len(runes) > control.MaxNameRunes {
		return string(runes[:control.MaxNameRunes]) + "…"
	}
	return strings.Clone(name)
}
