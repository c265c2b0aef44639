package guard

import (
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Listener wraps the listener that the SIP stack serves over TCP.
func (g *Guard) Listener(l net.Listener) net.Listener {
	return &listener{Listener: l, g: g}
}

type listener struct {
	net.Listener
	g   *Guard
	tls *TLS // nil: none
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
		if guarded := l.g.accept(c, l.tls); guarded != nil {
			return guarded, nil
		}
		if err := c.Close(); err != nil {
			l.g.counters.count(evAcceptError)
		}
	}
}

// accept wraps a connection, or returns nil when it may not stay.
func (g *Guard) accept(c net.Conn, t *TLS) net.Conn {
	peer, err := addrPort(c.RemoteAddr())
	if err != nil {
		g.counters.count(evAcceptError)
		return nil
	}
	trusted := g.trusted(peer.Addr())
	unwanted := g.opt.Closed && (t == nil || t.Trunk == nil) // else his certificate may say who he is
	if !trusted && (unwanted || g.sources.isBanned(peer.Addr(), g.now())) {
		g.counters.count(evConnBanned)
		return nil
	}
	if !trusted && t != nil && !g.handshakes.take(g.now()) || !g.conns.enter(peer.Addr(), trusted, g.opt.Limits) {
		g.counters.count(evConnRefused)
		return nil
	}
	g.counters.count(evConn)
	guarded := &conn{
		Conn:    c,
		g:       g,
		peer:    peer,
		trusted: trusted,
		framer:  framer{rules: g.rules},
		begun:   time.Now(),
	}
	if t != nil {
		secured := tls.Server(c, t.Config)
		guarded.Conn, guarded.secured, guarded.hands = secured, true, &handshake{*t, secured}
	}
	guarded.close = sync.OnceValue(func() error {
		g.conns.leave(peer.Addr(), trusted)
		return guarded.Conn.Close()
	})
	return guarded
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
