package media

import (
	"errors"
	"net/netip"
	"time"
)

const (
	// BatchSize is the most packets one [Conn.Recv] returns.
	BatchSize = 4
	// MaxPacket is the most bytes of a packet that are looked at; longer ones are marked as cut.
	MaxPacket = 1500
	// MaxDSCP is the highest mark of a packet (RFC 2474 §3).
	MaxDSCP = 63
)

// ErrClosed is what a closed [Conn] answers.
var ErrClosed = errors.New("media: connection closed")

// Conn is a leg's RTP or RTCP socket. It never blocks and belongs to one goroutine at a time;
// only Close may be called from another one, and then only after the owner has stopped.
type Conn interface {
	// Recv fills b with the packets that wait, at most BatchSize. None waiting is 0 and no error.
	Recv(b *Batch) (int, error)
	// Send sends one packet. A full socket buffer drops it and says so.
	Send(p []byte, to netip.AddrPort) error
	// LocalAddr is the bound address.
	LocalAddr() netip.AddrPort
	// Close is idempotent.
	Close() error
}

// Listen binds a UDP socket to addr. Port 0 lets the kernel choose.
func Listen(addr netip.AddrPort) (Conn, error) { return ListenMarked(addr, 0) }

// Packet is one received datagram.
type Packet struct {
	Data    []byte         // valid until the next Recv with the same Batch
	From    netip.AddrPort // IPv4 addresses are never in their IPv6-mapped form
	Arrival int64          // of the kernel's time stamp, in nanoseconds of the Clock that stamped the Batch
	Cut     bool           // longer than MaxPacket
}

// Batch is room for the packets of one Recv. One Batch serves any number of sockets, one after the other.
type Batch struct {
	Packets [BatchSize]Packet
	Now     Instant // set by the owner once a tick; arrivals are counted from it

	// BadStamps counts the time stamps that were in the future, too old or absent; those packets count as arrived at Now.
	BadStamps uint64

	sys *batchSys
}

// Instant is one moment on the monotonic clock and on the wall clock, which the kernel's time stamps are of.
type Instant struct {
	Mono    int64     // nanoseconds since the Clock's start
	Wall    time.Time // the same moment
	Stepped bool      // the wall clock was set since the instant before: stamps say nothing
}

// Clock makes Instants. Not safe for concurrent use.
type Clock struct {
	start  time.Time
	offset int64 // wall minus monotonic at the instant before
	began  bool

	// Steps counts how often the wall clock was set.
	Steps uint64
}

// maxStep is how far wall and monotonic clock may part between two instants before the wall clock counts as set.
const maxStep = int64(5 * time.Millisecond)

// NewClock is a clock whose monotonic time is zero at start.
func NewClock(start time.Time) *Clock { return &Clock{start: start} }

// Now is the present instant.
func (c *Clock) Now() Instant {
	now := time.Now()
	in := Instant{Mono: int64(now.Sub(c.start)), Wall: now}
	offset := now.UnixNano() - in.Mono
	if step := offset - c.offset; c.began && (step > maxStep || step < -maxStep) {
		in.Stepped = true
		c.Steps++
	}
	c.offset, c.began = offset, true
	return in
}

// The range in which a kernel time stamp is believed, counted from the instant of the tick: packets that come while
// the tick works are a little in its future.
const (
	stampFuture = int64(25 * time.Millisecond)
	stampPast   = int64(time.Second)
)

// arrival converts a wall clock stamp in nanoseconds to the monotonic clock.
func (b *Batch) arrival(stamp int64) int64 {
	age := b.Now.Wall.UnixNano() - stamp
	if b.Now.Stepped || age < -stampFuture || age > stampPast {
		b.BadStamps++
		return b.Now.Mono
	}
	return b.Now.Mono - age
}
