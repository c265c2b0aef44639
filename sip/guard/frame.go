package guard

import "bytes"

// frame is what stands at the start of a stream.
type frame uint8

const (
	frameMore    frame = iota // not yet whole
	frameMessage              // a message
	frameBlank                // an empty line between messages (RFC 3261 §7.5)
	frameBroken               // the end of the message cannot be told
)

// framer finds the messages in a stream (RFC 3261 §18.3). It does no I/O.
type framer struct {
	rules *rules
	seen  int // bytes searched for the end of the header already
	whole int // length of the message once known
}

// next looks at the bytes that have come and returns what they begin with, its
// length, and, when it is broken, why.
func (f *framer) next(buf []byte, m *message) (kind frame, n int, why fault) {
	if f.whole > 0 {
		return f.until(buf)
	}
	if len(buf) > 0 && buf[0] == '\r' {
		switch {
		case len(buf) == 1:
			return frameMore, 0, fault{}
		case buf[1] == '\n':
			return frameBlank, 2, fault{}
		}
	}
	if why := f.opening(buf); why.bad() {
		return frameBroken, len(buf), why
	}
	i := bytes.Index(buf[f.seen:], []byte("\r\n\r\n"))
	if i < 0 {
		f.seen = max(len(buf)-3, 0)
		if len(buf) >= f.rules.lim.Message {
			return frameBroken, len(buf), fault{513, "Message Too Large"}
		}
		return frameMore, 0, fault{}
	}
	head := f.seen + i + 4
	if head > f.rules.lim.Message {
		return frameBroken, head, fault{513, "Message Too Large"}
	}
	length, why := f.length(buf[:head], m)
	if why.bad() {
		return frameBroken, head, why
	}
	f.whole = head + length
	return f.until(buf)
}

func (f *framer) until(buf []byte) (frame, int, fault) {
	if len(buf) < f.whole {
		return frameMore, 0, fault{}
	}
	n := f.whole
	f.seen, f.whole = 0, 0
	return frameMessage, n, fault{}
}

// opening tells early that a stream is no SIP: by its first line.
func (f *framer) opening(buf []byte) fault {
	if f.seen > 0 && f.seen > f.rules.lim.StartLine {
		return fault{}
	}
	i := bytes.IndexByte(buf, '\n')
	if i < 0 {
		i = len(buf)
		if i <= f.rules.lim.StartLine {
			return fault{}
		}
	}
	if line := bytes.TrimRight(buf[:i], "\r"); !new(message).startLine(line) {
		return fault{400, "Not SIP"}
	}
	return fault{}
}

// length reads Content-Length, which a stream has to have (RFC 3261 §20.14),
// before anything is kept for the body.
func (f *framer) length(head []byte, m *message) (int, fault) {
	if !m.parse(head, f.rules.lim) {
		return 0, fault{400, "Not SIP"}
	}
	fields := 0
	for i := range m.fields {
		if m.fields[i].id == fieldContentLength {
			fields++
		}
	}
	n, ok := number(m.value(fieldContentLength))
	switch {
	case fields == 0:
		return 0, fault{400, "Missing Content-Length"}
	case fields > 1:
		return 0, fault{400, duplicate[fieldContentLength]}
	case !ok:
		return 0, fault{400, "Bad Content-Length"}
	case n > uint64(f.rules.lim.Body):
		return 0, fault{413, "Request Entity Too Large"}
	case len(head)+int(n) > f.rules.lim.Message:
		return 0, fault{513, "Message Too Large"}
	}
	return int(n), fault{}
}
