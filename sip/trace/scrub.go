package trace

import (
	"bytes"
	"slices"
	"strings"
)

// blank stands for what is not kept.
const blank = "x"

// secretFields are header fields whose values prove who somebody is.
var secretFields = []string{"authorization", "proxy-authorization"}

// secretAttributes are lines of a session description that have keys; what follows the name is blanked.
var secretAttributes = []string{"a=crypto:", "a=key-mgmt:", "a=ice-pwd:", "k="}

// scrub copies a message without what nobody may read later: digests of passwords, keys of SRTP, pressed keys. Of a body
// that is no session description only names are left ("Signal=x").
func scrub(raw []byte) string {
	head, body, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	var b strings.Builder
	b.Grow(len(raw))
	secret, described := false, false
	for line := range strings.SplitSeq(string(head), "\n") {
		line = strings.TrimRight(line, "\r")
		if folded := strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t"); folded {
			if !secret {
				b.WriteString(line + "\r\n")
			}
			continue
		}
		name, value, isField := strings.Cut(line, ":")
		name = strings.ToLower(strings.TrimSpace(name))
		secret = isField && slices.Contains(secretFields, name)
		if name == "content-type" || name == "c" {
			described = strings.Contains(strings.ToLower(value), "application/sdp")
		}
		if secret {
			line = line[:strings.Index(line, ":")+1] + " " + blank
		}
		b.WriteString(line + "\r\n")
	}
	b.WriteString("\r\n")
	scrubBody(&b, string(body), described)
	return b.String()
}

func scrubBody(b *strings.Builder, body string, described bool) {
	for line := range strings.FieldsFuncSeq(body, func(r rune) bool { return r == '\r' || r == '\n' }) {
		if described {
			line = scrubAttribute(line)
		} else if at := strings.Index(line, "="); at >= 0 {
			line = line[:at+1] + blank
		} else {
			line = blank
		}
		b.WriteString(line + "\r\n")
	}
}

// scrubAttribute blanks the key in a line of a session description. Which suite a=crypto names is of use.
func scrubAttribute(line string) string {
	lower := strings.ToLower(strings.TrimSpace(line))
	for _, name := range secretAttributes {
		if !strings.HasPrefix(lower, name) {
			continue
		}
		if at := strings.Index(strings.ToLower(line), "inline:"); at >= 0 && name == secretAttributes[0] {
			return line[:at] + "inline:" + blank
		}
		return name + blank
	}
	return line
}
