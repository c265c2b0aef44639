package guard

import (
	"bytes"
	"net/netip"
	"strconv"
)

// Private marks in a Via, never seen outside: the reply path takes them out.
const (
	// ancientBranch begins the branch given to a request that came without one
	// that identifies its transaction (RFC 2543), so that the stack has a key.
	ancientBranch = magic + "-2543-"
	// ownBranch holds the branch such a request had.
	ownBranch = "partyline-branch"
)

// composeRequest appends a checked request in canonical form: one line per
// field, long names, no white space but where it separates, one Via, Contact
// or Route to a line, the true body length, and in the top Via where the
// request came from.
func (g *Guard) composeRequest(dst []byte, m *message, peer netip.AddrPort) []byte {
	dst = append(dst, m.method...)
	dst = append(dst, ' ')
	dst = append(dst, m.uri...)
	dst = append(dst, " SIP/2.0\r\n"...)
	dst = append(dst, "Via: "...)
	dst = g.appendTopVia(dst, m, peer)
	dst = append(dst, "\r\n"...)
	return appendRest(dst, m, peer)
}

// composeResponse appends a checked response in canonical form.
func composeResponse(dst []byte, m *message, peer netip.AddrPort) []byte {
	dst = append(dst, "SIP/2.0 "...)
	dst = strconv.AppendInt(dst, int64(m.status), 10)
	dst = append(dst, ' ')
	dst = appendUnfolded(dst, m.phrase)
	dst = append(dst, "\r\nVia: "...)
	dst = m.via.appendHop(dst)
	dst = appendParams(dst, m.via.params)
	dst = append(dst, "\r\n"...)
	return appendRest(dst, m, peer)
}

// appendTopVia writes the top Via with received and, if asked for, rport
// (RFC 3261 §18.2.1, RFC 3581 §4), and with a branch in any case.
func (g *Guard) appendTopVia(dst []byte, m *message, peer netip.AddrPort) []byte {
	v := &m.via
	dst = v.appendHop(dst)
	if v.modern() {
		dst = appendParams(dst, v.params, "received", "rport", ownBranch)
	} else {
		dst = appendParams(dst, v.params, "received", "rport", "branch", ownBranch)
		dst = append(dst, ";branch="...)
		dst = g.appendBranch(dst, m)
		if len(v.branch) > 0 {
			dst = append(dst, ";"+ownBranch+"="...)
			dst = append(dst, v.branch...)
		}
	}
	return appendStamp(dst, v, peer)
}

func appendStamp(dst []byte, v *via, peer netip.AddrPort) []byte {
	dst = append(dst, ";received="...)
	dst = peer.Addr().WithZone("").AppendTo(dst)
	if v.rport {
		dst = append(dst, ";rport="...)
		dst = strconv.AppendUint(dst, uint64(peer.Port()), 10)
	}
	return dst
}

// appendRest writes everything below the top Via.
func appendRest(dst []byte, m *message, peer netip.AddrPort) []byte {
	top := true
	for i := range m.fields {
		f := &m.fields[i]
		value := f.value
		switch f.id {
		case fieldContentLength:
			continue
		case fieldVia:
			if top {
				top = false
				var more bool
				if _, value, more = cut(value, ','); !more {
					continue
				}
			}
			dst = appendVias(dst, value)
		case fieldFrom, fieldTo, fieldReferTo, fieldReferredBy:
			if a, ok := parseAddress(value); ok {
				dst = appendName(dst, f)
				dst = appendAddress(dst, &a)
				dst = append(dst, "\r\n"...)
			}
		case fieldContact, fieldRoute, fieldRecordRoute:
			dst = appendAddresses(dst, f)
		default:
			dst = appendField(dst, m, f)
		}
	}
	dst = append(dst, PeerHeader+": "...)
	dst = peer.AppendTo(dst)
	dst = append(dst, "\r\n"...)
	dst = append(dst, "Content-Length: "...)
	dst = strconv.AppendInt(dst, int64(len(m.body)), 10)
	dst = append(dst, "\r\n\r\n"...)
	return append(dst, m.body...)
}

func appendName(dst []byte, f *field) []byte {
	switch name := longName(f.name); {
	case f.id != fieldOther:
		dst = append(dst, fieldNames[f.id]...)
	case name != "":
		dst = append(dst, name...)
	default:
		dst = append(dst, f.name...)
	}
	return append(dst, ": "...)
}

func appendField(dst []byte, m *message, f *field) []byte {
	dst = appendName(dst, f)
	if f.id == fieldCSeq {
		dst = strconv.AppendUint(dst, uint64(m.seq), 10)
		dst = append(dst, ' ')
		dst = append(dst, trim(f.value[bytes.IndexAny(f.value, " \t\r\n"):])...)
	} else {
		dst = appendUnfolded(dst, f.value)
	}
	return append(dst, "\r\n"...)
}

func appendVias(dst, list []byte) []byte {
	for more := true; more; {
		var one []byte
		one, list, more = cut(list, ',')
		v, ok := parseVia(one)
		if !ok {
			continue
		}
		dst = append(dst, "Via: "...)
		dst = v.appendHop(dst)
		dst = appendParams(dst, v.params)
		dst = append(dst, "\r\n"...)
	}
	return dst
}

func appendAddresses(dst []byte, f *field) []byte {
	for list, more := f.value, true; more; {
		var one []byte
		one, list, more = cut(list, ',')
		a, ok := parseAddress(one)
		if !ok {
			continue
		}
		dst = appendName(dst, f)
		dst = appendAddress(dst, &a)
		dst = append(dst, "\r\n"...)
	}
	return dst
}
