package phone

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// allowed are the methods a telephone understands.
const allowed = "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, INFO"

// SetOptions are what the telephones of a set have in common.
type SetOptions struct {
	Local     netip.Addr   // the address of all telephones; zero: 127.0.0.1
	UserAgent string       // empty: "partyline-phone"
	Logger    *slog.Logger // nil: nothing is logged
	TLS       *tls.Config  // the telephones' certificate, and whom they trust; nil: they know no TLS
}

// Set is a number of telephones with one SIP user agent and one pacer.
type Set struct {
	local     netip.Addr
	sipAddr   netip.AddrPort
	tlsAddr   netip.AddrPort // where they take requests over TLS; zero: nowhere
	userAgent string
	logger    *slog.Logger
	ua        *sipgo.UserAgent
	server    *sipgo.Server
	client    *sipgo.Client
	pacer     *pacer
	sockets   []io.Closer
	wait      sync.WaitGroup // the SIP listeners and the pacer

	mu     sync.Mutex
	calls  map[string]*Call // by Call-ID
	closed bool
	onCall func(*Incoming)
}

// NewSet makes a set. It must be closed.
func NewSet(o SetOptions) (*Set, error) {
	s := &Set{local: o.Local, userAgent: o.UserAgent, logger: o.Logger, pacer: newPacer(), calls: make(map[string]*Call)}
	if !s.local.IsValid() {
		s.local = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	if s.userAgent == "" {
		s.userAgent = "partyline-phone"
	}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	udp, tcp, err := listenBoth(s.local)
	if err != nil {
		return nil, fmt.Errorf("telephones: %w", err)
	}
	s.sockets = append(s.sockets, udp, tcp)
	if err := s.agent(udp.LocalAddr().String(), o.TLS); err != nil {
		return nil, errors.Join(fmt.Errorf("telephones: %w", err), udp.Close(), tcp.Close())
	}
	if err := s.listenTLS(o.TLS); err != nil {
		return nil, errors.Join(fmt.Errorf("telephones: %w", err), udp.Close(), tcp.Close())
	}
	s.sipAddr = netip.MustParseAddrPort(udp.LocalAddr().String())
	known := &knownConn{PacketConn: udp, reading: make(chan struct{})}
	s.wait.Go(func() { s.served("udp", s.server.ServeUDP(known)) })
	s.wait.Go(func() { s.served("tcp", s.server.ServeTCP(tcp)) })
	s.wait.Go(s.pacer.run)
	<-known.reading
	return s, nil
}

// listenTLS takes requests over TLS, on a port of its own, if there is a certificate for it.
func (s *Set) listenTLS(config *tls.Config) error {
	if config == nil || len(config.Certificates) == 0 {
		return nil
	}
	l, err := tls.Listen("tcp", netip.AddrPortFrom(s.local, 0).String(), config)
	if err != nil {
		return err
	}
	s.sockets = append(s.sockets, l)
	s.tlsAddr = netip.MustParseAddrPort(l.Addr().String())
	s.wait.Go(func() { s.served("tls", s.server.ServeTLS(l)) })
	return nil
}

// knownConn tells when sipgo begins to read from a socket. Only then does
// sipgo know it, and can send a request from it instead of from a new one.
type knownConn struct {
	net.PacketConn
	once    sync.Once
	reading chan struct{}
}

// ReadFrom reads, and tells so the first time.
func (k *knownConn) ReadFrom(p []byte) (int, net.Addr, error) {
	k.once.Do(func() { close(k.reading) })
	return k.PacketConn.ReadFrom(p)
}

// listenBoth opens UDP and TCP on one port, so that one Contact serves both.
func listenBoth(local netip.Addr) (*net.UDPConn, *net.TCPListener, error) {
	var last error
	for range 16 {
		udp, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(local, 0)))
		if err != nil {
			return nil, nil, err
		}
		port := netip.MustParseAddrPort(udp.LocalAddr().String()).Port()
		tcp, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(netip.AddrPortFrom(local, port)))
		if err == nil {
			return udp, tcp, nil
		}
		last = errors.Join(err, udp.Close())
	}
	return nil, nil, last
}

