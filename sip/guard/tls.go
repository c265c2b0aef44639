package guard

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// TLS says how a listener speaks it.
type TLS struct {
	Config *tls.Config // required
	// Trunk names the trunk that a client certificate, which Config has verified, belongs to; empty: none. Who has
	// one is trusted, wherever he comes from. Nil: nobody has.
	Trunk func(*x509.Certificate) string
}

// TLSListener is [Guard.Listener] with TLS. Accept shakes no hands: that is
// done by whoever reads from the connection, so that a peer who takes his time
// holds up nobody but himself.
func (g *Guard) TLSListener(l net.Listener, t TLS) net.Listener {
	return &listener{Listener: l, g: g, tls: &t}
}

// Dialed wraps a connection that we have opened, to a peer who has proved to be
// name. What comes on it is checked as on any other.
func (g *Guard) Dialed(c net.Conn, name string) (net.Conn, error) {
	peer, err := addrPort(c.RemoteAddr())
	if err != nil {
		return nil, err
	}
	return &conn{
		Conn: c, g: g, peer: peer, trusted: g.trusted(peer.Addr()), framer: framer{rules: g.rules},
		greeted: true, secured: true, name: name, close: sync.OnceValue(c.Close),
	}, nil
}

// handshake is what a connection with TLS needs until hands are shaken.
type handshake struct {
	TLS
	conn *tls.Conn
}

// errHandshake ends a connection that does not come to speak TLS.
var errHandshake = errors.New("guard: no TLS handshake")

// errStranger ends the connection of a peer who has shown no certificate of a trunk.
var errStranger = errors.New("guard: stranger")

// secure shakes hands, once, within the time there is for it.
func (c *conn) secure() error {
	h := c.hands
	if h == nil {
		return nil
	}
	c.hands = nil
	if err := h.conn.SetDeadline(time.Now().Add(c.g.opt.Limits.Handshake)); err != nil {
		return fmt.Errorf("guard: handshake deadline: %w", err)
	}
	if err := h.conn.Handshake(); err != nil {
		return errors.Join(errHandshake, err)
	}
	if err := h.conn.SetDeadline(time.Time{}); err != nil {
		return fmt.Errorf("guard: handshake deadline: %w", err)
	}
	if chains := h.conn.ConnectionState().VerifiedChains; len(chains) > 0 && h.Trunk != nil {
		c.trunk = h.Trunk(chains[0][0])
	}
	c.trusted = c.trusted || c.trunk != ""
	if !c.trusted && c.g.opt.Closed {
		return errStranger
	}
	c.begun = time.Now()
	return nil
}

// Trunk names the trunk whose certificate the peer has shown; empty: none.
func (c *conn) Trunk() string { return c.trunk }

// Name is whom the peer has proved to be when we have opened the connection; empty: he has opened it.
func (c *conn) Name() string { return c.name }
