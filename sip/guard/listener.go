package guard

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Listener wraps the listener that the SIP stack serves over TCP or TLS.
func (g *Guard) Listener(l net.Listener) net.Listener {
	return &listener{Listener: l, g: g}
}

type listener struct {
	net.Listener
	g *Guard
}

// Accept returns the next connection that may stay. The stack stops serving
// after any error, so passing ones, such as a lack of file descriptors, are
// waited out.
func (l *listener) Accept() (net.Conn, error) {
	for failures := 0; ; {
		c, err := l.Listener.Accept()
		switch {
		case err == nil:
			failures = 0
		case errors.Is(err, net.ErrClosed), failures >= maxFailures:
			return nil, err
		default:
			failures++
			l.g.counters.count(evAcceptError)
			time.Sleep(failurePause)
			continue
		}
		if guarded := l.g.accept(c); guarded != nil {
			return guarded, nil
		}
		if err := c.Close(); err != nil {
			l.g.counters.count(evAcceptError)
		}
	}
}

// accept wraps a connection, or returns nil when it may not stay.
func (g *Guard) accept(c net.Conn) net.Conn {
	peer, err := addrPort(c.RemoteAddr())
	if err != nil {
		g.counters.count(evAcceptError)
		return nil
	}
	trusted := g.trusted(peer.Addr())
	if !trusted && (g.opt.Closed || g.sources.isBanned(peer.Addr(), g.now())) {
		g.counters.count(evConnBanned)
		return nil
	}
	if !g.conns.enter(peer.Addr(), trusted, g.opt.Limits) {
		g.counters.count(evConnRefused)
		return nil
	}
	g.counters.count(evConn)
	return &conn{
		Conn:    c,
		g:       g,
		peer:    peer,
		trusted: trusted,
		framer:  framer{rules: g.rules},
		begun:   time.Now(),
		close: sync.OnceValue(func() error {
			g.conns.leave(peer.Addr(), trusted)
			return c.Close()
		}),
	}
}

// connCount counts open connections. Trusted sources have a contingent of
// their own, so that strangers cannot keep them out.
type connCount struct {
	mu        sync.Mutex
	trusted   int
	strangers int
	perSource map[[16]byte]int // of strangers; bounded by their number
}

func (n *connCount) enter(a netip.Addr, trusted bool, lim Limits) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if trusted {
		if n.trusted >= lim.Conns {
			return false
		}
		n.trusted++
		return true
	}
	key := sourceKey(a)
	if n.strangers >= lim.Conns || n.perSource[key] >= lim.ConnsPerSource {
		return false
	}
	n.strangers++
	n.perSource[key]++
	return true
}

func (n *connCount) leave(a netip.Addr, trusted bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if trusted {
		n.trusted--
		return
	}
	n.strangers--
	key := sourceKey(a)
	if n.perSource[key]--; n.perSource[key] <= 0 {
		delete(n.perSource, key)
	}
}

func (n *connCount) open() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.trusted + n.strangers
}
