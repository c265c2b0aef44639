package control

import (
	"errors"
	"fmt"
	"strings"
)

// NewImportPlan judges every row by itself and against the others. What is wrong is noted with the faults that the
// file has already; the command is refused then. What the meeting has to say comes with the decision.
func NewImportPlan(rows []ImportRow, faults Faults) ImportPlan {
	p := &planner{
		rooms: make(map[string]int), emails: make(map[string]int), names: make(map[string]int),
		ids: make(map[string]int), pins: make(map[string]int),
	}
	p.plan = ImportPlan{Rows: len(rows), Faults: faults, made: true}
	for _, row := range rows {
		p.add(row)
	}
	p.namesakes()
	return p.plan
}

// namesakes keeps people of one name apart: a name that two have finds nobody.
func (p *planner) namesakes() {
	first := make(map[string]int, len(p.plan.People))
	for i := range p.plan.People {
		w := &p.plan.People[i]
		j, ok := first[w.nameKey]
		switch {
		case w.nameKey == "":
			continue
		case !ok:
			first[w.nameKey] = i
			continue
		}
		other := &p.plan.People[j]
		w.shared, other.shared = true, true
		for _, x := range []*ImportPerson{w, other} {
			if x.emailKey == "" && x.Is == "" && x.Line > 0 {
				p.fault(x.Line, "email", "give each an email of his own", "%s is on line %d too", w.name, w.Line+other.Line-x.Line)
			}
		}
	}
}

// planner makes a plan out of rows. The maps lead from what names a person to his place in the plan.
type planner struct {
	plan                     ImportPlan
	rooms                    map[string]int
	emails, names, ids, pins map[string]int
}