// agent makes the SIP user agent of all telephones, which is addressed at addr.
func (s *Set) agent(addr string, secure *tls.Config) error {
	var err error
	quiet := sipgo.WithUserAgentTransportLayerOptions(sip.WithTransportLayerLogger(s.logger))
	quietTx := sipgo.WithUserAgentTransactionLayerOptions(sip.WithTransactionLayerLogger(s.logger))
	if secure == nil {
		secure = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if s.ua, err = sipgo.NewUA(sipgo.WithUserAgent(s.userAgent), sipgo.WithUserAgentHostname(s.local.String()), sipgo.WithUserAgenTLSConfig(secure), quiet, quietTx); err != nil {
		return err
	}
	if s.client, err = sipgo.NewClient(s.ua, sipgo.WithClientAddr(addr), sipgo.WithClientLogger(s.logger)); err != nil {
		return err
	}
	if s.server, err = sipgo.NewServer(s.ua, sipgo.WithServerLogger(s.logger)); err != nil {
		return err
	}
	s.handle()
	return nil
}

// served logs why a listener ended, unless the set was closed.
func (s *Set) served(network string, err error) {
	if err != nil && !errors.Is(err, net.ErrClosed) {
		s.logger.Warn("sip listener ended", "network", network, "err", err)
	}
}

// Addr is where the telephones take SIP requests, over UDP and TCP.
func (s *Set) Addr() netip.AddrPort { return s.sipAddr }

// Stats say how well the pacer kept time.
func (s *Set) Stats() PacerStats { return s.pacer.snapshot() }

// Calls are the calls that have not ended.
func (s *Set) Calls() []*Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := make([]*Call, 0, len(s.calls))
	for _, c := range s.calls {
		calls = append(calls, c)
	}
	return calls
}

// Close ends the set. Calls that are still up are cut off without BYE; use
// [Call.Hangup] or [Set.HangupAll] to end them in order.
func (s *Set) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	for _, c := range s.Calls() {
		c.end(End{Reason: "the set was closed"})
	}
	s.pacer.close()
	errs := []error{s.ua.Close()}
	for _, c := range s.sockets {
		if err := c.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	s.wait.Wait()
	return errors.Join(errs...)
}

func (s *Set) put(c *Call) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errors.New("the set is closed")
	}
	s.calls[c.dialog.callID] = c
	return nil
}

func (s *Set) drop(c *Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.calls, c.dialog.callID)
}

func (s *Set) byCallID(id string) *Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[id]
}

// contact is where the far end reaches user at this set.
func (s *Set) contact(user, network string) sip.Uri {
	u := sip.Uri{Scheme: "sip", User: user, Host: s.local.String(), Port: int(s.sipAddr.Port())}
	if s.local.Is6() {
		u.Host = "[" + u.Host + "]"
	}
	if network != "UDP" {
		u.UriParams = sip.NewParams()
		u.UriParams.Add("transport", strings.ToLower(network))
	}
	if network == "TLS" && s.tlsAddr.IsValid() {
		u.Port = int(s.tlsAddr.Port())
	}
	return u
}

// prepare completes a request before it is sent; UDP leaves from our one
// listener, so that the far end sees the port that the Contact names.
func (s *Set) prepare(c *sipgo.Client, req *sip.Request) error {
	if err := sipgo.ClientRequestBuild(c, req); err != nil {
		return err
	}
	if req.Transport() == "UDP" {
		req.Laddr = sip.Addr{IP: s.local.AsSlice(), Port: int(s.sipAddr.Port()), Hostname: s.local.String()}
	}
	return nil
}

// AddrTLS is where they take them over TLS; zero: nowhere.
func (s *Set) AddrTLS() netip.AddrPort { return s.tlsAddr }

// listenNetwork is sipgo's name of a network: "UDP", "TCP" or "TLS".
func listenNetwork(name string) (string, error) {
	switch name {
	case "", "udp", "UDP":
		return "UDP", nil
	case "tcp", "TCP":
		return "TCP", nil
	case "tls", "TLS":
		return "TLS", nil
	}
	return "", fmt.Errorf("network %s is not udp, tcp or tls", strconv.Quote(name))
}
