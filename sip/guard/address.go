package guard

import "bytes"

// address is a name-addr or addr-spec with its parameters (RFC 3261 §20.10).
type address struct {
	display []byte
	uri     []byte
	params  []byte // with the leading semicolon
	angle   bool   // the URI is in angle brackets
}

// parseAddress reads one address value.
func parseAddress(s []byte) (a address, ok bool) {
	s = trim(s)
	var open int
	if len(s) > 0 && s[0] == '"' {
		end := skipQuoted(s, 0)
		if end < 0 {
			return a, false
		}
		a.display = s[:end]
		s = trim(s[end:])
		if len(s) == 0 || s[0] != '<' {
			return a, false
		}
		open = 0
	} else if open = bytes.IndexByte(s, '<'); open > 0 {
		a.display = trim(s[:open])
		// A comma here makes it a list of two (RFC 4475 §3.1.2.15).
		if bytes.ContainsAny(a.display, `",;<>\`) {
			return a, false
		}
	}
	if open >= 0 {
		end := bytes.IndexByte(s[open:], '>')
		if end < 0 {
			return a, false
		}
		a.angle, a.uri, a.params = true, s[open+1:open+end], trim(s[open+end+1:])
	} else {
		a.uri, _, _ = bytes.Cut(s, []byte(";"))
		a.params = s[len(a.uri):]
		a.uri = trim(a.uri)
		// RFC 3261 §20: such an URI has to be in angle brackets.
		if bytes.ContainsAny(a.uri, "?,") {
			return a, false
		}
	}
	if len(a.params) > 0 && a.params[0] != ';' {
		return a, false
	}
	switch checkURI(a.uri) {
	case uriBad:
		return a, false
	case uriOther:
		// The stack takes only letters in a scheme.
		scheme, _, _ := bytes.Cut(a.uri, []byte(":"))
		if bytes.ContainsAny(scheme, "0123456789+-.") {
			return a, false
		}
	case uriSIP, uriHeaders:
	}
	return a, paramsOK(a.params)
}

func paramsOK(s []byte) bool {
	for len(s) > 0 {
		var ok bool
		if _, _, s, ok = nextParam(s); !ok {
			return false
		}
	}
	return true
}

// tag returns the tag parameter.
func (a *address) tag() []byte {
	for rest := a.params; len(rest) > 0; {
		name, value, after, ok := nextParam(rest)
		if !ok {
			return nil
		}
		if equalFold(name, "tag") {
			return value
		}
		rest = after
	}
	return nil
}

// appendAddress writes an address in canonical form: no white space but one
// space after the display name.
func appendAddress(dst []byte, a *address) []byte {
	if len(a.display) > 0 {
		dst = appendUnfolded(dst, a.display)
		dst = append(dst, ' ')
	}
	if a.angle {
		dst = append(dst, '<')
	}
	dst = append(dst, a.uri...)
	if a.angle {
		dst = append(dst, '>')
	}
	return appendParams(dst, a.params)
}

// uriKind is what the guard knows of a URI.
type uriKind uint8

const (
	uriBad     uriKind = iota
	uriSIP             // sip or sips
	uriHeaders         // sip or sips with header fields in it
	uriOther           // another scheme
)

// checkURI checks the form of a URI (RFC 3261 §19.1.1).
func checkURI(s []byte) uriKind {
	if len(s) < 3 {
		return uriBad
	}
	for _, c := range s {
		if c <= ' ' || c == 0x7f || c == '<' || c == '>' || c == '"' || c >= 0x80 {
			return uriBad
		}
	}
	scheme, rest, ok := bytes.Cut(s, []byte(":"))
	if !ok || !isScheme(scheme) {
		return uriBad
	}
	if !equalFold(scheme, "sip") && !equalFold(scheme, "sips") {
		return uriOther
	}
	if user, host, ok := bytes.Cut(rest, []byte("@")); ok {
		// The stack takes a bracket before the host for one.
		if bytes.IndexByte(user, '[') >= 0 || bytes.IndexByte(host, '@') >= 0 {
			return uriBad
		}
		rest = host
	}
	kind := uriSIP
	if i := bytes.IndexByte(rest, '?'); i >= 0 {
		rest, kind = rest[:i], uriHeaders
	}
	by, params, _ := bytes.Cut(rest, []byte(";"))
	if _, _, ok := hostPort(by); !ok || bytes.ContainsAny(params, "[]") {
		return uriBad
	}
	return kind
}

func isScheme(s []byte) bool {
	for i, c := range s {
		if !alphanum(c) && (i == 0 || c != '+' && c != '-' && c != '.') {
			return false
		}
	}
	return len(s) > 0 && !digit(s[0])
}
