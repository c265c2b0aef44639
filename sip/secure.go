package sip

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"partyline/sip/guard"
)

// TLS is what SIP over TLS needs.
type TLS struct {
	Server guard.TLS                   // of the listeners
	Client func() (*tls.Config, error) // of the connections that we open, without ServerName, anew for each
}

// openWait bounds the opening of a TLS connection.
const openWait = 10 * time.Second

// errNotByStack fails a handshake of sipgo's, which would verify a far end by its address alone. It never needs to make one.
var errNotByStack = errors.New("sip: TLS connections are opened by door alone")

// stackTLS is the configuration by which sipgo may open connections: none.
func stackTLS() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, VerifyConnection: func(tls.ConnectionState) error { return errNotByStack }}
}

// door is the listener by which the TLS connections that we open come to sipgo, as if the far end had opened them.
type door struct {
	at    net.Addr
	conns chan entrant
	done  <-chan struct{}
	known func() // tells that sipgo has taken the last one up; owned by Accept
}

// entrant is a connection, and who waits until sipgo knows it.
type entrant struct {
	conn  net.Conn
	known context.CancelFunc
}

func newDoor(at net.Addr, done <-chan struct{}) *door {
	return &door{at: at, conns: make(chan entrant), done: done, known: func() {}}
}

// Accept waits for the next connection. sipgo calls it again when it knows the last one.
func (d *door) Accept() (net.Conn, error) {
	d.known()
	d.known = func() {}
	select {
	case e := <-d.conns:
		d.known = e.known
		return e.conn, nil
	case <-d.done:
		return nil, net.ErrClosed
	}
}

// Close does nothing: the door is shut with the user agent.
func (d *door) Close() error { return nil }

// Addr is that of the listener whose name the connections bear.
func (d *door) Addr() net.Addr { return d.at }

// enter hands a connection to sipgo and waits until it knows it.
func (d *door) enter(ctx context.Context, c net.Conn) error {
	known, tell := context.WithCancel(context.Background())
	defer tell()
	select {
	case d.conns <- entrant{c, tell}:
	case <-d.done:
		return net.ErrClosed
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case <-known.Done():
		return nil
	case <-d.done:
		return net.ErrClosed
	}
}

// prepareTLS sees to it that there is a connection for a request: that of the dialog if it still stands, or else a new one, whose
// far end has to prove its name.
func (u *UA) prepareTLS(ctx context.Context, req *sipmsg.Request, f Flow) error {
	ctx, cancel := context.WithTimeout(ctx, openWait)
	defer cancel()
	far, name, err := lookUp(ctx, req.Destination())
	if err != nil {
		return err
	}
	if same := far.Addr() == f.Source.Addr(); u.secured(f.Source, f.Name) && (same || req.GetHeader("Route") == nil) {
		far = f.Source
	}
	req.SetDestination(far.String())
	if u.secured(far, f.Name) {
		return nil
	}
	if err := u.openTLS(ctx, far, cmp.Or(f.Name, name)); err != nil {
		return fmt.Errorf("sip: no TLS with %s: %w", far, err)
	}
	return nil
}

// lookUp finds the address of a host and its port, and the name that it has to prove.
func lookUp(ctx context.Context, hostPort string) (netip.AddrPort, string, error) {
	host, port, err := net.SplitHostPort(hostPort)
	if err != nil {
		return netip.AddrPort{}, "", fmt.Errorf("sip: destination: %w", err)
	}
	if at, err := netip.ParseAddrPort(hostPort); err == nil {
		return unmap(at), host, nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookupWait)
	defer cancel()
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return netip.AddrPort{}, "", fmt.Errorf("sip: destination: %w", err)
	}
	at, err := netip.ParseAddrPort(net.JoinHostPort(ips[0].Unmap().String(), port))
	if err != nil {
		return netip.AddrPort{}, "", fmt.Errorf("sip: destination: %w", err)
	}
	return at, host, nil
}

// secured says whether there is a TLS connection with that peer, and, if a name is given, whether he has proved it.
func (u *UA) secured(peer netip.AddrPort, name string) bool {
	c := u.connection("tls", peer.String())
	if c == nil {
		return false
	}
	if name == "" {
		return true
	}
	proved, ok := underlying(c).(interface{ Name() string })
	return ok && strings.EqualFold(proved.Name(), name)
}

// underlying is the connection of the guard beneath that of sipgo, or nil.
func underlying(c sipmsg.Connection) net.Conn {
	if tcp, ok := c.(*sipmsg.TCPConnection); ok {
		return tcp.Conn
	}
	return nil
}

// openTLS opens a connection to a peer who can prove that name.
func (u *UA) openTLS(ctx context.Context, peer netip.AddrPort, name string) error {
	if u.door == nil || u.opt.TLS.Client == nil {
		return errors.New("there is no TLS listener whose name we could bear")
	}
	config, err := u.opt.TLS.Client()
	if err != nil {
		return err
	}
	config = config.Clone()
	config.ServerName = name
	raw, err := (&tls.Dialer{Config: config}).DialContext(ctx, "tcp", peer.String())
	if err != nil {
		return err
	}
	c, err := u.guard.Dialed(raw, name)
	if err == nil {
		err = u.door.enter(ctx, c)
	}
	if err != nil {
		return errors.Join(err, raw.Close())
	}
	u.log.Debug("TLS connection opened", "remote", peer, "name", name)
	return nil
}

// trunkOf names the trunk that has proved its name on the connection of a request; empty: none.
func trunkOf(c sipmsg.Connection) string {
	if t, ok := underlying(c).(interface{ Trunk() string }); ok {
		return t.Trunk()
	}
	return ""
}

// asksSIPS says whether a request wants our Contact to be a SIPS URI (RFC 3261 §12.1.1). Else it is a SIP URI with
// transport=tls: RFC 5630 §3.1.3 calls that deprecated, but it is what telephones and SBCs speak.
func asksSIPS(req *sipmsg.Request) bool {
	if req.Recipient.Scheme == "sips" {
		return true
	}
	if route := req.GetHeader("Record-Route"); route != nil {
		var first sipmsg.Uri
		_, err := sipmsg.ParseAddressValue(route.Value(), &first, nil)
		return err == nil && first.Scheme == "sips"
	}
	contact := req.Contact()
	return contact != nil && contact.Address.Scheme == "sips"
}

// reachable says whether a Contact names an address that requests can go to over that network. What is for TLS alone is not
// sent over others.
func reachable(c *sipmsg.ContactHeader, network string) bool {
	if c == nil || c.Address.Wildcard || c.Address.Host == "" {
		return false
	}
	return c.Address.Scheme == "sip" || c.Address.Scheme == "sips" && strings.EqualFold(network, "tls")
}

// tlsAddr is the address of a listener for TLS.
type tlsAddr struct{ net.Addr }

// Network is "tls".
func (tlsAddr) Network() string { return "tls" }
