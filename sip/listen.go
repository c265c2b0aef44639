package sip

import (
	"fmt"
	"net"
	"net/netip"
	"sync"

	"github.com/emiago/sipgo"

	"partyline/sip/guard"
)

// socket is one bound address, wrapped by the guard.
type socket struct {
	network string
	packet  net.PacketConn // of UDP
	stream  net.Listener   // of TCP, alone or under TLS
	ready   chan struct{}  // closed when sipgo reads: from then on requests can be sent through it
	once    sync.Once
}

// bind opens every socket of the options.
func (u *UA) bind() error {
	for _, l := range u.opt.Listen {
		s := &socket{network: l.Network, ready: make(chan struct{})}
		var err error
		switch l.Network {
		case "udp":
			s.packet, err = net.ListenPacket("udp", l.Addr)
		default:
			s.stream, err = net.Listen("tcp", l.Addr)
		}
		if err != nil {
			return fmt.Errorf("sip: listen: %w", err)
		}
		switch {
		case s.packet != nil:
			s.packet = readyConn{PacketConn: u.guard.PacketConn(s.packet), s: s}
		case l.Network == "tls":
			s.stream = u.guard.TLSListener(s.stream, u.opt.TLS.Server)
			if u.door == nil {
				u.door = newDoor(s.stream.Addr(), u.ctx.Done())
			}
		default:
			s.stream = u.guard.Listener(s.stream)
		}
		u.sockets = append(u.sockets, s)
	}
	return nil
}

// guardOptions completes the options of the guard with what this package implements.
func (o *Options) guardOptions(known func(netip.Addr) bool) guard.Options {
	g := o.Guard
	g.Methods, g.Extensions, g.ContentTypes, g.InfoTypes = methods, extensions, []string{mimeSDP}, infoTypes
	if g.Trust == nil {
		g.Trust = o.Trust
	}
	if g.Known == nil {
		g.Known = known
	}
	if g.Logger == nil {
		g.Logger = o.Logger
	}
	return g
}

// GuardStats are the counters of what stands before the stack.
func (u *UA) GuardStats() guard.Stats {
	return u.guard.Stats()
}

func (s *socket) addr() net.Addr {
	if s.packet != nil {
		return s.packet.LocalAddr()
	}
	if s.network == "tls" {
		return tlsAddr{s.stream.Addr()}
	}
	return s.stream.Addr()
}

// serve hands the socket to sipgo until it is closed.
func (s *socket) serve(server *sipgo.Server) error {
	if s.packet != nil {
		return server.ServeUDP(s.packet)
	}
	s.isReady()
	if s.network == "tls" {
		return server.ServeTLS(s.stream)
	}
	return server.ServeTCP(s.stream)
}

func (s *socket) isReady() {
	s.once.Do(func() { close(s.ready) })
}

func (s *socket) close() error {
	if s.packet != nil {
		return s.packet.Close()
	}
	return s.stream.Close()
}

// readyConn tells when sipgo first reads: it puts a socket into its pool just before that, and a request sent
// earlier would open a socket of its own (sipgo issue 367).
type readyConn struct {
	net.PacketConn
	s *socket
}

// ReadFrom reads one datagram.
func (c readyConn) ReadFrom(b []byte) (int, net.Addr, error) {
	c.s.isReady()
	return c.PacketConn.ReadFrom(b)
}

// localAddr is the socket's address towards the far end: a socket bound to every address has none of its own.
func localAddr(listener net.Addr, to netip.AddrPort) netip.AddrPort {
	bound, err := netip.ParseAddrPort(listener.String())
	if err != nil {
		return netip.AddrPort{}
	}
	bound = netip.AddrPortFrom(bound.Addr().Unmap(), bound.Port())
	if !bound.Addr().IsUnspecified() {
		return bound
	}
	probe, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(to)) // sends nothing: it asks the kernel for the route
	if err != nil {
		return bound
	}
	defer probe.Close() //nolint:errcheck // it never carried anything
	if routed, ok := probe.LocalAddr().(*net.UDPAddr); ok {
		return netip.AddrPortFrom(routed.AddrPort().Addr().Unmap(), bound.Port())
	}
	return bound
}
