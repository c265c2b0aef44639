package guard

import "bytes"

// content checks whether a body is one we understand and whether the answer's
// would be one the caller understands.
func (r *rules) content(m *message) {
	if m.is("INVITE") && !acceptsSDP(m) {
		m.blame(406, "Not Acceptable")
		return
	}
	if f := m.get(fieldContentType); f != nil && len(f.value) == 0 {
		m.blame(400, "Empty Content-Type")
		return
	}
	if len(m.body) == 0 || !bodied(m) || optional(m.value(fieldContentDisposition)) {
		return
	}
	if f := m.get(fieldContentEncoding); f != nil && len(f.value) > 0 && !equalFold(f.value, "identity") {
		m.blame(415, "Unsupported Content Encoding")
		return
	}
	f := m.get(fieldContentType)
	if f == nil {
		m.blame(400, "Missing Content-Type")
		return
	}
	for _, t := range r.bodiesOf(m).types {
		if mediaIs(f.value, t) {
			return
		}
	}
	m.blame(415, "Unsupported Media Type")
}

// bodied reports whether the method gives its body a meaning that we have to
// understand.
func bodied(m *message) bool {
	return m.is("INVITE") || m.is("UPDATE") || m.is("INFO") || m.is("PRACK")
}

// optional reports a Content-Disposition with handling=optional (RFC 3261
// §20.11).
func optional(value []byte) bool {
	_, rest, _ := cut(value, ';')
	if len(rest) == 0 {
		return false
	}
	for rest = value[len(value)-len(rest)-1:]; len(rest) > 0; {
		name, v, after, ok := nextParam(rest)
		if !ok {
			return false
		}
		if equalFold(name, "handling") {
			return equalFold(v, "optional")
		}
		rest = after
	}
	return false
}

// mediaIs compares a media type without its parameters to want, which is in
// lower case.
func mediaIs(value []byte, want string) bool {
	one, _, _ := bytes.Cut(value, []byte(";"))
	typ, sub, ok := bytes.Cut(one, []byte("/"))
	i := len(trim(typ))
	return ok && len(want) > i && want[i] == '/' && equalFold(trim(typ), want[:i]) && equalFold(trim(sub), want[i+1:])
}

// acceptsSDP reads Accept; without one, application/sdp is understood (RFC
// 3261 §20.1).
func acceptsSDP(m *message) bool {
	if m.get(fieldAccept) == nil {
		return true
	}
	for i := range m.fields {
		if m.fields[i].id != fieldAccept {
			continue
		}
		for rest, more := m.fields[i].value, true; more; {
			var one []byte
			one, rest, more = cut(rest, ',')
			for _, want := range []string{"application/sdp", "application/*", "*/*"} {
				if mediaIs(one, want) {
					return true
				}
			}
		}
	}
	return false
}
