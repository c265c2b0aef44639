package control

import (
	"fmt"
	"maps"
)

type codeEntry struct {
	meeting MeetingID
	role    Role
}

// ByCode returns the open meeting that an access code or a speaker code belongs to, and the role it gives.
func (r *Registry) ByCode(code string) (*Meeting, Role, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	entry, ok := r.codes[code]
	if m := r.live[entry.meeting]; ok && m != nil {
		return m, entry.role, nil
	}
	return nil, "", Errorf(CodeNotFound, "no meeting has this code")
}

// reserve draws the access code if none is given, and takes the codes of a meeting that is about to be made.
func (r *Registry) reserve(c CreateMeeting) (CreateMeeting, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if most := r.o.MaxOpen; most > 0 && r.open >= most {
		return c, &Error{Code: CodeLimit, Message: fmt.Sprintf("there are %d open meetings, which is the limit", r.open), Hint: "end or delete one"}
	}
	if c.AccessCode == "" {
		for c.AccessCode == "" || c.AccessCode == c.SpeakerCode || r.taken(c.AccessCode) {
			c.AccessCode = generateCode()
		}
	}
	if r.taken(c.AccessCode) {
		return c, &Error{Code: CodeCodeTaken, Field: "access_code", Message: "another meeting uses this code"}
	}
	if c.SpeakerCode != "" && r.taken(c.SpeakerCode) {
		return c, &Error{Code: CodeCodeTaken, Field: "speaker_code", Message: "another meeting uses this code"}
	}
	r.take(c.ID, c.AccessCode, c.SpeakerCode)
	return c, nil
}

func (r *Registry) taken(code string) bool {
	_, ok := r.codes[code]
	return ok
}

func (r *Registry) take(id MeetingID, access, speaker string) {
	if !r.taken(access) {
		r.open++
	}
	r.codes[access] = codeEntry{meeting: id, role: Audience}
	if speaker != "" {
		r.codes[speaker] = codeEntry{meeting: id, role: Speaker}
	}
}

// index takes the codes of a meeting that came from the log.
func (r *Registry) index(s *State) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, code := range []string{s.AccessCode, s.SpeakerCode} {
		if e, ok := r.codes[code]; ok && e.meeting != s.ID {
			return Errorf(CodeCodeTaken, "meetings %s and %s have one code", s.ID, e.meeting)
		}
	}
	r.take(s.ID, s.AccessCode, s.SpeakerCode)
	return nil
}

// free gives all codes of a meeting back.
func (r *Registry) free(id MeetingID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	had := len(r.codes)
	maps.DeleteFunc(r.codes, func(_ string, e codeEntry) bool { return e.meeting == id })
	if len(r.codes) < had {
		r.open--
	}
}
