package mixer

import (
	"time"

	"partyline/mixer/codec"
	"partyline/mixer/dtmf"
	"partyline/mixer/jitter"
	"partyline/mixer/media"
	"partyline/mixer/secure"
)

const (
	// maxRounds bounds the receive calls for one leg in one tick: a flood waits in the kernel, which drops it.
	maxRounds = 8
	// maxPayload is the longest audio taken: 60 ms of G.711.
	maxPayload = 3 * frameSamples
	// keyTail is for how many ticks after a packet of an event the leg's audio stays out of the mix: phones send the
	// tone in the audio as well, or the last bit of it.
	keyTail = 3
)

// receiver is the way in of a leg: source, header, payload type, then keys or the jitter buffer. Owned by the shard.
type receiver struct {
	source media.Source
	secure *secure.Receiver // nil: plain RTP
	codecs [128]int8        // by payload type: a media.Codec, or noCodec, or keyEvent, or noise
	buf    *jitter.Buffer
	keys   dtmf.Receiver
	tones  *dtmf.Detector // nil: keys come as events
	hold   hold
	noise  comfort
	decode func(pt uint8, payload []byte, dst []int16) int

	began    bool // a packet of this SSRC was taken
	ssrc     uint32
	seq      uint16 // highest
	tsRTP    uint32 // of seq
	quality  reception
	lastIn   int64 // of the last good packet; of the start or the end of a hold before one
	silent   bool  // Silent was reported
	keyUntil int64 // tick
}

const (
	noCodec  = -1
	keyEvent = -2
	noise    = -3
)

func (r *receiver) init() {
	r.buf = jitter.New(jitter.Options{Rate: Rate})
	r.decode = r.decodePayload
	for i := range r.codecs {
		r.codecs[i] = noCodec
	}
}

func (r *receiver) decodePayload(pt uint8, payload []byte, dst []int16) int {
	c := r.codecs[pt&0x7f]
	if c < 0 { // its format was taken back while it waited
		return 0
	}
	return codec.Decode(media.Codec(c), dst, payload)
}

// set takes a new agreement.
func (r *receiver) set(spec *media.Spec) {
	for i := range r.codecs {
		r.codecs[i] = noCodec
	}
	for _, f := range spec.Recv {
		r.codecs[f.PayloadType&0x7f] = int8(f.Codec)
	}
	if spec.EventRecv != 0 {
		r.codecs[spec.EventRecv&0x7f] = keyEvent
	}
	if spec.Noise {
		r.codecs[media.NoisePayload] = noise
	}
	if !spec.Noise || spec.Direction != media.SendRecv {
		r.noise.on = false
	}
	r.listenForTones(spec)
	r.source.Set(spec)
}

// receive drains the leg's socket.
func (l *Leg) receive(b *media.Batch, tick int64) {
	c := &l.counts.now
	for round := 0; ; round++ {
		if round == maxRounds {
			c[rounds]++
			return
		}
		n, err := l.pair.RTP.Recv(b)
		if err != nil {
			c[dropRecv]++
			return
		}
		for i := range n {
			l.packet(&b.Packets[i], tick)
		}
		if n < media.BatchSize {
			return
		}
	}
}

// packet takes one packet, or counts why not.
func (l *Leg) packet(p *media.Packet, tick int64) {
	r, c := &l.in, &l.counts.now
	if !r.source.Accepts(p.From) {
		c[dropWrongSource]++
		return
	}
	if p.Cut {
		c[dropCut]++
		return
	}
	if l.spec.Mux && media.IsRTCP(p.Data) {
		l.readReport(p)
		return
	}
	data, ok := l.opened(p.Data)
	if !ok {
		return
	}
	h, payload, ok := media.ParseRTP(data)
	if !ok {
		c[dropInvalid]++
		return
	}
	kind := r.codecs[h.PayloadType]
	if kind == noCodec {
		c[dropWrongPayload]++
		return
	}
	if len(payload) == 0 || len(payload) > maxPayload {
		c[dropSize]++
		return
	}
	if !r.source.Peer().IsValid() {
		r.source.Lock(p.From)
	}
	r.track(&h, p.Arrival, kind == keyEvent, c)
	c[packetsIn]++
	c[bytesIn] += uint64(len(payload))
	switch {
	case !receives(l.spec.Direction):
		c[dropHeld]++
	case kind == keyEvent:
		l.key(&h, payload, tick)
	case l.spec.Direction != media.SendRecv: // held: keys count, audio does not
		c[dropHeld]++
	case kind == noise:
		r.ask(&h, payload)
	default:
		r.audio(&h, payload, p.Arrival, c)
	}
}

