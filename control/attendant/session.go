package attendant

import (
	"errors"
	"log/slog"
	"time"

	"partyline/control"
)

// session drives the machine of one caller. Everything in it belongs to the goroutine of the caller's leg.
type session struct {
	attendant *Attendant
	call      control.Call
	line      control.Line
	log       *slog.Logger
	source    string // of access codes
	dialled   string // code in the request URI, or ""
	bound     bool   // the number in the request URI is a meeting's
	language  string // of the number that was dialled, or ""

	answered bool
	callee   *callee // nil: he has called

	machine *Machine
	timer   *time.Timer
	play    uint64 // of what is being said; 0: nothing
	plays   uint64 // drawn so far
	gone    bool

	meeting     Meeting      // that he is in, or is about to join; nil: none
	role        control.Role // that his code gives
	wrongPINs   int
	named       *control.Audio // his name, as he has just recorded it
	trusted     string         // a code that is no guess: it has led here in place of an access code
	participant control.ParticipantID
	entering    Tag // of the join that is under way; 0: none
	joined      bool
	held        bool
	takes       takes
}

func newSession(a *Attendant, call control.Call, line control.Line) *session {
	s := &session{
		attendant: a, call: call, line: line, machine: NewMachine(a.options.Keys, a.options.Languages...), source: guessSource(call),
		log: a.options.Logger.With("leg", string(call.Leg), "call_id", call.CallID),
	}
	s.machine.broadcasts = a.options.Broadcasts
	return s
}

// Answered implements [control.Caller].
func (s *session) Answered() {
	s.answered = true
	s.step(Answered{Code: s.dialled, Bound: s.bound, Language: s.language})
}

// Digit implements [control.Caller].
func (s *session) Digit(d byte) { s.step(Key{Digit: d}) }

// Played implements [control.Caller]. What was stopped or replaced is not waited for any more.
func (s *session) Played(id uint64) {
	if id != s.play {
		return
	}
	s.play = 0
	s.step(Played{})
}

// Held implements [control.Caller].
func (s *session) Held(held bool) {
	s.held = held
	if s.joined {
		s.fact(control.HoldLeg{Leg: s.call.Leg, Held: held})
	}
}

// Gone implements [control.Caller]. A join that is still under way comes before the leg's end in the meeting's
// queue, so that nobody stays behind.
func (s *session) Gone(reason string) {
	if s.gone {
		return
	}
	s.gone = true
	if s.timer != nil {
		s.timer.Stop()
	}
	if s.meeting == nil {
		return
	}
	meeting, leg, joined := s.meeting, s.call.Leg, s.joined
	meeting.Submit(control.LegGone{Leg: leg, Reason: reason}, s.meta(), func(_ any, err error) {
		meeting.Unfollow(leg)
		if err != nil && joined && !over(err) {
			s.log.Warn("end of leg was not recorded", "meeting", string(meeting.ID()), "err", err)
		}
	})
}

// What a session keeps over a restart: one of these, or the id of the meeting that the caller is in.
const (
	tagNew      = ""
	tagAnswered = "answered"
)

// Tag is what [Attendant.Readmit] needs to take the conversation up after a restart.
func (s *session) Tag() string {
	switch {
	case s.joined:
		return string(s.meeting.ID())
	case s.answered:
		return tagAnswered
	}
	return tagNew
}

// step gives the machine an input, does what it wants and sets the timer.
func (s *session) step(in Input) {
	if s.gone {
		return
	}
	switch in := in.(type) {
	case Merged:
		s.participant = in.Participant
	case Split:
		s.participant = in.Participant
	}
	for _, out := range s.machine.Step(in, time.Now()) {
		s.perform(out)
	}
	s.setTimer()
}

func (s *session) setTimer() {
	at := s.machine.Deadline()
	if at.IsZero() {
		if s.timer != nil {
			s.timer.Stop()
		}
		return
	}
	wait := max(time.Until(at), 0)
	if s.timer == nil {
		s.timer = time.AfterFunc(wait, func() { s.post(Tick{}) })
		return
	}
	s.timer.Reset(wait)
}

// post gives the machine an input from any goroutine.
func (s *session) post(in Input) { s.line.Post(func() { s.step(in) }) }

