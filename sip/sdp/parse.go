package sdp

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"partyline/mixer/media"
)

// Bounds of what is read.
const (
	maxSize    = 16 << 10
	maxRows    = 512 // "lines" of the text; Line is an m-line
	maxLines   = 16
	maxFormats = 64 // per m-line
	maxToken   = 64
)

// description is a session description as far as it concerns us.
type description struct {
	timing    string // the value of t=
	conn      netip.Addr
	hasConn   bool
	direction media.Direction
	streams   []stream
}

// stream is one m-line with its attributes.
type stream struct {
	Line
	formats   []string
	port      int
	conn      netip.Addr
	hasConn   bool
	direction media.Direction
	rtpmap    map[uint8]string
	ptime     int // ms, 0: not given
	maxptime  int
	rtcp      uint16 // the port of a=rtcp, 0: not given
	mux       bool
	crypto    []crypto
	hasCrypto bool // there was an a=crypto, though perhaps none that can be used
}

// parse reads a description. It is lenient about what does not concern us (RFC 8866 §5 has every line in its place;
// phones do not) and strict about what does.
func parse(text []byte) (*description, error) {
	if len(text) > maxSize {
		return nil, malformed("longer than %d bytes", maxSize)
	}
	d := &description{timing: "0 0"}
	rows := 0
	for row := range strings.SplitSeq(string(text), "\n") {
		row = strings.TrimSuffix(row, "\r")
		if row == "" {
			continue
		}
		if rows++; rows > maxRows {
			return nil, malformed("more than %d lines", maxRows)
		}
		if len(row) < 2 || row[1] != '=' {
			return nil, malformed("line %d is not of the form type=value", rows)
		}
		if rows == 1 && row != "v=0" {
			return nil, malformed("it does not begin with v=0")
		}
		if err := d.row(row[0], strings.TrimSpace(row[2:])); err != nil {
			return nil, err
		}
	}
	if rows == 0 {
		return nil, malformed("it is empty")
	}
	return d, nil
}

func (d *description) row(kind byte, value string) error {
	switch kind {
	case 'm':
		return d.addStream(value)
	case 'c':
		return d.connection(value)
	case 't':
		d.time(value)
	case 'a':
		d.attribute(value)
	}
	return nil
}

// addStream reads "<media> <port>[/<ports>] <proto> <fmt> …" (RFC 8866 §5.14).
func (d *description) addStream(value string) error {
	if len(d.streams) >= maxLines {
		return malformed("more than %d media lines", maxLines)
	}
	fields := strings.Fields(value)
	if len(fields) < 4 || len(fields)-3 > maxFormats {
		return malformed("m=: %d fields", len(fields))
	}
	for _, f := range fields {
		if len(f) > maxToken || !isToken(f) {
			return malformed("m=: a field is not a token")
		}
	}
	port, _, _ := strings.Cut(fields[1], "/")
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return malformed("m=: port %q", port)
	}
	d.streams = append(d.streams, stream{
		Line:      Line{Media: fields[0], Proto: fields[2], Format: fields[3]},
		formats:   fields[3:],
		port:      int(n),
		conn:      d.conn,
		hasConn:   d.hasConn,
		direction: d.direction,
	})
	return nil
}

// connection reads "IN IP4 <address>[/<ttl>]" (RFC 8866 §5.7). A host name leaves the address invalid: it is not
// looked up, so such a stream is not acceptable, but others may be.
func (d *description) connection(value string) error {
	fields := strings.Fields(value)
	if len(fields) != 3 || fields[0] != "IN" {
		return malformed("c=: not of the form IN type address")
	}
	host, _, _ := strings.Cut(fields[2], "/")
	addr, err := netip.ParseAddr(host)
	if err != nil || addr.Zone() != "" {
		addr = netip.Addr{}
	}
	addr = addr.Unmap()
	if s := d.current(); s != nil {
		s.conn, s.hasConn = addr, true
	} else {
		d.conn, d.hasConn = addr, true
	}
	return nil
}

