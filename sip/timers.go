package sip

import "time"

// RFC 3261 §17.1.1.1 and table 4.
const (
	defaultT1 = 500 * time.Millisecond // estimate of the round trip
	defaultT2 = 4 * time.Second        // longest interval between retransmissions of a 2xx
)

// Tuned: October 2026.
const (
	// reorderWait is how long a request waits for those with a lower CSeq, or for an ACK, that sipgo's goroutines
	// may have let it overtake. Gaps are legal (RFC 3261 §12.2.1.1), so it has to be short.
	reorderWait = 50 * time.Millisecond
	// byeWait bounds how long a leg that has ended waits for the answer to its BYE: Timer F at the default T1.
	byeWait = 32 * time.Second
	// defaultRing is how long a telephone that we call rings; most networks give up after 60 s or later.
	defaultRing = 45 * time.Second
	// lookupWait bounds the look-up of a trunk's name.
	lookupWait = 5 * time.Second
	// detachWait bounds how long a suspended leg waits for its media.
	detachWait = 2 * time.Second
	// retryAfter is what a refused caller is told to wait, in seconds.
	retryAfter = "10"
)

// backoff is the schedule on which a 2xx is retransmitted until its ACK comes: at T1, then doubling up to T2, and
// given up at 64*T1 (RFC 3261 §13.3.1.4).
type backoff struct {
	next, ceiling, left time.Duration
}

func newBackoff(t1, t2 time.Duration) backoff {
	return backoff{next: t1, ceiling: t2, left: 64 * t1}
}

// wait returns how long to wait before the next retransmission; last says that there is none: it is time to give up.
func (b *backoff) wait() (d time.Duration, last bool) {
	d, last = b.next, b.next >= b.left
	if last {
		d = b.left
	}
	b.left -= d
	b.next = min(2*b.next, b.ceiling)
	return d, last
}
