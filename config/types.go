package config

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// Duration is that of package time; a mistake in it is reported with its line in the file.
type Duration struct{ time.Duration }

// Addr is that of net/netip; a mistake in it is reported with its line in the file.
type Addr struct{ netip.Addr }

// AddrPort is that of net/netip; a mistake in it is reported with its line in the file.
type AddrPort struct{ netip.AddrPort }

// Prefix is that of net/netip; a mistake in it is reported with its line in the file.
type Prefix struct{ netip.Prefix }

// UnmarshalYAML reads "15s".
func (d *Duration) UnmarshalYAML(node ast.Node) error {
	return readText(node, func(text string) (err error) {
		if d.Duration, err = time.ParseDuration(text); err != nil {
			err = fmt.Errorf("%q is not a time such as 15s or 2m30s", text)
		}
		return err
	})
}

// UnmarshalYAML reads "192.0.2.1".
func (a *Addr) UnmarshalYAML(node ast.Node) error {
	return readText(node, func(text string) (err error) {
		if a.Addr, err = netip.ParseAddr(text); err != nil {
			err = fmt.Errorf("%q is not an IP address such as 192.0.2.1", text)
		}
		return err
	})
}

// UnmarshalYAML reads "127.0.0.1:8080".
func (a *AddrPort) UnmarshalYAML(node ast.Node) error {
	return readText(node, func(text string) (err error) {
		if a.AddrPort, err = netip.ParseAddrPort(text); err != nil {
			err = fmt.Errorf("%q is not an address and port such as 127.0.0.1:8080", text)
		}
		return err
	})
}

// UnmarshalYAML reads "192.0.2.0/24", or one address for just that one.
func (p *Prefix) UnmarshalYAML(node ast.Node) error {
	return readText(node, func(text string) (err error) {
		if addr, addrErr := netip.ParseAddr(text); addrErr == nil {
			p.Prefix = netip.PrefixFrom(addr, addr.BitLen())
			return nil
		}
		if p.Prefix, err = netip.ParsePrefix(text); err != nil {
			err = fmt.Errorf("%q is not an address or a block of them such as 192.0.2.0/24", text)
		}
		return err
	})
}

// UnmarshalYAML reads a list in which an entry without a network stands for UDP and TCP.
func (ls *Listeners) UnmarshalYAML(node ast.Node) error {
	list, ok := node.(*ast.SequenceNode)
	if !ok {
		return &yaml.SyntaxError{Message: "a list such as [127.0.0.1:5060] is due here", Token: node.GetToken()}
	}
	*ls = nil
	for _, entry := range list.Values {
		if err := readText(entry, ls.add); err != nil {
			return err
		}
	}
	return nil
}

func (ls *Listeners) add(text string) error {
	network, addrText := "", text
	if head, rest, ok := strings.Cut(text, ":"); ok && head != "" && strings.Trim(head, "abcdefghijklmnopqrstuvwxyz") == "" {
		network, addrText = head, rest
	}
	addr, err := parseListen(network, addrText)
	if err != nil {
		return fmt.Errorf("%q is not an address and port such as 127.0.0.1:5060, udp:127.0.0.1:5060 or tls:127.0.0.1:5061", text)
	}
	switch network {
	case "":
		*ls = append(*ls, bothNetworks(addr)...)
	case "udp", "tcp", "tls":
		*ls = append(*ls, Listen{Network: network, Addr: addr})
	default:
		return fmt.Errorf("%q: the network %q is not udp, tcp or tls", text, network)
	}
	return nil
}

// String writes the socket as in the file.
func (l Listen) String() string { return l.Network + ":" + l.Addr.String() }

// UnmarshalYAML reads "20000-29999".
func (r *PortRange) UnmarshalYAML(node ast.Node) error { return readText(node, r.set) }

func (r *PortRange) set(text string) error {
	low, high, ok := strings.Cut(text, "-")
	if ok {
		lo, errLow := strconv.ParseUint(strings.TrimSpace(low), 10, 16)
		hi, errHigh := strconv.ParseUint(strings.TrimSpace(high), 10, 16)
		if errLow == nil && errHigh == nil {
			*r = PortRange{Min: uint16(lo), Max: uint16(hi)}
			return nil
		}
	}
	return fmt.Errorf("%q is not a range of ports such as 20000-29999", text)
}

// String writes the range as in the file.
func (r PortRange) String() string { return fmt.Sprintf("%d-%d", r.Min, r.Max) }

// readText gives a scalar's text to set and puts the scalar's line into the error.
func readText(node ast.Node, set func(string) error) error {
	scalar, ok := node.(ast.ScalarNode)
	if !ok {
		return &yaml.SyntaxError{Message: "one value is due here", Token: node.GetToken()}
	}
	if err := set(fmt.Sprint(scalar.GetValue())); err != nil {
		return &yaml.SyntaxError{Message: err.Error(), Token: node.GetToken()}
	}
	return nil
}

// Pairs is how many pairs of an even and the next port the range has.
func (r PortRange) Pairs() int {
	first := int(r.Min) + int(r.Min)%2
	return max(0, (int(r.Max)-first+1)/2)
}
