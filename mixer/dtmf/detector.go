package dtmf

const (
	hop       = rate / 200 // 5 ms
	frameHops = 4
	frameLen  = frameHops * hop // 20 ms
	window    = frameLen
	half      = frameLen / 2

	// Q.24: a tone of 40 ms is a key, and fills seven hops at least; one of 23 ms is none, and fills five at most.
	pressHops = 6
	// A pause of 40 ms lets a key go: it leaves seven hops empty at least, or four if a packet of it is lost. An
	// interruption of 10 ms does not: it leaves three at most.
	releaseHops = 4
	// blindHops is for how long a key is held that cannot be heard because packets are lost.
	blindHops = 5 * frameHops
)

// A Detector finds keys in the audio of a telephone that has no telephone-events, to the limits of ITU-T Q.24. It looks at
// the audio in hops of 5 ms:
//
//	frame ─▶ is there sound, and is much of it at the tones of a key? ─▶ the last 20 ms: are they one key and nothing else?
//	                                                                      └─▶ for 30 ms: it is pressed
//	                                                                            └─▶ not there for 20 ms: it is let go
//
// Most audio is dismissed by the first question, which is cheap; the second is in window.go. The zero value is ready. A
// Detector belongs to one stream of 8,000 samples a second and to one goroutine. It allocates nothing.
type Detector struct {
	silent bool    // nothing is left of what was heard
	heard  bool    // a part of the last frame was one of a key
	likely [4]bool // by halves of the two frames: the first question
	known  int     // hops up to the present one that were received, not made up
	blind  int     // hops before the present one that were not
	down   held    // the key that was reported, until it is let go
	rising held    // what may become the next one
	energy [2 * frameHops]float64
	pcm    [2 * frameLen]float64 // the last frame and this one
}

// held is a key that is heard.
type held struct {
	pair
	hops   int // that it has filled
	absent int // hops in a row in which it was not there
	since  int // hops since its last window
}

// Frame takes the next 20 ms, and says which key was found to be pressed in them. Made says that they were not received
// but made up: nothing can be said of them.
func (d *Detector) Frame(pcm []int16, made bool) (digit byte, ok bool) {
	if len(pcm) != frameLen {
		return 0, false
	}
	if d.idle() && quiet(pcm) {
		d.Silence()
		return 0, false
	}
	d.silent = false
	copy(d.pcm[:], d.pcm[frameLen:])
	for i, s := range pcm {
		d.pcm[frameLen+i] = float64(s)
	}
	return d.frame(made)
}

// Silence takes 20 ms in which nothing was to be heard.
func (d *Detector) Silence() {
	if d.silent {
		d.heard = false
		return
	}
	copy(d.pcm[:], d.pcm[frameLen:])
	clear(d.pcm[frameLen:])
	d.frame(false)
	d.silent = d.energy == [2 * frameHops]float64{} && d.idle()
}

// idle says that no key is down, and none is about to be.
func (d *Detector) idle() bool { return d.down.key == 0 && d.rising.key == 0 }

// quiet says whether no key can begin in a frame: most of what the bridge hears is silence.
func quiet(pcm []int16) bool {
	sum := int64(0)
	for _, s := range pcm {
		sum += int64(s) * int64(s)
	}
	return float64(sum) < minHalf
}

// Heard says whether a key, or what may become one, was heard in the last frame. Others should not hear that frame.
func (d *Detector) Heard() bool { return d.heard }

// Down says whether a key that was found is still down.
func (d *Detector) Down() bool { return d.down.key != 0 }

// Reset forgets the stream.
func (d *Detector) Reset() { *d = Detector{} }

// frame looks at the frame that has come, hop by hop.
func (d *Detector) frame(made bool) (digit byte, ok bool) {
	d.heard = d.down.key != 0
	d.measure(made)
	for h := range frameHops {
		if made {
			d.skip()
			continue
		}
		d.known, d.blind = d.known+1, 0
		if now, pressed := d.hop(h); pressed {
			digit, ok = now, true
		}
		d.heard = d.heard || d.down.key != 0 || d.rising.key != 0
	}
	return digit, ok
}

// measure asks the first question of both halves of the new frame.
func (d *Detector) measure(made bool) {
	copy(d.energy[:], d.energy[frameHops:])
	copy(d.likely[:], d.likely[2:])
	for h := range frameHops {
		from := frameLen + h*hop
		d.energy[frameHops+h] = energy(d.pcm[from : from+hop])
	}
	for i := range 2 {
		e := d.energy[frameHops+2*i] + d.energy[frameHops+2*i+1]
		from := frameLen + i*half
		d.likely[2+i] = !made && e >= minHalf && likely(d.pcm[from:from+half], e)
	}
}

// skip passes over a hop that was made up.
func (d *Detector) skip() {
	d.known = 0
	if d.blind++; d.blind > blindHops {
		d.down, d.rising = held{}, held{}
	}
}

// hop looks at hop h of the new frame, and at the window that it completes.
func (d *Detector) hop(h int) (digit byte, pressed bool) {
	end := frameLen + (h+1)*hop
	last := d.pcm[end-hop : end]
	same := d.down.follow(last)
	d.rising.follow(last)
	if same || d.known < frameHops || !d.promising(h) {
		return 0, false
	}
	now := d.window(end, d.energy[h+1:h+1+frameHops])
	switch {
	case now.key == 0:
		return 0, false
	case now.key == d.down.key:
		d.down.again(now)
		d.rising = held{}
		return 0, false
	case now.key != d.rising.key || !now.like(&d.rising.pair):
		d.rising = held{pair: now, hops: frameHops}
	default:
		d.rising.again(now)
	}
	if d.rising.hops < pressHops {
		return 0, false
	}
	d.down, d.rising = d.rising, held{}
	return keys[d.down.key-1], true
}

// promising says whether the halves of frames that lie within the window that ends with hop h may belong to a key.
func (d *Detector) promising(h int) bool {
	switch h {
	case 0:
		return d.likely[1]
	case 1:
		return d.likely[1] && d.likely[2]
	case 2:
		return d.likely[2]
	}
	return d.likely[2] && d.likely[3]
}

// again takes a window more of the same key.
func (k *held) again(now pair) {
	k.hops += min(k.since, frameHops)
	k.since, k.absent, k.pair = 0, 0, now
}

// follow looks whether the key is still there in the next hop, and lets it go if it has not been for long enough. It says
// whether it is still the same for certain.
func (k *held) follow(x []float64) bool {
	if k.key == 0 {
		return false
	}
	k.since++
	there, same := k.in(x)
	switch {
	case there:
		k.absent = 0
	case k.absent == releaseHops-1:
		*k = held{}
	default:
		k.absent++
	}
	return same
}
