package webhook

import (
	"errors"
	"fmt"
	"net/netip"
	"syscall"
)

// ErrRefused says that an address is none that webhooks are sent to.
var ErrRefused = errors.New("webhooks are not sent to it")

// Guard says which addresses webhooks may go to. The zero value lets through what is reachable from everywhere, and
// nothing else: a user of the API must not be able to reach what only this machine or its network can.
type Guard struct {
	AllowPrivate bool           // loopback, RFC 1918, RFC 4193 and RFC 6598 too
	Allow        []netip.Prefix // these too, whatever they are
}

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, p := range list {
		out[i] = netip.MustParsePrefix(p)
	}
	return out
}

// What IANA's special-purpose registries (RFC 6890) hold, as of 2026-11.
var (
	private = prefixes(
		"127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", // loopback, RFC 1918
		"100.64.0.0/10", // RFC 6598, carriers' NAT; Alibaba's metadata 100.100.100.200
		"::1/128",       // loopback
		"fc00::/7",      // RFC 4193; Amazon's metadata fd00:ec2::254
	)
	// metadata stays shut when AllowPrivate opens what is around it.
	metadata = prefixes("100.100.100.200/32", "fd00:ec2::/32", "fd20:ce::254/128")
	special  = prefixes(
		"0.0.0.0/8",        // this network
		"169.254.0.0/16",   // link-local; most clouds' metadata
		"192.0.0.0/24",     // RFC 6890, IETF protocols; Oracle's metadata
		"192.0.2.0/24",     // documentation
		"192.88.99.0/24",   // 6to4 relays
		"198.18.0.0/15",    // benchmarks
		"198.51.100.0/24",  // documentation
		"203.0.113.0/24",   // documentation
		"224.0.0.0/4",      // multicast
		"240.0.0.0/4",      // reserved, broadcast
		"168.63.129.16/32", // Azure's metadata, though it looks public
		"2001::/23",        // IETF protocols; Teredo, which wraps IPv4
		"2001:db8::/32",    // documentation
		"2002::/16",        // 6to4, which wraps IPv4
		"3fff::/20",        // documentation
	)
	// Outside of it lie ::, ::/96, NAT64 (64:ff9b::/96, 64:ff9b:1::/48), fe80::/10, fec0::/10, ff00::/8 and what is unassigned.
	globalUnicast6 = netip.MustParsePrefix("2000::/3")
)

// Check returns an error of [ErrRefused] for an address that webhooks may not go to.
func (g Guard) Check(addr netip.Addr) error {
	bare := addr.Unmap().WithZone("") // ::ffff:10.0.0.1 is 10.0.0.1
	refused := fmt.Errorf("%s: %w", addr, ErrRefused)
	switch {
	case !bare.IsValid() || bare.IsUnspecified() || bare.IsMulticast():
		return refused // whatever is allowed: nobody lives there
	case within(g.Allow, bare):
		return nil
	case within(metadata, bare) || within(special, bare):
		return refused
	case within(private, bare):
		if !g.AllowPrivate {
			return refused
		}
	case bare.Is6() && !globalUnicast6.Contains(bare):
		return refused
	}
	return nil
}

func within(list []netip.Prefix, addr netip.Addr) bool {
	for _, p := range list {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// opened says whether anything that is not public may be reached.
func (g Guard) opened() bool { return g.AllowPrivate || len(g.Allow) > 0 }

// control is asked by the dialer for every address, after names are resolved and before anything is sent, so that a name
// that leads elsewhere the second time gains nothing.
func (g Guard) control(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%s: %w", address, ErrRefused)
	}
	return g.Check(to.Addr())
}
