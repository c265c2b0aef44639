package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// SIPTLS is how SIP is spoken over TLS. The files are PEM, and read again when they change.
type SIPTLS struct {
	Cert     string `yaml:"cert"`      // of the listeners; it is shown to trunks that ask for one too
	Key      string `yaml:"key"`       // its key
	ClientCA string `yaml:"client_ca"` // who vouches for the certificates of those who call; empty: none are asked for
	CA       string `yaml:"ca"`        // who vouches for those that are called; empty: whom this machine trusts
}

// sipTLSPort is where SIP over TLS is spoken unless it is said (RFC 3261 §19.1.2).
const sipTLSPort = 5061

// parseListen reads an address, to which the port may be left out for TLS.
func parseListen(network, text string) (netip.AddrPort, error) {
	if network == "tls" {
		if addr, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
			return netip.AddrPortFrom(addr, sipTLSPort), nil
		}
	}
	return netip.ParseAddrPort(text)
}

// HasTLS says whether calls are taken over TLS.
func (s SIP) HasTLS() bool {
	return slices.ContainsFunc(s.Listen, func(l Listen) bool { return l.Network == "tls" })
}

// validateTLS checks what the files are named for; whether they can be read is seen when they are.
func (s SIP) validateTLS() error {
	if (s.TLS.Cert == "") != (s.TLS.Key == "") {
		return invalid("sip.tls", "name cert and key, or neither")
	}
	for _, l := range s.Listen {
		switch clear := (Listen{"tcp", l.Addr}); {
		case l.Network != "tls":
		case s.TLS.Cert == "":
			return invalid("sip.tls", "%s needs a certificate: name cert and key", l)
		case l.Addr.Port() != 0 && slices.Contains(s.Listen, clear):
			return invalid("sip.listen", "%s and %s are the same port; SIP over TLS has 5061", l, clear)
		}
	}
	for i, t := range s.Trunks {
		if t.Outbound.Transport == "tls" && !s.HasTLS() {
			return invalid(fmt.Sprintf("sip.trunks[%d].outbound.transport", i), "calls go out from where they come in: sip.listen needs an address for TLS, e.g. tls:192.0.2.1:5061")
		}
		if err := s.validateNames(fmt.Sprintf("sip.trunks[%d].tls_names", i), t); err != nil {
			return err
		}
	}
	return nil
}

// validateNames checks the names that a trunk's certificate has.
func (s SIP) validateNames(at string, t Trunk) error {
	if len(t.TLSNames) > 0 && (s.TLS.ClientCA == "" || !s.HasTLS()) {
		return invalid(at, "certificates are asked for where there is sip.tls.client_ca, and an address for TLS in sip.listen")
	}
	for i, name := range t.TLSNames {
		if !hostName.MatchString(name) {
			return invalid(fmt.Sprintf("%s[%d]", at, i), "%.80q is not a name such as sbc.example.net", name)
		}
		if other := s.TrunkNamed([]string{name}); other != t.Name {
			return invalid(fmt.Sprintf("%s[%d]", at, i), "%s is a name of trunk %s already", name, other)
		}
	}
	return nil
}

// TrunkNamed names the trunk whose certificate has one of these names; empty: none.
func (s SIP) TrunkNamed(names []string) string {
	for _, t := range s.Trunks {
		for _, name := range t.TLSNames {
			if slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }) {
				return t.Name
			}
		}
	}
	return ""
}
