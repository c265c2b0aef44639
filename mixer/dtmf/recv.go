package dtmf

const (
	// RFC 4733 §2.5.1.3: an event that does not fit its duration goes on as a new segment, whose timestamp is where the
	// last one ended. Senders whose steps do not meet 0xFFFF end a segment up to a packet earlier or later.
	segment      = 0xFFFF
	segmentSlack = 480

	// slip is by how much the timestamp of a running event may move, for senders that count it up with every packet
	// though RFC 4733 §2.3 forbids it. No key can be let go and pressed again in so short a time (30 ms).
	slip = 240

	misorder    = 8000 // a packet that comes later than this, one second, is not one that others have overtaken
	endTicks    = 4    // RFC 4733 §2.5.2.2: an event without an update for three packet times has ended
	forgetTicks = 100  // copies of a packet do not come 2 s later: an equal timestamp is a new event
	remembered  = 8
)

// Receiver turns the telephone-event packets of one stream into digits. A digit is reported with the first packet of
// its event that comes, whichever that is, so that it does not matter which ones are lost; the event is known by its
// timestamp, so that it does not matter which ones come twice or in another order. The zero value is ready.
type Receiver struct {
	running bool // a key is down
	open    bool // the end of the last event was not seen: it may go on
	code    byte
	tsRTP   uint32 // of its last segment
	quiet   int    // ticks since its last packet

	known [remembered]seen // the events reported last
	next  int
}

// seen is one segment of an event that was reported.
type seen struct {
	used  bool
	code  byte
	tsRTP uint32
	age   int // ticks since its last packet
}

// Packet takes the payload of one telephone-event packet. ok is true once for every key that is pressed.
func (r *Receiver) Packet(tsRTP uint32, marker bool, payload []byte) (digit byte, ok bool) {
	e, ok := parse(payload)
	if !ok {
		return 0, false
	}
	if k := r.find(tsRTP, e.code); k != nil {
		k.age = 0
		if r.open && tsRTP == r.tsRTP {
			r.quiet, r.running, r.open = 0, !e.end, !e.end
		}
		return 0, false
	}
	if r.overtaken(tsRTP) {
		r.remember(tsRTP, e.code)
		return digits[e.code], true
	}
	goesOn := r.goesOn(tsRTP, marker, e)
	r.remember(tsRTP, e.code)
	r.running, r.open, r.code, r.tsRTP, r.quiet = !e.end, !e.end, e.code, tsRTP, 0
	return digits[e.code], !goesOn
}

// overtaken says whether a new timestamp is of an event before the last one, of which no other packet has come: a key
// all the same, but nothing that runs.
func (r *Receiver) overtaken(tsRTP uint32) bool {
	behind := int32(r.tsRTP - tsRTP)
	return r.known[(r.next+remembered-1)%remembered].used && behind > 0 && behind <= misorder
}

// goesOn says whether a new timestamp is only the next segment of the running event.
func (r *Receiver) goesOn(tsRTP uint32, marker bool, e event) bool {
	if !r.open || marker || e.code != r.code {
		return false
	}
	ahead := int32(tsRTP - r.tsRTP)
	return ahead > 0 && ahead <= slip && int32(e.duration) >= ahead ||
		ahead >= segment-segmentSlack && ahead <= segment+segmentSlack
}

// find returns a segment that was heard of before.
func (r *Receiver) find(tsRTP uint32, code byte) *seen {
	for i := range r.known {
		if k := &r.known[i]; k.used && k.tsRTP == tsRTP && k.code == code {
			return k
		}
	}
	return nil
}

// remember keeps a segment, instead of the oldest one.
func (r *Receiver) remember(tsRTP uint32, code byte) {
	r.known[r.next] = seen{used: true, code: code, tsRTP: tsRTP}
	r.next = (r.next + 1) % remembered
}

// Tick says that 20 ms have passed. It ends an event whose last packets were lost.
func (r *Receiver) Tick() {
	if r.running {
		r.quiet++
		r.running = r.quiet < endTicks
	}
	for i := range r.known {
		if k := &r.known[i]; k.used {
			k.age++
			k.used = k.age < forgetTicks
		}
	}
}

// Active says whether a key is down.
func (r *Receiver) Active() bool { return r.running }

// Reset forgets the stream, as after a change of SSRC.
func (r *Receiver) Reset() { *r = Receiver{} }
