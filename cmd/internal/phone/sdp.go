package phone

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"partyline/mixer/media"
)

// The payload types of a telephone's offer (RFC 3551 §6; the event's is free).
const (
	payloadPCMU  = 0
	payloadPCMA  = 8
	payloadEvent = 101
)

// description is what one side says of its media.
type description struct {
	addr      netip.AddrPort
	codecs    []media.Codec // in order of preference
	event     uint8         // payload type of telephone-event, 0: none
	ptime     time.Duration // 0: not said
	direction media.Direction
	proto     string // empty: RTP/AVP
	crypto    []cryptoLine
}

var directionNames = map[media.Direction]string{
	media.SendRecv: "sendrecv", media.SendOnly: "sendonly", media.RecvOnly: "recvonly", media.Inactive: "inactive",
}

// formatSDP writes a description as RFC 8866 has it.
func formatSDP(d description, session, version uint64) []byte {
	family := "IP4"
	if d.addr.Addr().Is6() {
		family = "IP6"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "v=0\r\no=- %d %d IN %s %s\r\ns=-\r\n", session, version, family, d.addr.Addr())
	fmt.Fprintf(&b, "c=IN %s %s\r\nt=0 0\r\nm=audio %d %s", family, d.addr.Addr(), d.addr.Port(), cmp.Or(d.proto, "RTP/AVP"))
	for _, c := range d.codecs {
		fmt.Fprintf(&b, " %d", payloadType(c))
	}
	if d.event != 0 {
		fmt.Fprintf(&b, " %d", d.event)
	}
	b.WriteString("\r\n")
	for _, c := range d.codecs {
		fmt.Fprintf(&b, "a=rtpmap:%d %s/8000\r\n", payloadType(c), codecName(c))
	}
	if d.event != 0 {
		fmt.Fprintf(&b, "a=rtpmap:%d telephone-event/8000\r\na=fmtp:%d 0-16\r\n", d.event, d.event)
	}
	for _, l := range d.crypto {
		b.WriteString(l.String())
	}
	if d.ptime != 0 {
		fmt.Fprintf(&b, "a=ptime:%d\r\n", d.ptime.Milliseconds())
	}
	fmt.Fprintf(&b, "a=%s\r\n", directionNames[d.direction])
	return []byte(b.String())
}

func payloadType(c media.Codec) uint8 {
	if c == media.PCMA {
		return payloadPCMA
	}
	return payloadPCMU
}

func codecName(c media.Codec) string {
	if c == media.PCMA {
		return "PCMA"
	}
	return "PCMU"
}

// parseSDP reads the first audio stream of a description.
func parseSDP(body []byte) (description, error) {
	p := sdpParser{}
	for line := range strings.Lines(string(body)) {
		line = strings.TrimRight(line, "\r\n")
		kind, value, ok := strings.Cut(line, "=")
		if !ok {
			continue
		}
		if err := p.line(kind, value); err != nil {
			return description{}, fmt.Errorf("read SDP line %q: %w", line, err)
		}
	}
	return p.result()
}

// sdpParser keeps what the lines so far said.
type sdpParser struct {
	d         description
	session   netip.Addr
	direction media.Direction // of the session
	port      uint16
	inAudio   bool
	done      bool // past the first audio stream
}

func (p *sdpParser) line(kind, value string) error {
	switch kind {
	case "m":
		return p.media(value)
	case "c":
		return p.connection(value)
	case "a":
		return p.attribute(value)
	}
	return nil
}

func (p *sdpParser) media(value string) error {
	p.done = p.done || p.inAudio
	p.inAudio = false
	fields := strings.Fields(value)
	if p.done || len(fields) < 4 || fields[0] != "audio" {
		return nil
	}
	port, err := strconv.ParseUint(fields[1], 10, 16)
	if err != nil {
		return fmt.Errorf("port: %w", err)
	}
	p.inAudio, p.port, p.d.direction, p.d.proto = true, uint16(port), p.direction, strings.TrimSuffix(fields[2], "RTP/AVP")
	p.d.addr = netip.AddrPortFrom(p.session, p.port)
	for _, f := range fields[3:] {
		switch f {
		case "0":
			p.d.codecs = append(p.d.codecs, media.PCMU)
		case "8":
			p.d.codecs = append(p.d.codecs, media.PCMA)
		}
	}
	return nil
}

func (p *sdpParser) connection(value string) error {
	fields := strings.Fields(value)
	if len(fields) != 3 {
		return errors.New("three fields are needed")
	}
	addr, err := netip.ParseAddr(fields[2])
	if err != nil {
		return err
	}
	switch {
	case p.inAudio:
		p.d.addr = netip.AddrPortFrom(addr, p.port)
	case !p.done && p.port == 0:
		p.session = addr
	}
	return nil
}

func (p *sdpParser) attribute(value string) error {
	for dir, name := range directionNames {
		if value != name {
			continue
		}
		if p.inAudio {
			p.d.direction = dir
		} else if !p.done {
			p.direction = dir
		}
	}
	if !p.inAudio {
		return nil
	}
	if v, ok := strings.CutPrefix(value, "crypto:"); ok {
		p.d.crypto = append(p.d.crypto, parseCrypto(v))
	}
	if v, ok := strings.CutPrefix(value, "rtpmap:"); ok {
		return p.rtpmap(v)
	}
	if v, ok := strings.CutPrefix(value, "ptime:"); ok {
		ms, err := strconv.ParseUint(strings.TrimSpace(v), 10, 16)
		if err != nil {
			return fmt.Errorf("ptime: %w", err)
		}
		p.d.ptime = time.Duration(ms) * time.Millisecond
	}
	return nil
}

func (p *sdpParser) rtpmap(value string) error {
	number, name, _ := strings.Cut(value, " ")
	if !strings.EqualFold(name, "telephone-event/8000") {
		return nil
	}
	pt, err := strconv.ParseUint(number, 10, 7)
	if err != nil {
		return fmt.Errorf("payload type: %w", err)
	}
	p.d.event = uint8(pt)
	return nil
}

func (p *sdpParser) result() (description, error) {
	switch {
	case !p.inAudio && !p.done:
		return description{}, errors.New("read SDP: no audio stream")
	case !p.d.addr.Addr().IsValid():
		return description{}, errors.New("read SDP: no address")
	case len(p.d.codecs) == 0:
		return description{}, errors.New("read SDP: no codec that a telephone knows")
	}
	return p.d, nil
}
