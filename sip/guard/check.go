package guard

import (
	"bytes"
	"slices"
	"strings"
)

// rules are the parts of Options that say what is implemented, made ready.
type rules struct {
	lim        Limits
	methods    map[string]bool
	extensions []string // lower case
	types      bodies
	info       bodies // of INFO
	allow      string
}

func newRules(o Options) *rules {
	r := &rules{
		lim:     o.Limits,
		methods: make(map[string]bool, len(o.Methods)),
		allow:   strings.Join(o.Methods, ", "),
		types:   newBodies(o.ContentTypes),
		info:    newBodies(o.InfoTypes),
	}
	for _, m := range o.Methods {
		r.methods[m] = true
	}
	for _, e := range o.Extensions {
		r.extensions = append(r.extensions, strings.ToLower(e))
	}
	return r
}

// bodies are the media types that a method understands.
type bodies struct {
	types  []string // lower case
	accept string   // as Accept lists them
}

func newBodies(types []string) bodies {
	b := bodies{accept: strings.Join(types, ", ")}
	for _, t := range types {
		b.types = append(b.types, strings.ToLower(t))
	}
	return b
}

// bodiesOf are those of a request.
func (r *rules) bodiesOf(m *message) *bodies {
	if m.is("INFO") {
		return &r.info
	}
	return &r.types
}

// known are the methods of RFCs which are answered 405 rather than 501 when
// they are not implemented (RFC 3261 §21.4.6, §21.5.2).
var known = []string{
	"INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "INFO", "UPDATE", "PRACK",
	"REGISTER", "SUBSCRIBE", "NOTIFY", "PUBLISH", "MESSAGE", "REFER",
}

// request checks a parsed request and leaves the first fault in it.
// It reports whether the request could be answered at all.
func (r *rules) request(m *message) (answerable bool) {
	if !m.readVia() {
		return false
	}
	// The first fault is the one that is answered.
	r.dialog(m)
	r.method(m)
	r.lengths(m)
	r.target(m)
	r.addresses(m)
	r.required(m)
	r.content(m)
	return !m.is("ACK") || !m.fault.bad()
}

// readVia reads the top Via, without which there is no way back.
func (m *message) readVia() bool {
	f := m.get(fieldVia)
	if f == nil {
		return false
	}
	top, rest, more := cut(f.value, ',')
	var ok bool
	if m.via, ok = parseVia(top); !ok {
		return false
	}
	if more && !viasOK(rest) {
		m.blame(400, "Bad Via")
	}
	for i := range m.fields {
		if o := &m.fields[i]; o.id == fieldVia && o != f && !viasOK(o.value) {
			m.blame(400, "Bad Via")
		}
	}
	return true
}

// viasOK checks a list of Via values.
func viasOK(s []byte) bool {
	for more := true; more; {
		var one []byte
		one, s, more = cut(s, ',')
		if _, ok := parseVia(one); !ok {
			return false
		}
	}
	return true
}

// dialog checks what names the transaction and the dialog (RFC 3261 §8.1.1).
func (r *rules) dialog(m *message) {
	for _, id := range []fieldID{fieldTo, fieldFrom, fieldCallID, fieldCSeq} {
		if m.get(id) == nil {
			m.blame(400, "Missing "+fieldNames[id])
			return
		}
	}
	to, ok := parseAddress(m.value(fieldTo))
	if !ok {
		m.blame(400, "Bad To")
	}
	m.toTag = to.tag()
	if _, ok := parseAddress(m.value(fieldFrom)); !ok {
		m.blame(400, "Bad From")
	}
	if id := m.value(fieldCallID); len(id) == 0 || bytes.ContainsAny(id, " \t\r\n") {
		m.blame(400, "Bad Call-ID")
	}
	method, ok := m.readCSeq()
	switch {
	case !ok:
		m.blame(400, "Bad CSeq")
	case m.request && !bytes.Equal(method, m.method):
		// RFC 4475 §3.1.2.17.
		m.blame(400, "CSeq Method Mismatch")
	}
}

