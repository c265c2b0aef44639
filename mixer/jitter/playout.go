package jitter

// Decode turns a payload into samples and says how many there are.
type Decode = func(pt uint8, payload []byte, dst []int16) int

const (
	maxMadeFrames = 3                 // a loss is concealed for 60 ms
	missedAfter   = frameTime * 9 / 4 // ticks further apart than this were skipped
)

// blockage says why no more samples could be decoded.
type blockage uint8

const (
	none  blockage = iota
	dry            // nothing has come
	hole           // something later has come
	pause          // the sender paused, or its timeline changed
)

// Pop writes the next 20 ms to dst, whatever the kind. It must be called once per tick. now is the time for which the
// tick was scheduled, not the time at which it really ran: where ticks are skipped, so is the audio.
func (b *Buffer) Pop(now int64, dst []int16, dec Decode) Kind {
	dst = dst[:min(b.frame, len(dst))]
	b.skipMissed(now)
	b.calm++
	kind := Silence
	if !b.idle && b.n == 0 && b.fill(1, dec) == pause {
		b.rest()
	}
	if b.idle && !b.begin(now, dec) {
		b.conceal.Fade(dst)
	} else {
		kind = b.play(now, dst, dec)
	}
	b.lastTick = now
	switch kind {
	case Conceal:
		b.stats.Concealed++
	case Silence:
		b.stats.Silent++
	case Frame:
	}
	return kind
}

// skipMissed drops the audio of ticks that never ran.
func (b *Buffer) skipMissed(now int64) {
	passed := now - b.lastTick
	if b.lastTick == 0 || b.idle || passed < missedAfter {
		return
	}
	missed := (passed+frameTime/2)/frameTime - 1
	over := b.pos + missed*int64(b.frame)
	s := b.store.first(b.next)
	for s != nil && s.epoch == b.playing && s.pos+int64(b.duration) <= over {
		b.lose(s.seq + 1)
		s = b.store.first(b.next)
	}
	b.rest()
}

// begin starts the playout if a packet is due.
func (b *Buffer) begin(now int64, dec Decode) bool {
	if b.n == 0 {
		s := b.due(now)
		if s == nil {
			return false
		}
		b.lose(s.seq)
		b.pos, b.playing = s.pos, s.epoch
		b.dry, b.made, b.paused = false, 0, false
	}
	b.fill(b.frame, dec)
	if b.n < b.frame && b.waited < 2 {
		b.waited++ // packets shorter than a frame: the second one has not come yet
		return false
	}
	b.idle, b.hurried, b.waited = false, false, 0
	return true
}

// due returns the first packet if it is time to play it, and drops those before it that would be too old.
func (b *Buffer) due(now int64) *slot {
	for {
		s := b.store.first(b.next)
		if s == nil || s.epoch != b.epoch {
			return s
		}
		waits := now - b.nanos(s.pos) - b.delays.base() - b.target()
		if waits < 0 {
			return nil
		}
		if waits < frameTime || waits <= b.max && !b.hurried || b.store.packets == 1 {
			return s
		}
		b.lose(s.seq + 1)
	}
}

// target is how long after the arrival of the fastest packets a packet is to be played.
func (b *Buffer) target() int64 {
	t := b.delays.quantile + b.min
	if b.delays.seen < unknownUntil {
		t = max(t, b.start)
	}
	return min(t, b.max) + b.nanos(int64(b.frame-b.grid.samples()))
}

// delay is how long after the arrival of the fastest packets the next sample is played, if that is at now.
func (b *Buffer) delay(now int64) int64 {
	return now - b.nanos(b.pos) - b.delays.base()
}

// play writes one frame of the running playout.
func (b *Buffer) play(now int64, dst []int16, dec Decode) Kind {
	if b.fill(b.frame, dec) == none {
		if b.correct(now, dec); b.idle {
			b.conceal.Fade(dst)
			return Silence
		}
	}
	kind := Frame
	for len(dst) > 0 {
		why := b.fill(len(dst), dec)
		dst = b.take(dst)
		if len(dst) == 0 {
			break
		}
		if why == pause || b.paused {
			b.conceal.Fade(dst)
			b.rest()
			return Silence
		}
		kind = Conceal
		dst = b.makeUp(dst, why)
	}
	if b.made >= maxMadeFrames*b.frame {
		b.rest()
	}
	return kind
}

// take moves decoded samples to dst and returns what remains of it.
func (b *Buffer) take(dst []int16) []int16 {
	k := copy(dst, b.pcm[:b.n])
	if k == 0 {
		return dst
	}
	b.conceal.Good(dst[:k])
	copy(b.pcm, b.pcm[k:b.n])
	b.n -= k
	b.pos += int64(k)
	b.made = 0
	return dst[k:]
}

// makeUp fills dst, or the part of it up to the next packet, and returns what remains of it.
func (b *Buffer) makeUp(dst []int16, why blockage) []int16 {
	k := len(dst)
	if s := b.store.first(b.next); why == hole && s != nil {
		// Here the delay that is for nothing, because packets do not end with frames, can be had back unheard.
		if beyond := int64((b.frame - k) % b.grid.samples()); b.made == 0 && s.pos-b.pos > beyond {
			b.pos += beyond
		}
		k = int(min(int64(k), max(s.pos-b.pos, 1)))
	}
	b.conceal.Lost(dst[:k])
	b.pos += int64(k)
	b.made += k
	b.dry = why == dry
	return dst[k:]
}

// fill decodes until there are want samples, or says why it cannot.
func (b *Buffer) fill(want int, dec Decode) blockage {
	for b.n < want {
		if s := b.store.at(b.next); s != nil && s.state == skipped {
			b.paused = true
			b.store.drop(s)
			b.step(true)
			continue
		}
		s := b.store.first(b.next)
		if s == nil {
			return dry
		}
		if s.epoch != b.playing {
			return pause
		}
		gap := s.pos - (b.pos + int64(b.n))
		if s.seq == b.next && b.made == 0 && gap <= int64(b.frame/2) {
			b.pos, gap = b.pos+gap, 0 // nothing is missing: the sender's timestamps are not exact
		}
		if gap > 0 && s.seq == b.next {
			return pause
		}
		if gap > 0 {
			return hole
		}
		b.lose(s.seq)
		b.decode(s, gap, dec)
	}
	return none
}

// decode appends the samples of a packet that is due, or that begins -gap samples too late. A packet that was only late
// is played in full, and so everything after it: what was made up meanwhile makes the delay longer.
func (b *Buffer) decode(s *slot, gap int64, dec Decode) {
	if gap < 0 && b.dry {
		b.pos, gap = s.pos, 0
		b.stats.Stretched++
		b.calm = 0
	}
	k := dec(s.pt, b.store.payload(s), b.pcm[b.n:])
	k = min(max(k, 0), len(b.pcm)-b.n)
	b.store.drop(s)
	b.step(true)
	if k > 0 {
		b.duration = k
		b.grid.add(k)
	}
	b.dry, b.paused = false, false
	if gap < 0 {
		if late := int(min(-gap, int64(k))); late > 0 {
			copy(b.pcm[b.n:], b.pcm[b.n+late:b.n+k])
			k -= late
		}
	}
	b.n += k
}
