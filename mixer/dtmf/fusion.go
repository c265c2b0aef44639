package dtmf

import "time"

// Way is how a key comes from a telephone.
type Way uint8

// The ways.
const (
	ByEvent Way = iota // as a telephone-event (RFC 4733)
	ByTone             // as a tone in the audio
	ByInfo             // in a SIP INFO

	ways
)

// Tuned: November 2026.
const (
	// apart is how far the news of one press, by ways of which nothing is known yet, may come apart: a tone is recognised
	// some 60 ms after its beginning, an INFO is sent with the press or with the release of an ordinary one.
	apart = 400 * time.Millisecond
	// twinApart is the same for ways that have said the same before: then an INFO that was lost, and that comes with its
	// second retransmission (RFC 3261 §17.1.2.2: after 0.5 and 1.5 s), is still known to be a copy.
	twinApart = 1800 * time.Millisecond
	// twinTime is for how long that is remembered.
	twinTime = 30 * time.Second
	// longestHold bounds what an INFO may claim of how long its key was down.
	longestHold = 10 * time.Second
	// presses is how many are remembered: more than a machine dials in twinApart.
	presses = 32
)

// Fusion makes one row of digits of those that come by several ways. A press counts with the first news of it, by
// whichever way. Each way reports a press once: so a digit is a copy if the same one, counted a short time ago, is one
// that this way has not reported yet, and the oldest such; pressed twice it counts twice, by one way or by three. What one
// way has lost, another makes up for. The zero value is ready. A Fusion belongs to one call and one goroutine; it knows
// no clock.
type Fusion struct {
	counted [presses]press
	next    int
	twins   [ways][ways]time.Time // when one of the two last copied the other
}

// press is one that counted.
type press struct {
	digit byte
	by    [ways]bool // who has reported it
	first Way
	at    time.Time // when it was pressed; after a hold, when it was let go
	down  bool      // it is held
}

// Hold says that the key which came last as an event or a tone is held: until it is let go, news of it are copies. It bounds
// nothing that is not said, for an ordinary press is shorter than the news of it may come apart.
func (f *Fusion) Hold() {
	for i := range presses {
		if p := &f.counted[(f.next+presses-1-i)%presses]; p.digit != 0 && p.first != ByInfo {
			p.down = true
			return
		}
	}
}

// Release says that it is let go.
func (f *Fusion) Release(now time.Time) {
	for i := range f.counted {
		if p := &f.counted[i]; p.down {
			p.down, p.at = false, now
		}
	}
}

// near says whether news that came at now, of a key that had been down for so long, may be of this press.
func (p *press) near(now time.Time, held, window time.Duration) bool {
	age := now.Sub(p.at)
	return age <= held+window || p.down && age <= longestHold
}

// Press takes a digit that came at now, and says whether it counts. Held is for how long the key had been down by then,
// where that is known: the press was so much earlier.
func (f *Fusion) Press(now time.Time, by Way, digit byte, held time.Duration) (counts bool) {
	held = min(max(held, 0), longestHold)
	for i := range f.counted {
		p := &f.counted[(f.next+i)%presses] // oldest first
		if p.digit == digit && !p.by[by] && p.near(now, held, f.window(now, p.first, by)) {
			p.by[by] = true
			f.twins[p.first][by], f.twins[by][p.first] = now, now
			return false
		}
	}
	if by != ByInfo { // the one before has been let go
		for i := range f.counted {
			f.counted[i].down = false
		}
	}
	p := press{digit: digit, first: by, at: now}
	p.by[by] = true
	f.counted[f.next] = p
	f.next = (f.next + 1) % presses
	return true
}

// window is how far apart the news of one press may come by these two ways.
func (f *Fusion) window(now time.Time, a, b Way) time.Duration {
	if last := f.twins[a][b]; !last.IsZero() && now.Sub(last) <= twinTime {
		return twinApart
	}
	return apart
}
