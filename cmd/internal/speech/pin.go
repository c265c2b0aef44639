package speech

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

// reach says from where an address can be reached.
type reach int

const (
	public reach = iota
	private
	loopback
	nowhere // link-local (the clouds' metadata), multicast, unspecified: no server is there
)

func reachOf(a netip.Addr) reach {
	a = a.Unmap()
	switch {
	case a.IsLoopback():
		return loopback
	case a.IsLinkLocalUnicast(), a.IsMulticast(), a.IsUnspecified(), !a.IsValid():
		return nowhere
	case a.IsPrivate(), netip.MustParsePrefix("100.64.0.0/10").Contains(a):
		return private
	}
	return public
}

// pinned dials one server. An address in the URL is dialled as it is, but link-local ones. Of a name is remembered what
// reach its first answer had; from then on it is not followed to addresses of another, whatever its DNS says.
type pinned struct {
	resolve func(ctx context.Context, host string) ([]netip.Addr, error) // nil: the system's

	mu    sync.Mutex
	reach map[string]reach // of names; guarded by mu
}

// dial is for [net/http.Transport].
func (p *pinned) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	addrs, err := p.addrs(ctx, host)
	if err != nil {
		return nil, err
	}
	d := net.Dialer{Timeout: 5 * time.Second}
	for _, a := range addrs {
		conn, dialErr := d.DialContext(ctx, network, net.JoinHostPort(a.String(), port))
		if dialErr == nil {
			return conn, nil
		}
		err = dialErr
	}
	return nil, err
}

// addrs are the addresses of a host that may be dialled: one at least, or an error.
func (p *pinned) addrs(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		if reachOf(a) == nowhere {
			return nil, fmt.Errorf("%s is no address of a server", a)
		}
		return []netip.Addr{a}, nil
	}
	resolve := p.resolve
	if resolve == nil {
		resolve = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	all, err := resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	return p.pin(host, all)
}

// pin keeps those of the reach that the name had first.
func (p *pinned) pin(host string, all []netip.Addr) (kept []netip.Addr, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range all {
		r := reachOf(a)
		if r == nowhere {
			continue
		}
		if first, ok := p.reach[host]; ok && first != r {
			continue
		}
		if p.reach == nil {
			p.reach = make(map[string]reach)
		}
		p.reach[host] = r
		kept = append(kept, a.Unmap())
	}
	if len(kept) == 0 {
		return nil, fmt.Errorf("%s has no address now that it may be asked at: %v", host, all)
	}
	return kept, nil
}
