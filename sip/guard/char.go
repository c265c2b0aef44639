package guard

import "bytes"

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// equalFold compares ASCII without regard to case; b is in lower case.
func equalFold(a []byte, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i, c := range a {
		if lower(c) != b[i] {
			return false
		}
	}
	return true
}

func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// trim removes linear white space, folds included, from both ends.
func trim(s []byte) []byte {
	for len(s) > 0 && blank(s[0]) {
		s = s[1:]
	}
	for len(s) > 0 && blank(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

func alphanum(c byte) bool {
	return digit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// tokenChar is RFC 3261 §25.1 token.
func tokenChar(c byte) bool {
	return alphanum(c) || bytes.IndexByte([]byte("-.!%*_+`'~"), c) >= 0
}

func isToken(s []byte) bool {
	for _, c := range s {
		if !tokenChar(c) {
			return false
		}
	}
	return len(s) > 0
}

// number reads up to ten digits.
func number(s []byte) (n uint64, ok bool) {
	// Leading zeros are legal (RFC 4475 §3.1.1.1).
	for len(s) > 1 && s[0] == '0' {
		s = s[1:]
	}
	if len(s) == 0 || len(s) > 10 {
		return 0, false
	}
	for _, c := range s {
		if !digit(c) {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return n, true
}

// clean reports whether a value has no control characters but tabs, folds and
// those that a backslash in a quoted string quotes.
func clean(s []byte) bool {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted && i+1 < len(s) && s[i+1] != '\r' && s[i+1] != '\n':
			i++
		case c == '\r':
			if i+2 >= len(s) || s[i+1] != '\n' || s[i+2] != ' ' && s[i+2] != '\t' {
				return false
			}
			i++
		case c < ' ' && c != '\t', c == 0x7f:
			return false
		}
	}
	return true
}

// appendUnfolded writes a value on one line: each fold becomes one space.
func appendUnfolded(dst, s []byte) []byte {
	for i := 0; i < len(s); i++ {
		if s[i] != '\r' && s[i] != '\n' {
			dst = append(dst, s[i])
			continue
		}
		for i+1 < len(s) && blank(s[i+1]) {
			i++
		}
		dst = append(dst, ' ')
	}
	return dst
}

// skipQuoted returns the index after the quoted string that begins at s[i],
// or -1 when it does not end.
func skipQuoted(s []byte, i int) int {
	for i++; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return -1
}

// cut splits s at the first sep outside quoted strings and angle brackets.
// found is false when there is none; an unbalanced string is one element.
func cut(s []byte, sep byte) (before, after []byte, found bool) {
	for i := 0; i < len(s); {
		switch s[i] {
		case '"':
			if i = skipQuoted(s, i); i < 0 {
				return s, nil, false
			}
			continue
		case '<':
			end := bytes.IndexByte(s[i:], '>')
			if end < 0 {
				return s, nil, false
			}
			i += end
		case sep:
			return s[:i], s[i+1:], true
		}
		i++
	}
	return s, nil, false
}
