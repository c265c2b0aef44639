package api

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// What the audience is not shown of others, and of the meeting.

// sees is a participant as the caller may see him.
func (c caller) sees(p Participant) Participant {
	if c.audience() && !c.self(p.ID) {
		p.Number, p.ExternalID, p.FirstName, p.LastName, p.Email = "", "", "", "", ""
	}
	return p
}

// seesMeeting is a meeting as the caller may see it.
func (c caller) seesMeeting(m Meeting) Meeting {
	if c.audience() {
		m.AccessCode, m.SpeakerCode = "", ""
	}
	return m
}

// seesSnapshot is a meeting as a whole as the caller may see it.
func (c caller) seesSnapshot(s Snapshot) Snapshot {
	s.Meeting = c.seesMeeting(s.Meeting)
	for i, p := range s.Participants {
		s.Participants[i] = c.sees(p)
	}
	return s
}

// private are the fields of events, at any depth, that the audience is not shown.
var private = map[string]bool{
	"access_code": true, "speaker_code": true, "number": true, "email": true, "external_id": true,
	"first_name": true, "last_name": true, "pin": true, "identity": true,
}

// seesEvent is an event as the caller may see it.
func (c caller) seesEvent(e Event) (Event, error) {
	if !c.audience() {
		return e, nil
	}
	raw, err := json.Marshal(e.Data)
	if err != nil {
		return e, fmt.Errorf("encode event: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var data any
	if err := dec.Decode(&data); err != nil {
		return e, fmt.Errorf("reduce event: %w", err)
	}
	e.Data = reduced(data)
	return e, nil
}

// reduced takes the private fields out. A number that is none of a telephone (a room has one) stays.
func reduced(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, field := range v {
			_, counts := field.(json.Number)
			switch {
			case name == "access_code": // the document promises it
				v[name] = ""
				continue
			case private[name] && !counts:
				delete(v, name)
				continue
			}
			v[name] = reduced(field)
		}
	case []any:
		for i := range v {
			v[i] = reduced(v[i])
		}
	}
	return v
}
