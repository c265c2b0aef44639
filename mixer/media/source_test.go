package media_test

import (
	"net/netip"
	"testing"

	"partyline/mixer/media"
)

func TestSourceAccepts(t *testing.T) {
	t.Parallel()
	const (
		public, public2 = "203.0.113.7", "198.51.100.9"
		private, other  = "192.168.1.20", "192.168.1.5"
	)
	for _, tt := range []struct {
		name, remote, signalling, from string
		want                           bool
	}{
		{"negotiated", public + ":4000", public, public + ":4000", true},
		{"another port of the address", public + ":4000", public, public + ":4002", true},
		{"another address", public + ":4000", public, public2 + ":4000", false},
		{"media elsewhere than signalling", public + ":4000", public2, public + ":4000", true},
		{"from signalling though media is elsewhere", public + ":4000", public2, public2 + ":4000", false},
		{"behind a translator", private + ":4000", public, public + ":61000", true},
		{"private address from outside", private + ":4000", public, private + ":4000", false},
		{"one private network", private + ":4000", other, private + ":4000", true},
		{"one private network, by the signalling host", private + ":4000", other, other + ":4000", true},
		{"one private network, a neighbour", private + ":4000", other, "192.168.1.66:4000", false},
		{"on this machine, naming its outer address", public + ":4000", "127.0.0.1", "127.0.0.1:4000", true},
		{"on this machine, by its outer address", public + ":4000", "127.0.0.1", public + ":4000", true},
		{"on this machine, a stranger", public + ":4000", "127.0.0.1", public2 + ":4000", false},
		{"carrier NAT", "100.64.3.4:4000", public, public + ":9", true},
		{"no address", "0.0.0.0:4000", public, public + ":9", true},
		{"mapped", "[::ffff:203.0.113.7]:4000", public, public + ":4000", true},
		{"IPv6", "[2001:db8::1]:4000", "2001:db8::1", "[2001:db8::1]:4000", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var s media.Source
			s.Set(&media.Spec{
				Remote: netip.MustParseAddrPort(tt.remote), Signalling: netip.MustParseAddr(tt.signalling),
			})
			if got := s.Accepts(netip.MustParseAddrPort(tt.from)); got != tt.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

func TestSourceLocks(t *testing.T) {
	t.Parallel()
	spec := media.Spec{
		Remote: netip.MustParseAddrPort("203.0.113.7:4000"), Signalling: netip.MustParseAddr("203.0.113.7"),
	}
	real, late := netip.MustParseAddrPort("203.0.113.7:5555"), netip.MustParseAddrPort("203.0.113.7:4000")
	var s media.Source
	if _, ok := s.To(); ok {
		t.Error("sends before anything is agreed on")
	}
	s.Set(&spec)
	if to, ok := s.To(); !ok || to != spec.Remote {
		t.Errorf("sends to %s, %t", to, ok)
	}
	s.Lock(real)
	if to, ok := s.To(); !ok || to != real {
		t.Errorf("sends to %s, %t", to, ok)
	}
	if s.Accepts(late) || !s.Accepts(real) {
		t.Error("not locked")
	}
	s.Set(&spec) // an offer that changes nothing of it
	if s.Accepts(late) {
		t.Error("unlocked by the same address")
	}
	spec.Remote = netip.MustParseAddrPort("203.0.113.7:6000")
	s.Set(&spec)
	if !s.Accepts(late) || s.Peer().IsValid() {
		t.Error("still locked after the address changed")
	}
	for _, nobody := range []string{"203.0.113.7:0", "0.0.0.0:4000", "224.0.0.1:4000", "255.255.255.255:4000", "[ff02::1]:4000"} {
		spec.Remote = netip.MustParseAddrPort(nobody)
		s.Set(&spec)
		if _, ok := s.To(); ok {
			t.Errorf("sends to %s", nobody)
		}
	}
}
