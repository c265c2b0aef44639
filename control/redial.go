package control

import (
	"slices"
	"strings"
	"time"
)

// LostLeg is what was when a leg of somebody ended, so that it can be so again.
type LostLeg struct {
	Number string    `json:"number,omitempty"` // that it came from; empty: unknown
	At     time.Time `json:"at"`
	Hand   time.Time `json:"hand,omitzero"` // since when his hand was up; zero: it was down
}

const (
	defaultRedialS = 600
	maxLost        = 4 // of one person
)

// lose notes a leg that ends.
func (p *Participant) lose(e LegLeft, at time.Time) {
	if i := p.leg(e.Leg); i >= 0 {
		p.Lost = recent(append(slices.Clip(p.Lost), LostLeg{Number: p.Legs[i].Number, At: at, Hand: p.Hand}))
	}
}

// recent keeps the latest, in order of time.
func recent(lost []LostLeg) []LostLeg {
	slices.SortStableFunc(lost, func(a, b LostLeg) int { return a.At.Compare(b.At) })
	return lost[max(0, len(lost)-maxLost):]
}

// redial is within which time a call from the same number is the same person's; 0: never.
func (o *Options) redial() time.Duration {
	s := defaultRedialS
	if o.RedialS != nil {
		s = *o.RedialS
	}
	return time.Duration(s) * time.Second
}

// lately says whether something was a short time ago.
func (s *State) lately(at, now time.Time) bool {
	limit := s.Options.redial()
	return limit > 0 && now.Sub(at) <= limit
}

// lostLately is the last leg of somebody that has ended, if that is a short time ago; else nil.
func (s *State) lostLately(p *Participant, now time.Time) *LostLeg {
	if n := len(p.Lost); n > 0 && s.lately(p.Lost[n-1].At, now) {
		return &p.Lost[n-1]
	}
	return nil
}

// whoCalls finds who calls from a number: somebody who was lost a short time ago, or, by option, one of the roster. nil: any
// choice could be wrong.
func (s *State) whoCalls(c Join, now time.Time) (p *Participant, by string) {
	var lost, listed []*Participant
	for _, p := range s.Participants {
		if s.lostFrom(p, c.Number, now) && (!p.Present() || p.awaits()) {
			lost = append(lost, p)
		}
		if s.Options.IdentifyByNumber && !p.onlyGuest() && p.answersTo(c.Number) && !p.Present() {
			listed = append(listed, p)
		}
	}
	if len(lost) > 0 {
		return theOne(lost, c.Name), KnownByRedial
	}
	return theOne(listed, c.Name), KnownByNumber
}

// sameNumber says whether two numbers are one, whether they are written with a plus, with 00, or with neither.
func sameNumber(a, b string) bool {
	if a == b {
		return a != ""
	}
	bare := func(number string) string { return strings.TrimPrefix(strings.TrimPrefix(number, "+"), "00") }
	return isTelephone(a) && isTelephone(b) && len(bare(a)) >= minSameNumber && bare(a) == bare(b)
}

// minSameNumber is how many digits a number has at least that is not an extension.
const minSameNumber = 7

// lostFrom says whether somebody has lost a call from a number a short time ago.
func (s *State) lostFrom(p *Participant, number string, now time.Time) bool {
	return slices.ContainsFunc(p.Lost, func(l LostLeg) bool { return l.Number == number && s.lately(l.At, now) })
}

// awaits says whether somebody who is there may get his telephone back by its number. A number can be forged: it never
// speaks for a speaker.
func (p *Participant) awaits() bool {
	return p.Role == Audience && !slices.ContainsFunc(p.Legs, func(l Leg) bool { return l.Kind == PhoneLeg })
}

// theOne is the only one of several, or the only one of that name; nil: nobody can tell.
func theOne(list []*Participant, name string) *Participant {
	if len(list) == 1 {
		return list[0]
	}
	named := slices.DeleteFunc(slices.Clone(list), func(p *Participant) bool { return name == "" || foldName(p.Name) != foldName(name) })
	if len(named) == 1 {
		return named[0]
	}
	return nil
}

// Knows finds who would join with a number and no code; empty: somebody new.
func (s *State) Knows(number, name string, now time.Time) ParticipantID {
	if number == "" || isWithheld(number) {
		return ""
	}
	if p, _ := s.whoCalls(Join{Number: number, Name: name}, now); p != nil {
		return p.ID
	}
	return ""
}
