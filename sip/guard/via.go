package guard

import (
	"bytes"
	"net/netip"
	"strconv"
)

// magic begins every branch of RFC 3261 §8.1.1.7.
const magic = "z9hG4bK"

// via is one Via value (RFC 3261 §20.42).
type via struct {
	version   []byte // "SIP/2.0" without white space
	transport []byte
	host      []byte // IPv6 in brackets
	port      uint16 // 0: none
	params    []byte // with the leading semicolon

	branch   []byte
	rport    bool       // RFC 3581: answer to the source port
	received netip.Addr // in an answer: what the guard stamped
	source   uint16     // in an answer: the stamped rport
}

// parseVia reads one Via value.
func parseVia(s []byte) (v via, ok bool) {
	protocol, s, ok1 := bytes.Cut(s, []byte("/"))
	version, s, ok2 := bytes.Cut(s, []byte("/"))
	if !ok1 || !ok2 || !isToken(trim(protocol)) || !isToken(trim(version)) {
		return v, false
	}
	v.version = trim(version)
	if !equalFold(trim(protocol), "sip") {
		return v, false
	}
	s = trim(s)
	end := bytes.IndexAny(s, " \t\r\n")
	if end < 0 || !isToken(s[:end]) {
		return v, false
	}
	v.transport = s[:end]
	s = trim(s[end:])
	by, _, _ := bytes.Cut(s, []byte(";"))
	v.params = s[len(by):]
	if v.host, v.port, ok = hostPort(trim(by)); !ok {
		return v, false
	}
	return v, v.readParams()
}

func (v *via) readParams() bool {
	for rest := v.params; len(rest) > 0; {
		var name, value []byte
		var ok bool
		if name, value, rest, ok = nextParam(rest); !ok {
			return false
		}
		// The stack splits a list of Vias at every comma, quoted or not.
		if bytes.IndexByte(value, '"') >= 0 || bytes.IndexByte(value, ',') >= 0 {
			return false
		}
		switch {
		case equalFold(name, "branch"):
			v.branch = value
		case equalFold(name, "rport"):
			v.rport = true
			if n, ok := number(value); ok && n <= 65535 {
				v.source = uint16(n)
			}
		case equalFold(name, "received"):
			if addr, err := netip.ParseAddr(string(bytes.Trim(value, "[]"))); err == nil {
				v.received = addr
			}
		}
	}
	return true
}

// modern reports whether the branch identifies the transaction by itself.
func (v *via) modern() bool {
	return len(v.branch) > len(magic) && string(v.branch[:len(magic)]) == magic
}

// replyTo is where a reply to a request from peer over UDP goes: to the source
// address, and to the source port if rport asked for it, else to the port of
// sent-by (RFC 3261 §18.2.2, RFC 3581 §4). A maddr is not followed: it would
// let a stranger aim at others.
func (v *via) replyTo(peer netip.AddrPort) netip.AddrPort {
	if v.rport {
		return peer
	}
	return netip.AddrPortFrom(peer.Addr(), v.sentPort())
}

func (v *via) sentPort() uint16 {
	if v.port == 0 {
		return 5060
	}
	return v.port
}

// hostPort reads host[:port]; the host may be a name, IPv4 or bracketed IPv6.
func hostPort(s []byte) (host []byte, port uint16, ok bool) {
	if len(s) > 0 && s[0] == '[' {
		end := bytes.IndexByte(s, ']')
		if end < 0 {
			return nil, 0, false
		}
		host = s[:end+1]
	} else {
		host, _, _ = bytes.Cut(s, []byte(":"))
	}
	rest := trim(s[len(host):])
	if host = trim(host); !isHost(host) {
		return nil, 0, false
	}
	if len(rest) == 0 {
		return host, 0, true
	}
	n, ok := number(trim(rest[1:]))
	if rest[0] != ':' || !ok || n == 0 || n > 65535 {
		return nil, 0, false
	}
	return host, uint16(n), true
}

// isHost allows underscores, which the grammar does not but the world does.
func isHost(s []byte) bool {
	if len(s) == 0 || len(s) > 255 {
		return false
	}
	if s[0] == '[' {
		if len(s) < 4 || len(s) > 41 {
			return false
		}
		addr, err := netip.ParseAddr(string(s[1 : len(s)-1]))
		return err == nil && addr.Is6() && addr.Zone() == ""
	}
	for _, c := range s {
		if !alphanum(c) && c != '.' && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// nextParam reads the parameter at the start of s, which begins with a
// semicolon. Empty parameters are passed over: name is nil for the last.
func nextParam(s []byte) (name, value, rest []byte, ok bool) {
	s = trim(s)
	for len(s) > 0 && s[0] == ';' {
		s = trim(s[1:])
	}
	if len(s) == 0 {
		return nil, nil, nil, true
	}
	one, _, _ := cut(s, ';')
	rest = s[len(one):]
	name, value, _ = bytes.Cut(one, []byte("="))
	name, value = trim(name), trim(value)
	if !isToken(name) {
		return nil, nil, nil, false
	}
	if len(value) > 0 && value[0] == '"' {
		if end := skipQuoted(value, 0); end != len(value) {
			return nil, nil, nil, false
		}
		return name, value, rest, true
	}
	for _, c := range value {
		if c <= ' ' || c == 0x7f || c == '"' || c == '<' || c == '>' {
			return nil, nil, nil, false
		}
	}
	return name, value, rest, true
}

// appendParams writes parameters in canonical form, except those named.
func appendParams(dst, params []byte, except ...string) []byte {
next:
	for rest := params; len(rest) > 0; {
		name, value, after, ok := nextParam(rest)
		if !ok {
			return dst
		}
		rest = after
		if name == nil {
			continue
		}
		for _, e := range except {
			if equalFold(name, e) {
				continue next
			}
		}
		dst = append(dst, ';')
		if equalFold(name, "tag") || equalFold(name, "branch") {
			for _, c := range name {
				dst = append(dst, lower(c))
			}
		} else {
			dst = append(dst, name...)
		}
		if len(value) > 0 {
			dst = append(dst, '=')
			dst = appendUnfolded(dst, value)
		}
	}
	return dst
}

// appendHop writes the Via value up to its parameters.
func (v *via) appendHop(dst []byte) []byte {
	dst = append(dst, "SIP/"...)
	dst = append(dst, v.version...)
	dst = append(dst, '/')
	dst = append(dst, v.transport...)
	dst = append(dst, ' ')
	dst = append(dst, v.host...)
	if v.port != 0 {
		dst = append(dst, ':')
		dst = strconv.AppendUint(dst, uint64(v.port), 10)
	}
	return dst
}
