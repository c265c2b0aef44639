package control

import "time"

// PhoneCodeLife is how long a phone code holds unless told otherwise.
const PhoneCodeLife = 10 * time.Minute

// maxPhoneCodeLife bounds it: what is keyed in for a long time is found out.
const maxPhoneCodeLife = time.Hour

// PhoneCode is what somebody keys into a telephone to have it as his own. It is used once.
type PhoneCode struct {
	Code      string    `json:"phone_code,omitempty"` // not shown in streams
	ExpiresAt time.Time `json:"expires_at"`
}

// IssuePhoneCode makes a code by which a participant attaches a telephone; the one before it is void. The value is the
// [PhoneCode].
type IssuePhoneCode struct {
	Participant ParticipantID
	Code        string        // drawn by [Meeting.Do]
	Life        time.Duration // 0: [PhoneCodeLife]
}

func (IssuePhoneCode) command() {}

// PhoneCodeIssued says that a participant can attach a telephone.
type PhoneCodeIssued struct {
	Participant ParticipantID `json:"participant"`
	PhoneCode
}

// Type implements [Event].
func (PhoneCodeIssued) Type() string { return "participant.phone_code_issued" }

func decideIssuePhoneCode(s *State, c IssuePhoneCode, now time.Time) ([]Event, any, error) {
	p, err := s.participant("participant", c.Participant)
	switch {
	case err != nil:
		return nil, nil, err
	case c.Life < 0 || c.Life > maxPhoneCodeLife:
		return nil, nil, Invalid("expires_in_s", "", "must be 1 to %d", int(maxPhoneCodeLife.Seconds()))
	case c.Life == 0:
		c.Life = PhoneCodeLife
	}
	if err := checkCode("code", c.Code); err != nil {
		return nil, nil, err
	}
	if c.Code == s.AccessCode || c.Code == s.SpeakerCode || s.isPIN(c.Code) {
		return nil, nil, Invalid("code", "draw another", "means something else in this meeting")
	}
	code := PhoneCode{Code: c.Code, ExpiresAt: now.Add(c.Life)}
	return []Event{PhoneCodeIssued{Participant: p.ID, PhoneCode: code}}, code, nil
}

// PhoneCode is the code by which a participant can attach a telephone now; zero: there is none.
func (s *State) PhoneCode(id ParticipantID, now time.Time) PhoneCode { return s.phoneCode(id, now) }

func (s *State) phoneCode(id ParticipantID, now time.Time) PhoneCode {
	if c := s.PhoneCodes[id]; now.Before(c.ExpiresAt) {
		return c
	}
	return PhoneCode{}
}

func (s *State) issuePhoneCode(e PhoneCodeIssued, at time.Time) {
	for id := range s.PhoneCodes { // those that hold no more are forgotten now and then
		if s.phoneCode(id, at).Code == "" {
			delete(s.PhoneCodes, id)
		}
	}
	s.PhoneCodes[e.Participant] = e.PhoneCode
}

// phoneCodeUsed: it cannot be used again.
func (s *State) phoneCodeUsed(id ParticipantID, by string) {
	if by == KnownByCode {
		delete(s.PhoneCodes, id)
	}
}

// drawPhoneCode draws and takes a code that means nothing else anywhere.
func (r *Registry) drawPhoneCode(s *State) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := NewCode{Set: true, Draw: true}
	c.draw(func(code string) bool { return r.taken(code) || s.isPIN(code) })
	r.codes[c.Code] = codeEntry{meeting: s.ID}
	return c.Code
}
