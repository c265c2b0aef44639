package attendant

import (
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"partyline/control"
	"partyline/control/attendant/voice"
)

// Phrase is one sentence of the catalogue with what fills its gaps, or a sound.
type Phrase = voice.Phrase

// Voice speaks to one leg. Its methods enqueue and never block.
type Voice interface {
	// Say replaces what is being said to the leg. [control.Caller.Played] is called
	// with the id when it has been said, was stopped or was replaced. What the language lacks is said in English, as is
	// everything if it is empty.
	Say(leg control.LegID, id uint64, language string, phrases []Phrase)
	// Repeat plays a sound of the meeting to the leg, like Say, as soon as it is there.
	Repeat(leg control.LegID, id uint64, meeting control.MeetingID, sound control.Sound)
	// Hush stops what is being said to the leg.
	Hush(leg control.LegID)
}

// Registry finds a meeting by what a caller keys in.
type Registry interface {
	// ByCode returns the meeting with this code and the role that the code gives. It must not block.
	ByCode(code string) (Meeting, control.Role, error)
	// ByNumber returns the meeting that a number, as it was dialled, is bound to for calls from a trunk. It must not block.
	ByNumber(number, trunk string) (Meeting, control.Number, error)
	// ByID returns a meeting that a call was in before a restart.
	ByID(id control.MeetingID) (Meeting, error)
}

// Meeting is what a conversation needs of a meeting. No method blocks; the functions given run on the
// goroutine that owns the meeting.
type Meeting interface {
	ID() control.MeetingID
	// Submit carries a command out and then calls reply, once.
	Submit(cmd control.Command, meta control.Meta, reply func(result any, err error))
	// Look calls f once with the present state, or with nil if the meeting takes no more questions.
	Look(f func(s *control.State))
	// Follow calls f after every event until Unfollow; by is who caused it.
	Follow(leg control.LegID, f func(ev control.Event, by string, at time.Time, s *control.State))
	// Unfollow ends Follow.
	Unfollow(leg control.LegID)
}

// When a code in the request URI opens a meeting.
const (
	CodeInURITrusted = "trusted" // from loopback and trusted trunks
	CodeInURIAll     = "all"
	CodeInURIOff     = "off"
)

// Options of an [Attendant].
type Options struct {
	Registry  Registry     // required
	Voice     Voice        // required
	Recorder  Recorder     // nil: nothing that callers say is recorded
	Logger    *slog.Logger // required; carries its component
	CodeInURI string       // empty: [CodeInURITrusted]
	Keys      Keymap       // nil: [DefaultKeymap]
	Languages []string     // among which callers can choose by key, as tags; fewer than two: they cannot
	Guess     GuessLimits  // zero: [DefaultGuessLimits]

	Trunk func(netip.Addr) string // names the trunk that a call comes from, "" if it is none; nil: there are none

	Broadcasts Broadcasts
}

func (o *Options) validate() error {
	switch {
	case o.Registry == nil:
		return fmt.Errorf("attendant: no registry")
	case o.Voice == nil:
		return fmt.Errorf("attendant: no voice")
	case o.Logger == nil:
		return fmt.Errorf("attendant: no logger")
	}
	switch o.CodeInURI {
	case CodeInURITrusted, CodeInURIAll, CodeInURIOff:
	default:
		return fmt.Errorf("attendant: code in URI: %q is none of trusted, all, off", o.CodeInURI)
	}
	if err := o.Keys.Validate(); err != nil {
		return fmt.Errorf("attendant: %w", err)
	}
	return nil
}

// Attendant talks to every caller. It is safe for concurrent use.
type Attendant struct {
	options Options
	guesses *guesses
}

// New makes an attendant.
func New(o Options) (*Attendant, error) {
	if o.CodeInURI == "" {
		o.CodeInURI = CodeInURITrusted
	}
	if o.Keys == nil {
		o.Keys = DefaultKeymap()
	}
	if o.Guess == (GuessLimits{}) {
		o.Guess = DefaultGuessLimits()
	}
	o.Broadcasts.fill()
	if err := o.validate(); err != nil {
		return nil, err
	}
	return &Attendant{options: o, guesses: newGuesses(o.Guess)}, nil
}

// Admit begins the conversation with a caller who has not been answered yet. It refuses a source that has just
// keyed in too many wrong codes.
func (a *Attendant) Admit(call control.Call, line control.Line) (control.Caller, error) {
	s := newSession(a, call, line)
	if a.guesses.locked(s.source, time.Now()) {
		return nil, control.Errorf(control.CodeRateLimited, "too many wrong access codes")
	}
	s.dial()
	return s, nil
}

// Readmit takes up the conversation with a caller whom another process was talking to; tag is what the session's Tag
// returned there. Answered is called on it only if that process had not done so.
func (a *Attendant) Readmit(call control.Call, tag string, line control.Line) (control.Caller, error) {
	if id, ok := strings.CutPrefix(tag, tagInvited); ok {
		return a.invitedAgain(control.MeetingID(id), call, line), nil
	}
	s := newSession(a, call, line)
	switch tag {
	case tagNew:
		s.dial()
		return s, nil
	case tagAnswered: // he had keyed in his codes at most
		s.bound, s.language = a.bound(call)
		line.Post(s.Answered)
		return s, nil
	}
	meeting, err := a.options.Registry.ByID(control.MeetingID(tag))
	if err != nil {
		s.log.Info("meeting of resumed call is gone", "meeting", tag, "err", err)
		s.post(Over{})
		return s, nil
	}
	s.answered, s.meeting = true, meeting
	line.Post(s.resume)
	return s, nil
}

// Lengths of an access code.
const (
	minCode = 6
	maxCode = 12
)

// dial looks what the caller has dialled.
func (s *session) dial() {
	if s.bound, s.language = s.attendant.bound(s.call); !s.bound {
		s.dialled = s.attendant.dialledCode(s.call)
	}
}

// bound says whether the number that was dialled is a meeting's, and its language. It is no secret: whoever may call at all
// may use it.
func (a *Attendant) bound(call control.Call) (is bool, language string) {
	_, number, err := a.options.Registry.ByNumber(call.To, a.trunk(call))
	code, _ := errorCode(err)
	return err == nil || code == control.CodeWrongState, number.Language // its meeting has ended: he is told that
}

// trunk names the trunk that a call comes from.
func (a *Attendant) trunk(call control.Call) string {
	if call.Trunk != "" || a.options.Trunk == nil {
		return call.Trunk
	}
	return a.options.Trunk(call.Source.Addr().Unmap())
}

// dialledCode is the access code in the request URI, or "".
func (a *Attendant) dialledCode(call control.Call) string {
	switch {
	case a.options.CodeInURI == CodeInURIOff,
		a.options.CodeInURI == CodeInURITrusted && !call.Trusted,
		len(call.To) < minCode, len(call.To) > maxCode,
		strings.Trim(call.To, "0123456789") != "":
		return ""
	}
	return call.To
}
