package attendant

import (
	"maps"
	"time"

	"partyline/control"
)

// PINs have six digits where access codes have nine: ten of them in a day are already a chance of 1 in 100,000 to hit that of
// one person. So wrong ones are counted by meeting, whoever keys them in; only those of who keyed in a right one in the same
// call are forgiven, a few of each person.
const (
	pinsFree     = 6             // wrong PINs of a meeting that are free
	pinLock      = 2 * time.Hour // the lock after one more; it doubles with each further one
	pinLongLock  = 24 * time.Hour
	pinForgiven  = 2    // wrong PINs of one person
	pinsMeetings = 1000 // with wrong PINs, from which on those of yesterday are forgotten
)

// pinGuesses are the wrong PINs of one meeting.
type pinGuesses struct {
	wrong        int
	last, locked time.Time // the last wrong one; until when none is looked at
	forgiven     map[control.ParticipantID]int
}

// pinAllowed says whether a PIN of the source may be looked at now. Whether it is right makes no difference.
func (g *guesses) pinAllowed(source string, meeting control.MeetingID, now time.Time) bool {
	if g.locked(source, now) {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.pins[meeting]
	return p == nil || !now.Before(p.locked)
}

// pinWrong counts a wrong PIN against its source and its meeting.
func (g *guesses) pinWrong(source string, meeting control.MeetingID, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.find(source, now).count(g.limits, now)
	p := g.pins[meeting]
	if p == nil || now.Sub(p.last) > g.limits.Forget {
		g.forgetPINs(now)
		p = &pinGuesses{forgiven: map[control.ParticipantID]int{}}
		g.pins[meeting] = p
	}
	p.wrong++
	p.last = now
	if over := p.wrong - pinsFree; over > 0 {
		p.locked = now.Add(doubled(pinLock, over, pinLongLock))
	}
}

// forgetPINs makes room; g.mu is held.
func (g *guesses) forgetPINs(now time.Time) {
	if len(g.pins) >= pinsMeetings {
		maps.DeleteFunc(g.pins, func(_ control.MeetingID, p *pinGuesses) bool { return now.Sub(p.last) > g.limits.Forget })
	}
}

// pinRight forgives a person the wrong ones of the same call.
func (g *guesses) pinRight(meeting control.MeetingID, who control.ParticipantID, wrong int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if p := g.pins[meeting]; p != nil {
		n := min(wrong, pinForgiven-p.forgiven[who], p.wrong)
		p.forgiven[who] += n
		p.wrong -= n
	}
}

// doubled is a lock that doubles with each further wrong code.
func doubled(first time.Duration, n int, longest time.Duration) time.Duration {
	if n >= 16 { // no overflow below
		return longest
	}
	return min(first<<(n-1), longest)
}

// mayGuess says whether a code by which the caller says who he is may be looked at now.
func (s *session) mayGuess() bool {
	return s.attendant.guesses.pinAllowed(s.source, s.meeting.ID(), time.Now())
}

// guessed hears, on any goroutine, what came of such a code.
func (s *session) guessed(meeting Meeting, code control.Code) {
	if code == control.CodeNotFound {
		s.attendant.guesses.pinWrong(s.source, meeting.ID(), time.Now())
		s.line.Post(func() { s.wrongPINs++ })
	}
	if code != "" {
		return
	}
	meeting.Look(func(state *control.State) {
		if state != nil {
			who := state.Legs[s.call.Leg]
			s.line.Post(func() { s.attendant.guesses.pinRight(meeting.ID(), who, s.wrongPINs) })
		}
	})
}
