package control

import "strings"

// RosterRows is everybody in the meeting as a roster file names him: taken over again as it is, it changes nothing.
// PINs are left out, and so are the numbers of people who only called: nobody gave those to be shown.
func (s *State) RosterRows() []ImportRow {
	rows := make([]ImportRow, 0, len(s.Order))
	for _, p := range s.roster() {
		rows = append(rows, s.rosterRow(p))
	}
	return rows
}

func (s *State) rosterRow(p *Participant) ImportRow {
	row := ImportRow{ID: string(p.ID), First: p.FirstName, Last: p.LastName, Email: p.Email, Role: string(p.Role)}
	rostered := p.Email != "" || p.FirstName+p.LastName != ""
	if fullName(p.FirstName, p.LastName) != p.Name {
		row.First, row.Last = splitName(p.Name)
	}
	if r := s.Rooms[p.Assignment]; r != nil {
		row.Room = r.Name
	}
	if number, err := cleanPhone("phone", p.Number); rostered && err == nil && number == p.Number {
		row.Phone = number
	}
	return row
}

// splitName takes the last word for the last name.
func splitName(name string) (first, last string) {
	words := strings.Fields(name)
	if len(words) < 2 {
		return strings.Join(words, ""), ""
	}
	return strings.Join(words[:len(words)-1], " "), words[len(words)-1]
}