// time keeps the first t= line, which an answer repeats (RFC 3264 §6).
func (d *description) time(value string) {
	fields := strings.Fields(value)
	if len(fields) != 2 || len(value) > maxToken || d.timing != "0 0" {
		return
	}
	for _, f := range fields {
		if _, err := strconv.ParseUint(f, 10, 63); err != nil {
			return
		}
	}
	d.timing = strings.Join(fields, " ")
}

// attribute reads an a= line; what is not understood is ignored (RFC 8866 §5.13).
func (d *description) attribute(value string) {
	name, rest, _ := strings.Cut(value, ":")
	s := d.current()
	if dir, ok := directions[strings.ToLower(name)]; ok {
		if s != nil {
			s.direction = dir
		} else {
			d.direction = dir
		}
		return
	}
	if s == nil {
		return
	}
	switch strings.ToLower(name) {
	case "rtpmap":
		s.mapFormat(rest)
	case "ptime":
		s.ptime = milliseconds(rest)
	case "maxptime":
		s.maxptime = milliseconds(rest)
	case "rtcp":
		s.rtcp = rtcpPort(rest)
	case "rtcp-mux":
		s.mux = true
	case "crypto":
		s.hasCrypto = true
		s.addCrypto(rest)
	}
}

// current is the stream whose lines are being read; nil before the first.
func (d *description) current() *stream {
	if len(d.streams) == 0 {
		return nil
	}
	return &d.streams[len(d.streams)-1]
}

// mapFormat reads "<payload type> <encoding>/<rate>[/<channels>]". The first mapping of a payload type counts.
func (s *stream) mapFormat(value string) {
	number, encoding, ok := strings.Cut(value, " ")
	pt, err := strconv.ParseUint(number, 10, 7)
	if !ok || err != nil || len(encoding) > maxToken || len(s.rtpmap) >= maxFormats {
		return
	}
	if s.rtpmap == nil {
		s.rtpmap = make(map[uint8]string)
	}
	if _, dup := s.rtpmap[uint8(pt)]; !dup {
		s.rtpmap[uint8(pt)] = strings.TrimSuffix(strings.ToUpper(strings.TrimSpace(encoding)), "/1")
	}
}

// encoding is the name and rate of a payload type; empty if neither the description nor RFC 3551 names it.
func (s *stream) encoding(pt uint8) string {
	if e, ok := s.rtpmap[pt]; ok {
		return e
	}
	return static[pt]
}

// static are the payload types of RFC 3551 §6 that we know without an rtpmap.
var static = map[uint8]string{0: "PCMU/8000", 8: "PCMA/8000", media.NoisePayload: "CN/8000"}

var directions = map[string]media.Direction{
	"sendrecv": media.SendRecv,
	"sendonly": media.SendOnly,
	"recvonly": media.RecvOnly,
	"inactive": media.Inactive,
}

// milliseconds reads a ptime; some write fractions. 0: none that makes sense.
func milliseconds(value string) int {
	whole, _, _ := strings.Cut(strings.TrimSpace(value), ".")
	n, err := strconv.ParseUint(whole, 10, 16)
	if err != nil {
		return 0
	}
	return int(n)
}

// rtcpPort reads "<port> [IN IP4 <address>]" (RFC 3605 §2.1). The address is not heeded: RTCP goes to the host that RTP
// goes to. 0: no port that makes sense.
func rtcpPort(value string) uint16 {
	port, _, _ := strings.Cut(strings.TrimSpace(value), " ")
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return 0
	}
	return uint16(n)
}

// isToken allows what RFC 8866 §9 calls a token, and the slash of "RTP/AVP".
func isToken(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' || strings.IndexByte(`"(),:;<=>?@[\]`, c) >= 0 {
			return false
		}
	}
	return true
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrMalformed}, args...)...)
}