func (s *session) perform(out Output) {
	switch out := out.(type) {
	case Say:
		s.plays++
		s.play = s.plays
		s.attendant.options.Voice.Say(s.call.Leg, s.play, out.Language, out.Phrases)
	case Repeat:
		s.plays++
		s.play = s.plays
		s.attendant.options.Voice.Repeat(s.call.Leg, s.play, s.meeting.ID(), out.Sound)
	case Hush:
		s.play = 0
		s.attendant.options.Voice.Hush(s.call.Leg)
	case Enter:
		s.enter(out)
	case Check:
		s.check(out)
	case Join:
		s.join(out)
	case Look:
		s.find(out)
	case Do:
		s.do(out)
	case Confirm:
		s.callee.confirm(out.Tag)
	case Settle:
		s.callee.outcome = out.Outcome
	case HangUp:
		s.line.HangUp(out.Reason)
	default:
		s.performTake(out)
	}
}

// look has the view of the meeting made into an input. If there is none the machine's time runs out, or the
// meeting's end, which is on its way, is told.
func (s *session) look(input func(v View) Input) {
	s.lookAt(func(v View, _ *control.State) Input { return input(v) })
}

// find is look with all that the machine asks for.
func (s *session) find(l Look) {
	participant := s.participant
	s.lookAt(func(v View, state *control.State) Input {
		seen := Seen{Tag: l.Tag, View: v}
		if l.Of != nil {
			seen.Found = l.Of(state, state.Participants[participant])
		}
		return seen
	})
}

func (s *session) lookAt(input func(v View, state *control.State) Input) {
	participant := s.participant
	s.meeting.Look(func(state *control.State) {
		if state == nil {
			return
		}
		if v, ok := see(state, participant); ok {
			s.post(input(v, state))
		}
	})
}

func (s *session) do(d Do) {
	meta := s.meta()
	if d.Speaker {
		meta.If = speakersOnly(s.participant)
	}
	if d.Deed == Attach && !s.mayGuess() {
		s.post(Done{Tag: d.Tag, Code: control.CodeRateLimited})
		return
	}
	meeting := s.meeting
	meeting.Submit(s.command(d), meta, func(_ any, err error) {
		code := s.code(err)
		if d.Deed == Attach {
			s.guessed(meeting, code)
		}
		s.post(Done{Tag: d.Tag, Code: code})
	})
}

// command puts a deed into the meeting's words.
func (s *session) command(d Do) control.Command {
	me := s.participant
	if d.Command != nil {
		return d.Command(me)
	}
	switch d.Deed {
	case Mute, Unmute:
		return control.Mute{Participant: me, Muted: d.Deed == Mute}
	case Ask:
		return control.AskHelp{ID: control.NewID[control.HelpID]("help_"), Participant: me}
	case Withdraw:
		return control.WithdrawHelp{Request: d.Request}
	case Accept:
		return control.AcceptHelp{Request: d.Request, By: me}
	case Decline:
		return control.DeclineHelp{Request: d.Request, By: me}
	case GoLive:
		return control.GoLive{ID: control.NewID[control.BroadcastID]("bct_"), By: me, Leg: s.call.Leg, Limit: s.attendant.options.Broadcasts.Live}
	case EndLive:
		return control.EndLive{Leg: s.call.Leg}
	default: // Go
		return control.Move{Participants: []control.ParticipantID{me}, Room: d.Room, Self: true}
	}
}

// speakersOnly has the meeting refuse what a speaker may do to who is none when it is decided.
func speakersOnly(me control.ParticipantID) func(*control.State) error {
	return func(s *control.State) error {
		if p := s.Participants[me]; p == nil || p.Role != control.Speaker {
			return control.Errorf(control.CodeNotAllowed, "only speakers may do that")
		}
		return nil
	}
}

// fact tells the meeting something that needs no answer.
func (s *session) fact(c control.Command) {
	s.meeting.Submit(c, s.meta(), func(_ any, err error) {
		if err != nil {
			s.log.Warn("fact was not recorded", "err", err)
		}
	})
}

// meta names the caller as the actor: by his leg until it is known whose that is.
func (s *session) meta() control.Meta {
	if !s.joined {
		return control.Meta{Actor: string(s.call.Leg)}
	}
	return control.Meta{Actor: string(s.participant)}
}

// code is the reason of a refusal; anything that is no [control.Error] is logged.
func (s *session) code(err error) control.Code {
	if err == nil {
		return ""
	}
	if refusal, ok := errorCode(err); ok {
		return refusal
	}
	s.log.Error("command failed", "err", err)
	return control.CodeStore
}

// over says that a meeting takes no more facts because it has ended or was deleted, which its legs' ends are part of.
func over(err error) bool {
	e, ok := errors.AsType[*control.Error](err)
	return ok && (e.Code == control.CodeNotFound || e.Code == control.CodeWrongState)
}