// readCSeq reads the number, which is below 2^31 (RFC 3261 §8.1.1.5).
func (m *message) readCSeq() (method []byte, ok bool) {
	value := m.value(fieldCSeq)
	i := bytes.IndexAny(value, " \t\r\n")
	if i < 0 {
		return nil, false
	}
	n, ok := number(value[:i])
	if !ok || n >= 1<<31 {
		return nil, false
	}
	m.seq = uint32(n)
	method = trim(value[i:])
	return method, isToken(method)
}

func (r *rules) method(m *message) {
	switch {
	case !equalFold(m.version, "sip/2.0"):
		if !versionForm(m.version) {
			m.blame(400, "Bad Version")
			return
		}
		m.blame(505, "Version Not Supported")
	case r.methods[string(m.method)]:
	case slices.Contains(known, string(m.method)):
		m.blame(405, "Method Not Allowed")
	default:
		m.blame(501, "Not Implemented")
	}
}

func versionForm(s []byte) bool {
	major, minor, ok := bytes.Cut(s[len("SIP/"):], []byte("."))
	_, ok1 := number(major)
	_, ok2 := number(minor)
	return ok && ok1 && ok2
}

// lengths checks the numbers, and cuts the body to its stated length: what
// follows it in a datagram is no part of the message (RFC 3261 §18.3).
func (r *rules) lengths(m *message) {
	if f := m.get(fieldMaxForwards); f != nil {
		// Zero is for proxies to mind, not for us (RFC 4475 §3.3.11).
		if n, ok := number(f.value); !ok || n > 255 {
			m.blame(400, "Bad Max-Forwards")
		}
	}
	if f := m.get(fieldContentLength); f != nil {
		n, ok := number(f.value)
		switch {
		case !ok:
			m.blame(400, "Bad Content-Length")
		case n > uint64(len(m.body)):
			m.blame(400, "Content-Length Exceeds Message")
		default:
			m.body = m.body[:n]
		}
	}
	if len(m.body) > r.lim.Body {
		m.blame(413, "Request Entity Too Large")
	}
}

func (r *rules) target(m *message) {
	switch checkURI(m.uri) {
	case uriBad:
		m.blame(400, "Bad Request-URI")
	case uriOther:
		m.blame(416, "Unsupported URI Scheme")
	case uriHeaders:
		// RFC 3261 §19.1.1 Table 1: not allowed in a Request-URI.
		m.blame(400, "Header Fields in Request-URI")
	case uriSIP:
	}
}

// addresses checks the other fields that the stack reads as addresses.
func (r *rules) addresses(m *message) {
	for i := range m.fields {
		f := &m.fields[i]
		if !f.id.address() || f.id == fieldTo || f.id == fieldFrom {
			continue
		}
		if f.id == fieldReferTo || f.id == fieldReferredBy {
			if _, ok := parseAddress(f.value); !ok {
				m.blame(400, "Bad "+fieldNames[f.id])
			}
			continue
		}
		for rest, more := f.value, true; more; {
			var one []byte
			one, rest, more = cut(rest, ',')
			if a, ok := parseAddress(one); !ok || !a.angle && f.id != fieldContact {
				m.blame(400, "Bad "+fieldNames[f.id])
			}
		}
	}
}

// required checks Require (RFC 3261 §8.2.2.3).
func (r *rules) required(m *message) {
	if m.is("ACK") || m.is("CANCEL") {
		return
	}
	for tag := range r.unsupported(m) {
		if tag != nil {
			m.blame(420, "Bad Extension")
		}
	}
}

// unsupported yields the option tags in Require that are not understood.
func (r *rules) unsupported(m *message) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for i := range m.fields {
			if m.fields[i].id != fieldRequire {
				continue
			}
			for rest, more := m.fields[i].value, true; more; {
				var one []byte
				one, rest, more = bytes.Cut(rest, []byte(","))
				one = trim(one)
				known := slices.ContainsFunc(r.extensions, func(e string) bool { return equalFold(one, e) })
				if len(one) > 0 && !known && !yield(one) {
					return
				}
			}
		}
	}
}
