package control

import (
	"fmt"
	"maps"
)

type codeEntry struct {
	meeting MeetingID
	role    Role
}

// NewCode says what becomes of a code of a meeting. The zero value leaves it as it is.
type NewCode struct {
	Set  bool
	Draw bool   // have one drawn; [Meeting.Do] does it
	Code string // else this one; empty: none, which only speakers can do without
}

// newCodes judges the codes that a meeting is to have from now on.
func newCodes(s *State, a, sp NewCode) (access, speaker string, err error) {
	access, speaker = s.AccessCode, s.SpeakerCode
	if a.Set {
		access = a.Code
	}
	if sp.Set {
		speaker = sp.Code
	}
	if err := checkCodes(access, speaker); err != nil {
		return "", "", err
	}
	switch {
	case a.Set && s.isPIN(access):
		return "", "", Invalid("access_code", "take another", "is the PIN of somebody in this meeting")
	case sp.Set && speaker != "" && s.isPIN(speaker):
		return "", "", Invalid("speaker_code", "take another", "is the PIN of somebody in this meeting")
	}
	return access, speaker, nil
}

func checkCodes(access, speaker string) error {
	if err := checkCode("access_code", access); err != nil {
		return err
	}
	if speaker == "" {
		return nil
	}
	if err := checkCode("speaker_code", speaker); err != nil {
		return err
	}
	if speaker == access {
		return Invalid("speaker_code", "", "must differ from the access code")
	}
	return nil
}

// isPIN says whether a code says who somebody is in this meeting.
func (s *State) isPIN(code string) bool {
	for _, p := range s.Participants {
		if p.hasPIN(code) || s.PhoneCodes[p.ID].Code == code {
			return true
		}
	}
	return false
}

// ByCode returns the open meeting that an access code or a speaker code belongs to, and the role it gives; or, without a
// role, that of a phone code, which says who calls: [Join] takes it as its Code.
func (r *Registry) ByCode(code string) (*Meeting, Role, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	entry, ok := r.codes[code]
	if m := r.live[entry.meeting]; ok && m != nil {
		return m, entry.role, nil
	}
	return nil, "", Errorf(CodeNotFound, "no meeting has this code")
}

// reserve draws the codes that are wanted and not given, and takes those of a meeting that is about to be made.
func (r *Registry) reserve(c CreateMeeting) (CreateMeeting, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	access := NewCode{Set: true, Code: c.AccessCode, Draw: c.AccessCode == ""}
	speaker := NewCode{Set: true, Code: c.SpeakerCode, Draw: c.SpeakerCode == "" && c.DrawSpeakerCode}
	pins := map[string]bool{}
	for _, p := range c.Roster {
		pins[p.PIN] = true
	}
	err := r.claim(c.ID, &access, &speaker, func(code string) bool { return pins[code] })
	c.AccessCode, c.SpeakerCode = access.Code, speaker.Code
	return c, err
}

// claim draws the codes that are to be drawn, and takes all that are set for a meeting, or none; r.mu is held. Whether they
// have the form of codes is for [Decide] to say. used names the digits that mean something else there.
func (r *Registry) claim(id MeetingID, access, speaker *NewCode, used func(string) bool) error {
	if most := r.o.MaxOpen; most > 0 && !r.open[id] && len(r.open) >= most {
		return &Error{Code: CodeLimit, Message: fmt.Sprintf("there are %d open meetings, which is the limit", len(r.open)), Hint: "end or delete one"}
	}
	for _, c := range []struct {
		field string
		*NewCode
	}{{"access_code", access}, {"speaker_code", speaker}} {
		if c.Set && !c.Draw && r.takenFrom(id, c.Code) {
			return &Error{Code: CodeCodeTaken, Field: c.field, Message: "another meeting uses this code", Hint: "choose another, or have one drawn"}
		}
	}
	access.draw(func(code string) bool { return r.taken(code) || used(code) || code == speaker.Code })
	speaker.draw(func(code string) bool { return r.taken(code) || used(code) || code == access.Code })
	r.open[id] = true
	if access.Set && access.Code != "" {
		r.codes[access.Code] = codeEntry{meeting: id, role: Audience}
	}
	if speaker.Set && speaker.Code != "" {
		r.codes[speaker.Code] = codeEntry{meeting: id, role: Speaker}
	}
	return nil
}

func (c *NewCode) draw(taken func(string) bool) {
	if !c.Set || !c.Draw {
		return
	}
	for c.Code = generateCode(); taken(c.Code); {
		c.Code = generateCode()
	}
	c.Draw = false
}

func (r *Registry) taken(code string) bool {
	_, ok := r.codes[code]
	return ok
}

// takenFrom says whether another meeting has the code.
func (r *Registry) takenFrom(id MeetingID, code string) bool {
	e, ok := r.codes[code]
	return ok && e.meeting != id
}

// claimCodes takes the codes that a command gives this meeting before it is decided. If it says so, the codes must be
// settled afterwards, whatever comes of the command.
func (m *Meeting) claimCodes(c Command) (_ Command, claimed bool, err error) {
	switch c := c.(type) {
	case ChangeMeeting:
		if !c.AccessCode.Set && !c.SpeakerCode.Set {
			return c, false, nil
		}
		err := m.home.claimFor(m.state, &c.AccessCode, &c.SpeakerCode)
		return c, true, err
	case OpenMeeting:
		if m.state.Phase != Ended {
			return c, false, nil
		}
		if !c.AccessCode.Set {
			c.AccessCode = NewCode{Set: true, Code: m.state.AccessCode}
		}
		if !c.SpeakerCode.Set {
			c.SpeakerCode = NewCode{Set: true, Code: m.state.SpeakerCode}
		}
		err := m.home.claimFor(m.state, &c.AccessCode, &c.SpeakerCode)
		return c, true, err
	case IssuePhoneCode:
		c.Code = m.home.drawPhoneCode(m.state)
		return c, true, nil
	}
	return c, false, nil
}

func (r *Registry) claimFor(s *State, access, speaker *NewCode) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.claim(s.ID, access, speaker, s.isPIN)
}

// settle makes the codes that are taken for a meeting those that it has.
func (r *Registry) settle(s *State) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drop(s.ID)
	if s.Phase == Open {
		r.take(s)
	}
}

func (r *Registry) take(s *State) {
	r.open[s.ID] = true
	for _, code := range s.PhoneCodes {
		r.codes[code.Code] = codeEntry{meeting: s.ID}
	}
	r.codes[s.AccessCode] = codeEntry{meeting: s.ID, role: Audience}
	if s.SpeakerCode != "" {
		r.codes[s.SpeakerCode] = codeEntry{meeting: s.ID, role: Speaker}
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
	r.take(s)
	return nil
}

// free gives all codes of a meeting back.
func (r *Registry) free(id MeetingID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drop(id)
}

func (r *Registry) drop(id MeetingID) {
	maps.DeleteFunc(r.codes, func(_ string, e codeEntry) bool { return e.meeting == id })
	delete(r.open, id)
}
