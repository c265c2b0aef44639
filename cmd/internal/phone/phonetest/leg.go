package phonetest

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"

	"partyline/mixer/codec"
	"partyline/mixer/media"
)

// Leg is one call of the conference.
type Leg struct {
	c      *Conference
	dialog *sipgo.DialogServerSession
	callID string
	from   string
	conn   *net.UDPConn
	now    [160]int16 // this tick's frame; the mixer's
	seq    uint16     // the mixer's
	tsRTP  uint32     // the mixer's

	mu        sync.Mutex
	room      string
	remote    netip.AddrPort
	codec     media.Codec
	direction string // of the far end
	queue     []int16
	digits    []byte
	event     uint32 // timestamp of the digit that was heard last
	heard     bool
	closed    bool
}

func (c *Conference) newLeg(req *sip.Request, dialog *sipgo.DialogServerSession) (*Leg, error) {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	l := &Leg{c: c, dialog: dialog, callID: req.CallID().Value(), from: req.From().Address.User, conn: conn, room: req.Recipient.User}
	l.read(req.Body())
	c.mu.Lock()
	c.legs[l.callID] = l
	c.mu.Unlock()
	c.wait.Go(l.receive)
	return l, nil
}

// CallID is the leg's Call-ID.
func (l *Leg) CallID() string { return l.callID }

// From is the caller.
func (l *Leg) From() string { return l.from }

// Room is where the leg is.
func (l *Leg) Room() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.room
}

// Move puts the leg into another room.
func (l *Leg) Move(room string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.room = room
}

// Digits are the keys that were pressed.
func (l *Leg) Digits() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.digits)
}

func (l *Leg) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	l.closed = true
	if err := l.conn.Close(); err != nil {
		l.c.t.Errorf("conference: %v", err)
	}
}

// sdp offers or answers PCMU or PCMA, whichever the far end named first, and telephone-event 101.
func (l *Leg) sdp(direction string) []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	pt := 0
	if l.codec == media.PCMA {
		pt = 8
	}
	addr, _ := netip.ParseAddrPort(l.conn.LocalAddr().String())
	return fmt.Appendf(nil, "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"+
		"m=audio %d RTP/AVP %d 101\r\na=rtpmap:101 telephone-event/8000\r\na=%s\r\n", addr.Port(), pt, direction)
}

// read takes the far end's description: address, first codec, direction.
func (l *Leg) read(body []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	host := "127.0.0.1"
	if len(body) > 0 {
		l.direction = "sendrecv"
	}
	for line := range strings.Lines(string(body)) {
		line = strings.TrimSpace(line)
		if v, ok := strings.CutPrefix(line, "c=IN IP4 "); ok {
			host = v
		}
		if f := strings.Fields(line); strings.HasPrefix(line, "m=audio ") && len(f) > 3 {
			port, _ := strconv.Atoi(f[1])
			l.remote = netip.AddrPortFrom(netip.MustParseAddr(host), uint16(port))
			l.codec = media.PCMU
			if f[3] == "8" {
				l.codec = media.PCMA
			}
		}
		switch line {
		case "a=sendonly", "a=recvonly", "a=inactive":
			l.direction = line[2:]
		}
	}
}

// mirror is the answer to the far end's direction.
func (l *Leg) mirror() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch l.direction {
	case "sendonly":
		return "recvonly"
	case "recvonly":
		return "sendonly"
	case "inactive":
		return "inactive"
	}
	return "sendrecv"
}

// receive queues what comes until the leg is closed.
func (l *Leg) receive() {
	buf := make([]byte, 2048)
	for {
		n, err := l.conn.Read(buf)
		if err != nil {
			l.mu.Lock()
			closed := l.closed
			l.mu.Unlock()
			if closed {
				return
			}
			continue // an ICMP error of a telephone that has gone
		}
		if n > 12 && l.c.options.Forward {
			l.c.forward(l, buf[:n])
		} else if n > 12 {
			l.packet(buf[:n])
		}
	}
}

func (l *Leg) packet(p []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch p[1] & 0x7F {
	case 101:
		ts := binary.BigEndian.Uint32(p[4:])
		if (!l.heard || ts != l.event) && int(p[12]) < 16 {
			l.heard, l.event = true, ts
			l.digits = append(l.digits, "0123456789*#ABCD"[p[12]])
		}
	case 0, 8:
		var pcm [1024]int16
		n := codec.Decode(l.codec, pcm[:], p[12:])
		l.queue = append(l.queue, pcm[:n]...)
		if over := len(l.queue) - 5*160; over > 0 {
			l.queue = l.queue[over:]
		}
	}
}

// pass sends somebody's packet as it is.
func (l *Leg) pass(p []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || !l.remote.IsValid() {
		return
	}
	if _, err := l.conn.WriteToUDPAddrPort(p, l.remote); err != nil {
		return // the telephone has gone
	}
}

// take makes the next frame of what came this tick's.
func (l *Leg) take() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.now[:])
	if len(l.queue) >= 160 {
		copy(l.now[:], l.queue)
		l.queue = l.queue[160:]
	}
	if l.direction == "inactive" || l.direction == "sendonly" {
		clear(l.now[:])
	}
}

// send sends a frame, unless the far end holds.
func (l *Leg) send(sum *[160]int32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tsRTP += 160
	if l.closed || !l.remote.IsValid() || l.direction == "inactive" || l.direction == "sendonly" {
		return
	}
	var pcm [160]int16
	for i, v := range sum {
		pcm[i] = int16(max(-32768, min(32767, v)))
	}
	p := make([]byte, 12, 172)
	p[0] = 0x80
	if l.codec == media.PCMA {
		p[1] = 8
	}
	binary.BigEndian.PutUint16(p[2:], l.seq)
	binary.BigEndian.PutUint32(p[4:], l.tsRTP)
	binary.BigEndian.PutUint32(p[8:], 1)
	l.seq++
	n := codec.Encode(l.codec, p[12:172], pcm[:])
	if _, err := l.conn.WriteToUDPAddrPort(p[:12+n], l.remote); err != nil {
		return // the telephone has gone
	}
}