// receives says whether the far end may send in this direction.
func receives(d media.Direction) bool { return d == media.SendRecv || d == media.RecvOnly }

// track follows the stream of the source. Another SSRC is another stream (RFC 3550 §8).
func (r *receiver) track(h *media.Header, arrival int64, key bool, c *[numCounters]uint64) {
	r.lastIn = max(r.lastIn, arrival)
	if r.began && h.SSRC != r.ssrc {
		c[ssrcChanges]++
		r.restart()
	}
	if !r.began || int16(h.Seq-r.seq) > 0 {
		r.seq, r.tsRTP = h.Seq, h.TSRTP
	}
	r.quality.packet(h, arrival, !r.began, key)
	r.began, r.ssrc = true, h.SSRC
}

// restart forgets the stream.
func (r *receiver) restart() {
	r.buf.Reset()
	r.keys.Reset()
	if r.tones != nil {
		r.tones.Reset()
	}
	r.began, r.noise.on = false, false
}

// audio hands a packet to the jitter buffer.
func (r *receiver) audio(h *media.Header, payload []byte, arrival int64, c *[numCounters]uint64) {
	r.noise.audioCame(h.Seq)
	res := r.buf.Push(&jitter.Packet{
		Seq: h.Seq, TSRTP: h.TSRTP, PT: h.PayloadType, Marker: h.Marker, Arrival: arrival, Payload: payload,
	})
	switch res {
	case jitter.Late:
		c[dropLate]++
	case jitter.Duplicate:
		c[dropDuplicate]++
	case jitter.Overflow:
		c[dropOverflow]++
	case jitter.Invalid:
		c[dropSize]++
	case jitter.Stored, jitter.Restarted, jitter.Suspect:
	}
}

// key takes a packet of a telephone-event. It never reaches the jitter buffer.
func (l *Leg) key(h *media.Header, payload []byte, tick int64) {
	l.in.buf.Skip(h.Seq)
	l.in.keyUntil = tick + keyTail + int64(l.in.buf.Stats().Delay/Ptime) // the tone that came with it is still to be played
	digit, ok := l.in.keys.Packet(h.TSRTP, h.Marker, payload)
	if ok {
		l.in.hold = hold{down: true, from: tick}
	}
	if ok && !l.events.put(media.Event{Kind: media.Digit, Digit: digit, Tick: tick}, ringReserve) {
		l.counts.now[dropKey]++
	}
}

// hear takes this tick's frame from the jitter buffer. The result says whether there is sound in it that others may
// hear.
func (l *Leg) hear(due, tick int64, frame []int16) bool {
	r := &l.in
	r.keys.Tick()
	if l.spec.Direction != media.SendRecv {
		return false
	}
	kind := r.buf.Pop(due, frame, r.decode)
	if kind == jitter.Conceal {
		l.counts.now[concealed]++
	}
	l.holds(tick)
	if r.tones != nil && l.listen(r.tones, kind, frame, tick) {
		return false
	}
	noisy := !r.silent && r.noise.fill(kind, frame)
	return (noisy || kind != jitter.Silence) && tick >= r.keyUntil
}

// watch reports when RTP stops coming and when it comes again. A hold begins the wait anew.
func (l *Leg) watch(due, tick int64, timeout time.Duration) {
	r := &l.in
	if l.spec.Direction != media.SendRecv {
		r.lastIn, r.silent = max(r.lastIn, due), false
		return
	}
	silent := due-r.lastIn > int64(timeout)
	if silent == r.silent {
		return
	}
	kind := media.Heard
	if silent {
		kind = media.Silent
	}
	if !l.events.put(media.Event{Kind: kind, Tick: tick}, 0) {
		l.counts.now[dropEvent]++
		return // again in the next tick
	}
	r.silent = silent
}
