package api

import (
	"math"
	"net/http"
	"net/netip"
	"time"

	"partyline/control"
)

// Rates are how many requests a second one caller may make, ten times as many at once; zero values mean the defaults.
type Rates struct {
	Key      int // an API key; 0: 2,000
	Speaker  int // a meeting token of a speaker; 0: 50
	Audience int // a meeting token of the audience; 0: 10
}

func (r *Rates) fill() {
	r.Key = orDefault(r.Key, 2000)
	r.Speaker = orDefault(r.Speaker, 50)
	r.Audience = orDefault(r.Audience, 10)
}

func (r Rates) of(who caller) int {
	switch who.token.Role {
	case control.Speaker:
		return r.Speaker
	case control.Audience:
		return r.Audience
	}
	return r.Key
}

// maxCallers is how many keys and tokens the rates are kept of.
const maxCallers = 20_000

// limit says that a caller asks too often; nil: he does not.
func (a *API) limit(who caller) *Problem {
	wait := a.limiter.Take(who.id+" "+string(who.token.Role), a.opt.Rates.of(who), time.Now())
	if wait == 0 {
		return nil
	}
	return tooOften(wait, "this credential makes too many requests")
}

// failed is the answer to a credential that is none.
func (a *API) failed(r *http.Request, s *stranger) *Problem {
	if s.problem != nil {
		return s.problem
	}
	if s.guess {
		if wait := a.failures.Add(sourceOf(r), time.Now()); wait > 0 {
			return tooOften(wait, "too many requests from here with credentials that are none")
		}
	}
	return newProblem(control.CodeUnauthorized, "%s", s.detail).with("Authorization", s.hint)
}

func tooOften(wait time.Duration, detail string) *Problem {
	p := newProblem(control.CodeRateLimited, "%s", detail).with("Authorization", "wait as long as Retry-After says")
	p.retry = max(1, int(math.Ceil(wait.Seconds())))
	return p
}

// sourceOf is the address that a request came from; that of a proxy, if there is one before us.
func sourceOf(r *http.Request) netip.Addr {
	addr, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return addr.Addr()
}
