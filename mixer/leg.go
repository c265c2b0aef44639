package mixer

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"partyline/mixer/bridge"
	"partyline/mixer/media"
	"partyline/mixer/prompt"
)

// Leg is one media connection. Its methods may be called from any goroutine; Drain from one at a time.
// What happens to it is done by the shard that it is on, at a frame boundary.
type Leg struct {
	// immutable
	engine *Engine
	id     LegID
	pair   *media.Pair
	local  netip.AddrPort

	mail    mailbox[func(*Leg)] // what to do with the leg, in order; goes with it from shard to shard
	events  ring
	counts  counts
	gone    atomic.Bool  // it ended without ever having been on a shard that ran
	level   atomic.Int32 // dBov and talking, see packLevel
	rttUS   atomic.Int64 // round trip
	quality shownQuality
	lastIn  atomic.Int64 // of the last RTP, nanoseconds since the engine's start; 0: none

	mu      sync.Mutex
	started bool // guarded by mu
	closed  bool // guarded by mu

	// owned by the shard that the leg is on
	meeting *Meeting
	room    *room
	slot    int   // in room.legs
	index   int   // in meeting.order
	round   int   // of the last placement that named it
	last    int64 // tick of its last frame
	spec    media.Spec
	in      receiver
	out     sender
	port    bridge.Port
	apart   bool // as the placement says
	mutter  mutter
	take    take   // what is recorded of it
	heardAt int64  // tick in which it was listened to before its room was
	play    uint64 // what is played to it
	playing bool
	shown   int32    // what level holds
	encode  []byte   // a frame of its own on the way out
	target  *Meeting // where to hand it over to after this frame
	ready   int64    // when the meeting it was handed to may serve it first
	reports reports
	judged  judge
}

func newLeg(e *Engine, id LegID, pair *media.Pair) *Leg {
	l := &Leg{engine: e, id: id, pair: pair, local: pair.RTP.LocalAddr(), heardAt: -1}
	l.events.notify = make(chan struct{}, 1)
	l.level.Store(packLevel(silence, false))
	l.in.init()
	l.out = sender{
		ssrc: rand.Uint32(), seq: uint16(rand.Uint32() >> 17), tsRTP: rand.Uint32(), marker: true, want: frameSamples,
	}
	l.encode = make([]byte, frameSamples)
	l.reports = newReports()
	return l
}

// ID is the leg's name in its engine.
func (l *Leg) ID() LegID { return l.id }

// LocalAddr is where the leg receives RTP; RTCP is one port above.
func (l *Leg) LocalAddr() netip.AddrPort { return l.local }

// Start puts the leg on a shard: from now on it hears what is played to it, and nobody. On a leg that is started
// already it is Update.
func (l *Leg) Start(spec media.Spec) {
	l.mu.Lock()
	first := !l.started && !l.closed
	l.started = true
	l.mu.Unlock()
	l.Update(spec)
	if !first {
		return
	}
	s, phase := l.engine.leastLoaded()
	s.place[phase].legs.Add(1)
	s.inbox.post(func() { s.solo[phase].adopt(l, 0) })
}

// Update takes what a new offer/answer agreed on. The stream that is sent goes on.
func (l *Leg) Update(spec media.Spec) {
	pair := l.engine.secure(&spec)
	l.mail.post(func(l *Leg) {
		l.secure(&spec, pair)
		l.update(&spec)
	})
}

// Play plays src to this leg alone, in place of what is playing to it. With duck the room is lower meanwhile.
// The event PlayDone tells that it ended, was stopped or was replaced. The shard reads src.
func (l *Leg) Play(id uint64, src prompt.Source, duck bool) {
	l.mail.post(func(l *Leg) {
		l.playDone()
		l.play, l.playing = id, true
		l.port.Play(src, duck)
	})
}

// StopPlay stops what is playing to this leg.
func (l *Leg) StopPlay() {
	l.mail.post(func(l *Leg) {
		l.port.Play(nil, false)
		l.playDone()
	})
}

// Notify is signalled after events came.
func (l *Leg) Notify() <-chan struct{} { return l.events.notify }

// Drain takes events, oldest first, and says how many.
func (l *Leg) Drain(buf []media.Event) int { return l.events.take(buf) }

// Close ends the leg; its ports rest. Idempotent.
func (l *Leg) Close() { l.end(nil) }

// Detach ends the leg like Close and returns what is needed to Resume it.
func (l *Leg) Detach(ctx context.Context) (media.State, error) {
	reply := make(chan media.State, 1)
	if !l.end(reply) {
		return media.State{}, ErrLegClosed
	}
	select {
	case s := <-reply:
		return s, nil
	case <-l.engine.done: // no shard touches the leg any more
		select {
		case s := <-reply:
			return s, nil
		default:
			return l.state(), nil
		}
	case <-ctx.Done():
		return media.State{}, context.Cause(ctx)
	}
}

// end closes the leg once; false: it was closed before. The shard that it is on closes the sockets, at a frame
// boundary. A leg that is on none, or on one that does not run, is closed here.
func (l *Leg) end(reply chan<- media.State) bool {
	l.mu.Lock()
	started, closed := l.started, l.closed
	l.closed = true
	l.mu.Unlock()
	if closed {
		return false
	}
	finish := func(l *Leg) {
		if reply == nil {
			l.bye()
		}
		l.engine.forget(l)
		if reply != nil {
			reply <- l.state()
		}
	}
	if started && l.engine.owns(l) {
		l.mail.post(func(l *Leg) {
			l.stopRecord()
			l.meeting.remove(l)
			finish(l)
		})
		return true
	}
	finish(l)
	return true
}

// resumeGap is how many sequence numbers a resumed leg leaves out: more than were sent since its State was taken.
const resumeGap = 1000

// restore takes up the stream of another leg. Only before Start.
func (l *Leg) restore(s *media.State) {
	passed := time.Since(s.Taken).Truncate(Ptime)
	if s.Taken.IsZero() || passed < 0 {
		passed = 0
	}
	l.out.ssrc, l.out.seq, l.out.marker = s.SSRC, s.Seq+resumeGap, true
	l.out.tsRTP = s.TSRTP + uint32(passed*Rate/time.Second)
	if s.CNAME != "" {
		l.reports.cname = s.CNAME
	}
	l.spec = s.Spec
	l.resumeSecure(s)
	l.in.source.Set(&s.Spec)
	if s.Peer.IsValid() {
		l.in.source.Lock(s.Peer)
	}
}

// state is what restore needs.
func (l *Leg) state() media.State {
	return media.State{
		Spec: l.spec, Local: l.local, Peer: l.in.source.Peer(),
		SSRC: l.out.ssrc, Seq: l.out.seq, TSRTP: l.out.tsRTP + uint32(l.out.pending),
		PeerSSRC: l.in.ssrc, PeerSeq: l.in.seq, PeerTSRTP: l.in.tsRTP,
		CNAME:    l.reports.cname,
		Rollover: l.rollover(),
		Taken:    time.Now(),
	}
}
