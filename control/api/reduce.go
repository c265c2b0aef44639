package api

import (
	"bytes"
	"encoding/json"
	"fmt"

	"partyline/control"
	"partyline/control/access"
)

// What the audience is not shown of others, and of the meeting; and what a key that only reads is not.

// sees is a participant as the caller may see him.
func (c caller) sees(p Participant) Participant {
	if c.audience() && !c.self(p.ID) {
		p.Number, p.ExternalID, p.FirstName, p.LastName, p.Email = "", "", "", "", ""
	}
	return p
}

// makesSpeakers says whether the caller may see the code that makes a speaker of whoever keys it in: only who could make
// one anyway.
func (c caller) makesSpeakers() bool {
	return c.token.Role == control.Speaker || access.Allow(c.key.Scopes, access.MeetingsWrite)
}

// seesMeeting is a meeting as the caller may see it.
func (c caller) seesMeeting(m Meeting) Meeting {
	if !c.makesSpeakers() {
		m.SpeakerCode = ""
	}
	if c.audience() {
		m.AccessCode = ""
	}
	return m
}

// seesSnapshot is a meeting as a whole as the caller may see it.
func (c caller) seesSnapshot(s Snapshot) Snapshot {
	s.Meeting = c.seesMeeting(s.Meeting)
	for i, p := range s.Participants {
		s.Participants[i] = c.sees(p)
	}
	if c.audience() {
		for i := range s.Calls {
			s.Calls[i].Number = ""
		}
	}
	return s
}

// private are the fields of events, at any depth, that the audience is not shown.
var private = map[string]bool{
	"access_code": true, "speaker_code": true, "number": true, "email": true, "external_id": true,
	"first_name": true, "last_name": true, "pin": true, "phone_code": true, "identity": true,
}

// unspoken is what a key that only reads is not shown of events.
var unspoken = map[string]bool{"speaker_code": true}

// hidden are the fields of events that the caller is not shown; nil: none.
func (c caller) hidden() map[string]bool {
	switch {
	case c.audience():
		return private
	case !c.makesSpeakers():
		return unspoken
	}
	return nil
}

// seesEvent is an event as the caller may see it.
func (c caller) seesEvent(e Event) (Event, error) {
	hidden := c.hidden()
	if hidden == nil {
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
	e.Data = reduced(data, hidden)
	return e, nil
}

// reduced takes the hidden fields out. A number that is none of a telephone (a room has one) stays.
func reduced(v any, hidden map[string]bool) any {
	switch v := v.(type) {
	case map[string]any:
		for name, field := range v {
			_, counts := field.(json.Number)
			switch {
			case hidden[name] && name == "access_code": // the document promises it
				v[name] = ""
				continue
			case hidden[name] && !counts:
				delete(v, name)
				continue
			}
			v[name] = reduced(field, hidden)
		}
	case []any:
		for i := range v {
			v[i] = reduced(v[i], hidden)
		}
	}
	return v
}
