package guard

import "bytes"

// field is one header field. Its slices lie in the message that was parsed;
// a folded value still has its line ends inside.
type field struct {
	id    fieldID
	name  []byte
	value []byte
}

// fault is what is wrong with a message: the status to answer and a phrase.
type fault struct {
	status int
	phrase string
}

func (f fault) bad() bool { return f.status != 0 }

// message is a parsed view of a SIP message. It holds no copy of it.
type message struct {
	size int // bytes received

	// start line
	request bool
	method  []byte // request
	uri     []byte // request
	version []byte
	status  int    // response
	phrase  []byte // response

	// what check reads
	via   via
	seq   uint32
	toTag []byte

	fields []field
	first  [fieldIDs]int16 // index+1 of the first field of each kind
	body   []byte
	head   int // bytes before the body

	fault fault // first thing wrong
}

func (m *message) blame(status int, phrase string) {
	if !m.fault.bad() {
		m.fault = fault{status, phrase}
	}
}

// get returns the first field of a kind, nil when there is none.
func (m *message) get(id fieldID) *field {
	if i := m.first[id]; i > 0 {
		return &m.fields[i-1]
	}
	return nil
}

func (m *message) value(id fieldID) []byte {
	if f := m.get(id); f != nil {
		return f.value
	}
	return nil
}

func (m *message) is(method string) bool { return string(m.method) == method }

// parse reads data, which is one datagram or one framed message, into m.
// It never fails outright: what is wrong is in m.fault, and what could be read
// is there for the answer. ok is false when the data is not SIP at all.
func (m *message) parse(data []byte, lim Limits) (ok bool) {
	*m = message{size: len(data), fields: m.fields[:0]}
	start := 0
	// RFC 3261 §7.5: empty lines before the start line are ignored.
	for start+1 < len(data) && data[start] == '\r' && data[start+1] == '\n' {
		start += 2
	}
	line, next := m.line(data, start)
	if !m.startLine(line) {
		return false
	}
	if next < len(data) && (data[next] == ' ' || data[next] == '\t') {
		m.blame(400, "Folded Start Line")
	}
	if len(line) > lim.StartLine {
		m.blame(414, "Request-URI Too Long")
	}
	for next < len(data) {
		line, after := m.line(data, next)
		if len(line) == 0 {
			m.head = after
			m.body = data[after:]
			return true
		}
		for after < len(data) && (data[after] == ' ' || data[after] == '\t') {
			_, after = m.line(data, after)
		}
		m.field(bytes.TrimRight(data[next:after], "\r\n"), lim)
		next = after
	}
	m.blame(400, "Missing Empty Line")
	m.head = len(data)
	return true
}

// line returns the line at from without its end, and where the next begins.
// A line feed alone ends a line too, so that the rest can be read, but is a
// fault (RFC 3261 §7).
func (m *message) line(data []byte, from int) (line []byte, next int) {
	rest := data[from:]
	i := bytes.IndexByte(rest, '\n')
	if i < 0 {
		m.blame(400, "Unterminated Line")
		return rest, len(data)
	}
	line, next = rest[:i], from+i+1
	if i == 0 || line[i-1] != '\r' {
		m.blame(400, "Bare Line Feed")
	} else {
		line = line[:i-1]
	}
	if bytes.IndexByte(line, '\r') >= 0 {
		m.blame(400, "Bare Carriage Return")
	}
	return line, next
}

// startLine reads the request line or status line.
func (m *message) startLine(line []byte) bool {
	if hasVersion(line) {
		return m.statusLine(line)
	}
	m.request = true
	trimmed := trim(line)
	last := bytes.LastIndexByte(trimmed, ' ')
	if last < 0 || !hasVersion(trimmed[last+1:]) {
		return false
	}
	if len(trimmed) != len(line) {
		m.blame(400, "White Space Around Request Line")
	}
	m.version = trimmed[last+1:]
	first := bytes.IndexByte(trimmed, ' ')
	m.method = trimmed[:first]
	if first == last {
		m.blame(400, "Missing Request-URI")
		return true
	}
	m.uri = trimmed[first+1 : last]
	if !isToken(m.method) {
		m.blame(400, "Bad Method")
	}
	if len(m.uri) == 0 || bytes.ContainsAny(m.uri, " \t") {
		m.blame(400, "White Space in Request Line")
	}
	return true
}

func (m *message) statusLine(line []byte) bool {
	version, rest, ok := bytes.Cut(line, []byte(" "))
	if !ok {
		return false
	}
	code, phrase, _ := bytes.Cut(rest, []byte(" "))
	n, ok := number(code)
	if !ok || len(code) != 3 || n < 100 || n > 699 {
		return false
	}
	m.version, m.status, m.phrase = version, int(n), phrase
	return true
}

func hasVersion(s []byte) bool {
	return len(s) >= 4 && equalFold(s[:4], "sip/")
}

// field reads one header field with its folded lines.
func (m *message) field(line []byte, lim Limits) {
	name, value, ok := bytes.Cut(line, []byte(":"))
	if !ok {
		m.blame(400, "Header Field Without Colon")
		return
	}
	name, value = trim(name), trim(value)
	if len(line) > lim.HeaderField {
		m.blame(400, "Header Field Too Long")
		return
	}
	if len(m.fields) >= min(lim.Headers, maxFields) {
		m.blame(400, "Too Many Header Fields")
		return
	}
	id := identify(name)
	// RFC 3261 §8.2: what is malformed and not needed is ignored.
	if id == fieldOther && (!isToken(name) || !clean(value)) {
		return
	}
	if id == fieldPeer {
		return
	}
	if m.first[id] == 0 {
		m.first[id] = int16(len(m.fields) + 1)
	} else if id.single() {
		m.blame(400, duplicate[id])
	}
	if !clean(value) {
		m.blame(400, "Control Character in "+fieldNames[id])
	}
	m.fields = append(m.fields, field{id, name, value})
}

// duplicate are the phrases for single-value fields that come twice.
var duplicate = func() (phrases [fieldIDs]string) {
	for id, name := range fieldNames {
		phrases[id] = "Multiple " + name
	}
	return phrases
}()
