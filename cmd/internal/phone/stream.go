package phone

import (
	"encoding/binary"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"partyline/mixer/codec"
	"partyline/mixer/media"
)

// rtpHeader is the size of an RTP header without CSRCs or extension.
const rtpHeader = 12

// rtpVersion is version 2 in the first octet of a header (RFC 3550 §5.1).
const rtpVersion = 0x80

// stream is the media of one call. The pacer sends and receives; others change
// what is said under mu.
type stream struct {
	sock *Socket
	rec  *Recorder

	mu        sync.Mutex
	remote    netip.AddrPort
	remoteSA  unix.Sockaddr
	codec     media.Codec
	event     uint8 // payload type of telephone-event to the far end; 0: none
	eventRecv uint8
	ptime     time.Duration
	direction media.Direction // what this side does
	paused    bool
	source    Source
	keys      []*keyPresses
	press     press
	noEnds    bool // the end packets of keys are left out
	tones     *toneRow
	ssrc      uint32
	seq       uint16
	tsRTP     uint32
	marker    bool // set on the next audio packet: a talkspurt begins
	sent      uint64
	sendErrs  uint64
	guard     *guard // nil: plain RTP

	next int64 // the slot in which it is this telephone's turn; owned by the pacer

	turns  sync.Mutex // held during a turn, before mu
	closed bool       // guarded by turns
}

func (s *stream) samples() int { return int(s.ptime * Rate / time.Second) }

// setRemote takes what the far end said, and what this side does then.
func (s *stream) setRemote(d description, direction media.Direction) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remote, s.remoteSA = d.addr, sockaddr(d.addr)
	s.codec, s.event, s.direction = d.codecs[0], d.event, direction
}

// setEventRecv takes the payload type of the events that may come.
func (s *stream) setEventRecv(pt uint8) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.eventRecv = pt
}

func (s *stream) setSource(src Source) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.source = src
}

func (s *stream) setPaused(paused bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paused = paused
}

// scratch is the memory of a pacer for one packet.
type scratch struct {
	packet [maxDatagram]byte
	pcm    [maxDatagram]int16
	batch  *Batch
}

// send sends the packet of this turn.
func (s *stream) send(w *scratch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.samples()
	defer func() { s.tsRTP += uint32(n) }()
	sends := s.direction == media.SendRecv || s.direction == media.SendOnly
	if s.paused || !sends || !s.remote.IsValid() || s.remote.Port() == 0 {
		s.marker = true
		return
	}
	if payload, marker, ok := s.eventLocked(w.packet[rtpHeader:rtpHeader]); ok {
		s.marker = true // the audio goes on after the digit
		s.writeLocked(w.packet[:rtpHeader+len(payload)], s.event, s.press.tsRTP, marker)
		return
	}
	s.audioLocked(w, n)
}

func (s *stream) audioLocked(w *scratch, n int) {
	pcm := w.pcm[:n]
	if s.source == nil {
		clear(pcm)
	} else {
		s.source.Fill(pcm)
	}
	s.tonesLocked(pcm)
	size := codec.Encode(s.codec, w.packet[rtpHeader:], pcm)
	s.writeLocked(w.packet[:rtpHeader+size], payloadType(s.codec), s.tsRTP, s.marker)
	s.marker = false
	if o, ok := s.source.(SentObserver); ok {
		o.Sent(Now(), n)
	}
}

// writeLocked puts the header before the payload and sends the packet.
func (s *stream) writeLocked(p []byte, payload uint8, tsRTP uint32, marker bool) {
	p[0], p[1] = rtpVersion, payload
	if marker {
		p[1] |= 0x80
	}
	binary.BigEndian.PutUint16(p[2:], s.seq)
	binary.BigEndian.PutUint32(p[4:], tsRTP)
	binary.BigEndian.PutUint32(p[8:], s.ssrc)
	s.seq++
	p, err := s.sealLocked(p)
	if err == nil {
		err = s.sock.Send(p, s.remoteSA)
	}
	if err != nil {
		s.sendErrs++
		return
	}
	s.sent++
}

// receive takes all that has come since the last turn.
func (s *stream) receive(w *scratch, wall int64) {
	s.mu.Lock()
	from, c, event := s.remote, s.codec, s.eventRecv
	s.mu.Unlock()
	for {
		n := s.sock.Recv(w.batch)
		for i := range n {
			if from.IsValid() && w.batch.source(i) != from {
				s.rec.stranger()
				continue
			}
			s.packet(w, i, c, event, wall)
		}
		if n < batchSize {
			return
		}
	}
}

// packet takes packet i of the batch.
func (s *stream) packet(w *scratch, i int, c media.Codec, event uint8, wall int64) {
	data, ok := s.open(w.batch.payload(i))
	if !ok {
		return
	}
	p, payload, ok := parseRTP(data)
	if !ok || (p.Payload != payloadType(c) && p.Payload != event) {
		s.rec.wrongPayload()
		return
	}
	if p.Payload == event && event != 0 {
		return
	}
	p.Arrival = Now()
	if stamp := w.batch.stamp(i); stamp != 0 {
		p.Arrival = time.Duration(stamp - wall)
	}
	n := codec.Decode(c, w.pcm[:], payload)
	s.rec.add(p, len(payload), w.pcm[:n])
}

// parseRTP reads the header of RFC 3550 §5.1 and finds the payload.
func parseRTP(b []byte) (Packet, []byte, bool) {
	if len(b) < rtpHeader || b[0]>>6 != 2 {
		return Packet{}, nil, false
	}
	p := Packet{
		Marker: b[1]&0x80 != 0, Payload: b[1] & 0x7F, Seq: binary.BigEndian.Uint16(b[2:]),
		TSRTP: binary.BigEndian.Uint32(b[4:]), SSRC: binary.BigEndian.Uint32(b[8:]),
	}
	at := rtpHeader + 4*int(b[0]&0x0F)
	if b[0]&0x10 != 0 { // extension
		if len(b) < at+4 {
			return Packet{}, nil, false
		}
		at += 4 + 4*int(binary.BigEndian.Uint16(b[at+2:]))
	}
	end := len(b)
	if b[0]&0x20 != 0 { // padding
		end -= int(b[len(b)-1])
	}
	if at >= end {
		return Packet{}, nil, false
	}
	return p, b[at:end], true
}
