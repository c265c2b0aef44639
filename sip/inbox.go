package sip

import (
	"cmp"
	"slices"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// maxWaiting bounds the requests of the far end that a leg has not looked at yet. What is above is refused.
const maxWaiting = 32

// incoming is a request and the transaction to answer it with. Its handler waits for answered.
type incoming struct {
	req      *sipmsg.Request
	tx       responder
	acks     <-chan *sipmsg.Request // an ACK under the INVITE's own branch: wrong for a 2xx, and seen in the wild
	came     time.Time
	answered chan struct{}
	once     sync.Once
}

func newIncoming(req *sipmsg.Request, tx sipmsg.ServerTransaction) *incoming {
	return &incoming{req: req, tx: tx, acks: tx.Acks(), came: time.Now(), answered: make(chan struct{})}
}

// settle lets the handler go: nothing more is sent in this transaction.
func (in *incoming) settle() {
	in.once.Do(func() { close(in.answered) })
}

// item is one thing in a leg's inbox: one of its fields is set.
type item struct {
	in  *incoming       // a request other than ACK
	ack *sipmsg.Request //
	run func()          // a post of the caller's conversation or of this package
}

// inbox is what others leave for a leg's goroutine. Posts of our own are never refused, so that nobody has to wait;
// they are few. Requests of the far end are bounded by maxWaiting.
type inbox struct {
	wake chan struct{} // signalled when something was put in

	mu       sync.Mutex
	closed   bool
	requests int
	items    []item
}

func newInbox() *inbox {
	return &inbox{wake: make(chan struct{}, 1)}
}

// put never blocks. It fails with the refusal to answer if the leg is over, or has too much to do.
func (b *inbox) put(it item) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return noDialog.because("the call is over")
	}
	if it.run == nil {
		if b.requests >= maxWaiting {
			return tryLater.because("too many requests at a time") // 481 would end the call (RFC 3261 §12.2.1.2)
		}
		b.requests++
	}
	b.items = append(b.items, it)
	select {
	case b.wake <- struct{}{}:
	default:
	}
	return nil
}

// take empties the inbox.
func (b *inbox) take() []item {
	b.mu.Lock()
	defer b.mu.Unlock()
	items := b.items
	b.items, b.requests = nil, 0
	return items
}

// close refuses everything from now on and returns what was left.
func (b *inbox) close() []item {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	return b.take()
}

// sequencer puts a dialog's requests into the order of their CSeq. sipgo runs each message on a goroutine of its own, so
// a request may overtake the one sent before it; and UDP may do the same.
type sequencer struct {
	last uint32 // CSeq of the last request that was answered
	held []*incoming
}

// add takes a request in. False: it comes too late, because a later one has been answered (RFC 3261 §12.2.2), or one
// with the same CSeq.
func (s *sequencer) add(in *incoming) bool {
	seq := seqOf(in.req)
	if seq <= s.last {
		return false
	}
	at, twice := slices.BinarySearchFunc(s.held, seq, func(a *incoming, b uint32) int { return cmp.Compare(seqOf(a.req), b) })
	if twice {
		return false
	}
	s.held = slices.Insert(s.held, at, in)
	return true
}

// next returns the request to answer now, if there is one, or else how long to wait before asking again (0: until
// another arrives). A request waits while one before it is missing or while blocked says so, but not for longer than
// reorderWait.
func (s *sequencer) next(now time.Time, blocked func(*incoming) bool) (*incoming, time.Duration) {
	if len(s.held) == 0 {
		return nil, 0
	}
	head := s.held[0]
	if seqOf(head.req) != s.last+1 || blocked(head) {
		if wait := head.came.Add(reorderWait).Sub(now); wait > 0 {
			return nil, wait
		}
	}
	s.held = s.held[1:]
	s.last = seqOf(head.req)
	return head, 0
}
