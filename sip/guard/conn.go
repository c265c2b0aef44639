package guard

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// readSize is how much is read from a connection at a time.
const readSize = 2048

// conn is a guarded connection. Read returns only whole, checked messages.
type conn struct {
	net.Conn
	g       *Guard
	peer    netip.AddrPort
	close   func() error // closes once and gives the place back
	secured bool         // with TLS
	name    string       // see Name

	// owned by the reader; trusted and trunk are settled before the stack gets a message
	trusted bool
	trunk   string     // see Trunk
	hands   *handshake // nil: no TLS, or it has been settled
	framer  framer
	buf     []byte    // received, not yet framed
	out     []byte    // checked, not yet read by the stack
	in      inbound   // buffers
	blanks  int       // empty lines in a row
	begun   time.Time // when the first byte in buf came, or the connection
	greeted bool      // a message has come

	writing sync.Mutex
}

// errBroken ends a connection whose messages cannot be told apart any more.
var errBroken = errors.New("guard: broken stream")

// errBanned ends the connection of a banned source.
var errBanned = errors.New("guard: source banned")

// Read returns bytes of checked messages.
func (c *conn) Read(p []byte) (int, error) {
	if err := c.secure(); err != nil {
		return 0, c.ended(err)
	}
	for len(c.out) == 0 {
		if err := c.advance(); err != nil {
			return 0, c.ended(err)
		}
	}
	n := copy(p, c.out)
	c.out = c.out[n:]
	return n, nil
}

// ended counts why a connection ends and hides it from the stack, which would
// log it: for the stack the peer has hung up.
func (c *conn) ended(err error) error {
	if c.secured && !c.trusted && !c.greeted {
		c.g.admit(c.peer.Addr(), c.g.now()) // who shakes hands for nothing is counted as if he had said something
	}
	switch {
	case errors.Is(err, errHandshake):
		c.g.counters.count(evConnHandshake)
	case errors.Is(err, errStranger):
		c.g.counters.count(evStranger)
	case errors.Is(err, errBroken):
		c.g.counters.count(evConnBroken)
	case errors.Is(err, errBanned):
		c.g.counters.count(evConnBanned)
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.g.counters.count(evConnTimeout)
	}
	if closeErr := c.Close(); closeErr != nil && !errors.Is(closeErr, net.ErrClosed) {
		c.g.counters.count(evReadError)
	}
	return io.EOF
}

// advance takes the next frame from what has come, or reads more.
func (c *conn) advance() error {
	m := c.g.scratch.Get().(*message)
	kind, n, why := c.framer.next(c.buf, m)
	defer c.g.scratch.Put(m)
	switch kind {
	case frameMessage:
		c.blanks, c.greeted = 0, true
		return c.message(n)
	case frameBlank:
		return c.blank(n)
	case frameBroken:
		return c.broken(m, n, why)
	case frameMore:
	}
	return c.fill()
}

// fill reads once, within the time that a peer has for its next bytes.
func (c *conn) fill() error {
	lim := c.g.opt.Limits
	deadline := time.Now().Add(lim.Idle)
	if len(c.buf) > 0 || !c.greeted {
		deadline = c.begun.Add(lim.HalfMessage)
	}
	if err := c.SetReadDeadline(deadline); err != nil {
		return fmt.Errorf("guard: read deadline: %w", err)
	}
	have := len(c.buf)
	c.grow(readSize)
	n, err := c.Conn.Read(c.buf[have : have+readSize])
	c.buf = c.buf[:have+n]
	if have == 0 && n > 0 && c.greeted {
		c.begun = time.Now()
	}
	if n > 0 {
		return nil
	}
	return err
}

// grow makes room for n more bytes after those in buf.
func (c *conn) grow(n int) {
	if cap(c.buf)-len(c.buf) >= n {
		return
	}
	buf := make([]byte, len(c.buf), len(c.buf)+2*n)
	copy(buf, c.buf)
	c.buf = buf
}

// consume drops n bytes from the front of buf.
func (c *conn) consume(n int) {
	rest := copy(c.buf, c.buf[n:])
	c.buf = c.buf[:rest]
	if c.greeted {
		c.begun = time.Now()
	}
	if rest == 0 && cap(c.buf) > 4*readSize {
		c.buf = nil
	}
}

func (c *conn) message(n int) error {
	g, now := c.g, c.g.now()
	if !c.trusted && !g.admit(c.peer.Addr(), now) {
		return errBanned
	}
	c.in.data, c.in.peer, c.in.trusted, c.in.stream, c.in.secure = c.buf[:n], c.peer, c.trusted, true, c.secured
	g.inspect(&c.in, now)
	c.consume(n)
	c.out = c.in.out
	if len(c.in.reply) > 0 {
		return c.send(c.in.reply)
	}
	return nil
}

// blank answers every second empty line with one (RFC 5626 §4.4.1).
func (c *conn) blank(n int) error {
	if !c.trusted && c.blanks == 0 && !c.g.admit(c.peer.Addr(), c.g.now()) {
		return errBanned
	}
	c.consume(n)
	if c.blanks++; c.blanks < 2 {
		return nil
	}
	c.blanks = 0
	c.g.counters.count(evKeepAlive)
	return c.send([]byte("\r\n"))
}

// broken answers if it can, and ends the connection.
func (c *conn) broken(m *message, n int, why fault) error {
	c.g.offended(c.peer.Addr(), false, c.g.now())
	if c.g.opt.Silent && !c.trusted || !m.parse(c.buf[:n], c.g.opt.Limits) || !m.request || m.is("ACK") || !m.readVia() {
		return errBroken
	}
	_, _ = m.readCSeq() // only its number is wanted, for the tag
	reply := c.g.composeReply(nil, m, why, c.peer, math.MaxInt)
	c.g.counters.refused(why.status)
	return errors.Join(errBroken, c.send(reply))
}

// Write sends what the stack wrote, whole messages.
func (c *conn) Write(p []byte) (int, error) {
	o := outbound{data: p, to: c.peer, secure: c.secured}
	if !bytes.Equal(p, []byte("\r\n")) {
		if err := c.g.release(&o, nil, true, c.g.now()); err != nil {
			return 0, err
		}
	}
	if o.skip {
		return len(p), nil
	}
	if err := c.send(o.data); err != nil {
		return 0, err
	}
	return len(p), nil
}

// send writes whole, within the time that a peer has to take it.
func (c *conn) send(p []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if err := c.SetWriteDeadline(time.Now().Add(c.g.opt.Limits.Write)); err != nil {
		return fmt.Errorf("guard: write deadline: %w", err)
	}
	if _, err := c.Conn.Write(p); err != nil {
		// Half a message may be out: nothing can follow it.
		return errors.Join(err, c.Close())
	}
	return nil
}

// Close closes the connection; again does nothing.
func (c *conn) Close() error { return c.close() }
