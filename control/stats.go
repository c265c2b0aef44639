package control

import "sync/atomic"

// Stats are what a registry has counted since it was made.
type Stats struct {
	Meetings   int    // live now, ended ones that were used lately included
	Appends    uint64 // transactions of the log
	Events     uint64 // written by them
	Failures   uint64 // transactions that failed
	Placements uint64 // published to the mixer

	CallsOut    int                    // calls that meetings make, now
	CallsDenied map[string]uint64      // by the limit or rule
	CallsEnded  map[CallOutcome]uint64 // by outcome
}

type counters struct {
	appends, events, failures, placements atomic.Uint64
}

// Stats returns the counters.
func (r *Registry) Stats() Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := Stats{
		Meetings:   len(r.live),
		Appends:    r.count.appends.Load(),
		Events:     r.count.events.Load(),
		Failures:   r.count.failures.Load(),
		Placements: r.count.placements.Load(),
	}
	r.calls.stats(&s)
	return s
}