func (p *planner) fault(line int, column, hint, format string, args ...any) {
	p.plan.Faults.Add(Fault{Line: line, Column: column, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// add takes one row over, unless something is wrong with it.
func (p *planner) add(row ImportRow) {
	before := p.plan.Faults.Total
	person := p.person(row)
	person.Room = p.room(row)
	if p.plan.Faults.Total > before {
		return
	}
	switch {
	case person.Is != "" || person.Email != "" || person.name != "":
		p.once(person)
	case person.Room < 0 || person.Number != "" || person.PIN != "" || person.Role != "":
		p.fault(row.Line, "email", "give the email, or the first and last name", "the line names nobody")
	}
}

// once takes a person over who has not been named yet.
func (p *planner) once(person ImportPerson) {
	where, key, column := p.names, person.nameKey, "first_name"
	switch {
	case person.Is != "":
		where, key, column = p.ids, string(person.Is), "participant_id"
	case person.emailKey != "":
		where, key, column = p.emails, person.emailKey, "email"
	}
	if i, ok := where[key]; ok {
		p.again(p.plan.People[i], person, column)
		return
	}
	if i, ok := p.emails[person.emailKey]; ok && person.emailKey != "" {
		p.again(p.plan.People[i], person, "email")
		return
	}
	if i, ok := p.pins[person.PIN]; ok && person.PIN != "" && person.PIN != GeneratePIN {
		p.fault(person.Line, "pin", "give everybody a PIN of his own", "line %d has the same PIN", p.plan.People[i].Line)
		return
	}
	at := len(p.plan.People)
	where[key] = at
	if person.emailKey != "" {
		p.emails[person.emailKey] = at
	}
	if person.PIN != "" {
		p.pins[person.PIN] = at
	}
	p.plan.People = append(p.plan.People, person)
}

// again judges a row about somebody who was named before: it may say the same, but nothing else.
func (p *planner) again(first, person ImportPerson, column string) {
	who := person.Email
	switch column {
	case "first_name":
		who = person.name
	case "participant_id":
		who = string(person.Is)
	}
	same := person
	same.Line = first.Line
	switch {
	case same == first:
		p.plan.Twice++
	case person.Room != first.Room:
		p.fault(person.Line, column, "keep one of the lines; if they are two people, give each an email of his own",
			"%s is in two rooms: %s on line %d, %s here", who, p.roomName(first.Room), first.Line, p.roomName(person.Room))
	default:
		p.fault(person.Line, column, "keep one of the lines; if they are two people, give each an email of his own",
			"%s is on line %d already, with other details", who, first.Line)
	}
}

func (p *planner) roomName(i int) string {
	if i < 0 {
		return "none"
	}
	return fmt.Sprintf("%q", p.plan.Rooms[i].Name)
}

// room returns the place of the row's room in the plan; -1: it names none.
func (p *planner) room(row ImportRow) int {
	name := p.text(row.Line, "room_name", row.Room, MaxNameRunes)
	if name == "" {
		return -1
	}
	key := foldName(name)
	if key == string(MainRoom) {
		p.fault(row.Line, "room_name", "leave the cell empty: who has no breakout room stays in the main room", "%q is not a breakout room", name)
		return -1
	}
	i, ok := p.rooms[key]
	if !ok {
		i = len(p.plan.Rooms)
		p.rooms[key] = i
		p.plan.Rooms = append(p.plan.Rooms, ImportRoom{Name: name, Line: row.Line, key: key})
	}
	return i
}

// person reads who a row is about and what it says of him.
func (p *planner) person(row ImportRow) ImportPerson {
	person := ImportPerson{
		Line: row.Line, Is: ParticipantID(p.text(row.Line, "participant_id", row.ID, MaxNameRunes)),
		FirstName: p.text(row.Line, "first_name", row.First, MaxNameRunes),
		LastName:  p.text(row.Line, "last_name", row.Last, MaxNameRunes),
		PIN:       strings.TrimSpace(row.PIN),
		Role:      Role(strings.ToLower(strings.TrimSpace(row.Role))),
	}
	var err error
	if person.Email, err = cleanEmail("email", squash(row.Email)); err != nil {
		p.refuse(row.Line, err)
	}
	if person.Number, err = cleanPhone("phone", row.Phone); err != nil {
		p.refuse(row.Line, err)
	}
	if person.PIN != "" && person.PIN != GeneratePIN {
		p.refuse(row.Line, checkPIN("pin", person.PIN))
	}
	if person.Role != "" && checkRole("role", person.Role) != nil {
		p.fault(row.Line, "role", "an empty cell means audience, or no change", `must be "speaker" or "audience"`)
	}
	person.name = p.text(row.Line, "first_name", fullName(person.FirstName, person.LastName), MaxNameRunes)
	person.nameKey, person.emailKey = foldName(person.name), foldEmail(person.Email)
	return person
}

// text is one line of text of a cell; line breaks and runs of space in it become one space.
func (p *planner) text(line int, column, cell string, maxRunes int) string {
	text, err := cleanText(column, squash(cell), maxRunes)
	p.refuse(line, err)
	return text
}

// refuse notes what the check of a cell said.
func (p *planner) refuse(line int, err error) {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return
	}
	hint := e.Hint
	if hint == "" {
		hint = "correct the cell"
	}
	p.fault(line, e.Field, hint, "%s", e.Message)
}

func squash(text string) string { return strings.Join(strings.Fields(text), " ") }

// cleanPhone takes a telephone number as people write it.
func cleanPhone(field, number string) (string, error) {
	const hint = "write it as +4930123456, in a column formatted as text"
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \u00a0\u202f\t-()./–", r) {
			return -1
		}
		return r
	}, strings.TrimSpace(number))
	if digits == "" && strings.TrimSpace(number) == "" {
		return "", nil
	}
	bare := strings.TrimPrefix(digits, "+")
	switch {
	case strings.ContainsAny(bare, "eE") && strings.Trim(bare, "0123456789eE+,") == "":
		return "", Invalid(field, hint, "the spreadsheet has rounded the number")
	case strings.Trim(bare, "0123456789") != "" || len(bare) < 3 || len(bare) > 20:
		return "", Invalid(field, hint, "is not a telephone number of 3 to 20 digits")
	}
	return digits, nil
}
