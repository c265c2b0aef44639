package media

import "net/netip"

// Source decides from where a leg's RTP is accepted and where its own goes to ("restricted latching", RFC 7362 §5's
// cautions). The negotiated address is sent to at once; the first valid packet from an address that may be the far
// end's locks both directions to its source until an offer/answer changes the address.
type Source struct {
	remote netip.AddrPort
	other  netip.Addr // where signalling comes from, if media may come from there too
	sole   bool       // remote itself cannot be the source
	peer   netip.AddrPort
}

// Set takes the addresses of a new offer/answer. A changed remote address unlocks.
func (s *Source) Set(spec *Spec) {
	remote := netip.AddrPortFrom(spec.Remote.Addr().Unmap(), spec.Remote.Port())
	signalling := spec.Signalling.Unmap()
	if remote != s.remote {
		s.peer = netip.AddrPort{}
	}
	s.remote, s.other, s.sole = remote, netip.Addr{}, false
	if !signalling.IsValid() || remote.Addr() == signalling {
		return
	}
	if signalling.IsLoopback() {
		s.other = signalling // it runs on this machine, whichever of the machine's addresses it names
		return
	}
	if !local(remote.Addr()) {
		return
	}
	// The far end names a private address but signals from another: it is behind a translator and its media comes
	// from where its signalling does. Where that is private too, both may be true.
	s.other, s.sole = signalling, !local(signalling)
}

var carrierNAT = netip.MustParsePrefix("100.64.0.0/10") // RFC 6598

// local says that an address means nothing to the internet.
func local(a netip.Addr) bool {
	return !a.IsValid() || a.IsUnspecified() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() ||
		carrierNAT.Contains(a)
}

// Accepts says whether a packet from this source may be the far end's.
func (s *Source) Accepts(from netip.AddrPort) bool {
	if s.peer.IsValid() {
		return from == s.peer
	}
	a := from.Addr()
	return a == s.other || (!s.sole && a == s.remote.Addr())
}

// Lock fixes the source after its first valid packet.
func (s *Source) Lock(from netip.AddrPort) { s.peer = from }

// Peer is the locked source; invalid: none yet.
func (s *Source) Peer() netip.AddrPort { return s.peer }

// To is where to send; false: nowhere yet. An offer may not direct RTP at more than one host.
func (s *Source) To() (netip.AddrPort, bool) {
	if s.peer.IsValid() {
		return s.peer, true
	}
	a := s.remote.Addr()
	ok := a.IsValid() && s.remote.Port() != 0 && !a.IsUnspecified() && !a.IsMulticast() && a != broadcast
	return s.remote, ok
}

var broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})
