package guard

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// discard is a block of addresses that belong to nobody (RFC 6666). The stack
// sees each UDP socket's peers as one address in it.
var discard = netip.MustParsePrefix("100::/64")

// PacketConn wraps the socket that the SIP stack serves over UDP.
func (g *Guard) PacketConn(c net.PacketConn) net.PacketConn {
	ip := discard.Addr().As16()
	n := g.sockets.Add(1)
	ip[14], ip[15] = byte(n>>8), byte(n)
	p := &packetConn{PacketConn: c, g: g, fake: &net.UDPAddr{IP: ip[:], Port: 5060}}
	p.udp, _ = c.(*net.UDPConn)
	return p
}

// packetConn is a guarded UDP socket.
type packetConn struct {
	net.PacketConn
	g    *Guard
	udp  *net.UDPConn // the same, nil when it is none
	fake *net.UDPAddr // what the stack takes all peers for

	reading sync.Mutex
	buf     []byte  // guarded by reading
	in      inbound // guarded by reading

	space sync.Pool // of *[]byte, for replies
}

// ReadFrom returns the next message that is fit for the stack. The stack stops
// serving after any error, so only a closed socket or a deadline is one.
func (c *packetConn) ReadFrom(b []byte) (int, net.Addr, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	if c.buf == nil {
		c.buf = make([]byte, 65_535)
	}
	for failures := 0; ; {
		n, peer, err := c.read(c.buf)
		switch {
		case err == nil:
			failures = 0
		case errors.Is(err, net.ErrClosed), errors.Is(err, os.ErrDeadlineExceeded), failures >= maxFailures:
			return 0, nil, err
		default:
			failures++
			c.g.counters.count(evReadError)
			time.Sleep(failurePause)
			continue
		}
		if out := c.handle(c.buf[:n], peer); len(out) > 0 {
			return copy(b, out), c.fake, nil
		}
	}
}

// A socket that fails this often in a row is taken for broken.
const (
	maxFailures  = 100
	failurePause = 10 * time.Millisecond
)

// handle returns what the stack is to get of one datagram.
func (c *packetConn) handle(data []byte, peer netip.AddrPort) []byte {
	g, now := c.g, c.g.now()
	trusted := g.trusted(peer.Addr())
	if !trusted && !g.admit(peer.Addr(), now) {
		return nil
	}
	c.in.data, c.in.peer, c.in.trusted = data, peer, trusted
	g.inspect(&c.in, now)
	if len(c.in.reply) > 0 {
		if err := c.write(c.in.reply, c.in.to); err != nil {
			g.counters.count(evWriteError)
		}
	}
	return c.in.out
}

// WriteTo sends what the stack wrote: requests to addr, replies to where the
// request came from.
func (c *packetConn) WriteTo(p []byte, addr net.Addr) (int, error) {
	to, err := addrPort(addr)
	if err != nil {
		return 0, err
	}
	space, _ := c.space.Get().(*[]byte)
	if space == nil {
		space = new(make([]byte, 0, 2048))
	}
	defer c.space.Put(space)
	o := outbound{data: p, to: to}
	if err := c.g.release(&o, *space, false, c.g.now()); err != nil {
		c.g.counters.count(evReplyMalformed)
		return 0, err
	}
	if o.skip {
		return len(p), nil
	}
	if err := c.write(o.data, o.to); err != nil {
		c.g.counters.count(evWriteError)
		return 0, err
	}
	return len(p), nil
}

func (c *packetConn) read(b []byte) (int, netip.AddrPort, error) {
	if c.udp != nil {
		n, peer, err := c.udp.ReadFromUDPAddrPort(b)
		return n, unmap(peer), err
	}
	n, addr, err := c.PacketConn.ReadFrom(b)
	if err != nil {
		return 0, netip.AddrPort{}, err
	}
	peer, err := addrPort(addr)
	return n, peer, err
}

func (c *packetConn) write(p []byte, to netip.AddrPort) error {
	var err error
	if c.udp != nil {
		_, err = c.udp.WriteToUDPAddrPort(p, to)
	} else {
		_, err = c.PacketConn.WriteTo(p, net.UDPAddrFromAddrPort(to))
	}
	return err
}

// addrPort reads the address of a UDP or TCP peer.
func addrPort(a net.Addr) (netip.AddrPort, error) {
	switch a := a.(type) {
	case *net.UDPAddr:
		return unmap(a.AddrPort()), nil
	case *net.TCPAddr:
		return unmap(a.AddrPort()), nil
	}
	p, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("guard: peer address: %w", err)
	}
	return unmap(p), nil
}

func unmap(p netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
}
