package codec

// The concealment repeats the last pitch period, then the last two, then three, so that it does not buzz, and fades
// out meanwhile (the method of G.711 Appendix I). Unlike there the output is not delayed for it: where the repetition
// sets in, the step between the last sample and the first repeated one is levelled out over a quarter of a period.
//
// The lengths are samples at 8 kHz.
const (
	minPitch    = 40  // 200 Hz
	maxPitch    = 120 // 66 Hz
	pitchWindow = 160 // how much is compared to find the pitch
	maxPeriods  = 3
	maxQuarter  = maxPitch / 4
	historyLen  = maxPeriods*maxPitch + maxQuarter

	fadeAfter  = 80  // a loss is at full volume for 10 ms,
	fadeLen    = 400 // and silent 50 ms later
	silentAt   = fadeAfter + fadeLen
	mergeStep  = 32 // every 10 ms lost make the merge with what follows 4 ms longer,
	maxMerge   = 80 // up to 10 ms
	quietMerge = 16 // after silence the onset must not be lost: 2 ms
	fadeOutLen = 40 // a wanted silence is reached in 5 ms
)

// Concealer makes up for samples of one 8 kHz stream that did not come. Every sample of the stream passes through it,
// in any portions: through Good if it came, from Lost or Fade if not. The zero value is ready.
type Concealer struct {
	history [historyLen]int16 // the last samples that were played

	// While samples are missing:
	missing  bool
	lost     int // samples made up so far; the fading counts from there
	pitch    int
	step     int               // what is levelled out in the first quarter period
	received [historyLen]int16 // what was played before the loss: its last periods are repeated
	now, old repetition        // old: the one that now follows, while they are blended
}

// repetition goes round the last periods of what was received.
type repetition struct {
	periods int
	pos     int // from 0 to periods times the pitch
}

// Good takes samples that came. The first ones after a loss are blended with what was made up, in place.
func (c *Concealer) Good(frame []int16) {
	if c.missing {
		c.merge(frame)
	}
	c.remember(frame)
}

// Lost makes up for len(dst) samples. It fades out, and after 60 ms it is silent.
func (c *Concealer) Lost(dst []int16) {
	c.Break()
	c.extend(dst)
	c.remember(dst)
}

// Fade ends the sound within 5 ms: for a pause that the sender meant.
func (c *Concealer) Fade(dst []int16) {
	c.Break()
	n := min(fadeOutLen, len(dst))
	c.extend(dst[:n])
	for i := range dst[:n] {
		dst[i] = int16(int(dst[i]) * (n - i) / n)
	}
	clear(dst[n:])
	c.lost = max(c.lost, silentAt)
	c.remember(dst)
}

// Break says that the next good samples do not follow those before them: they will be blended.
func (c *Concealer) Break() {
	if !c.missing {
		c.missing, c.lost = true, 0
		c.received = c.history
		c.pitch = findPitch(c.history[:])
		c.now = repetition{periods: 1}
		c.step = int(c.history[historyLen-1]) - int(c.history[historyLen-c.pitch-1])
	}
}

// Tail is the last n samples that were played, 390 at most. It is valid until the next call.
func (c *Concealer) Tail(n int) []int16 {
	return c.history[historyLen-min(n, historyLen):]
}

// Reset forgets the stream.
func (c *Concealer) Reset() { *c = Concealer{} }

// remember appends samples to the history.
func (c *Concealer) remember(pcm []int16) {
	if len(pcm) >= historyLen {
		copy(c.history[:], pcm[len(pcm)-historyLen:])
		return
	}
	copy(c.history[:], c.history[len(pcm):])
	copy(c.history[historyLen-len(pcm):], pcm)
}

// sample returns the next sample of a repetition. Its last quarter period is blended into what came before its first
// sample, so that its end runs smoothly into its beginning.
func (c *Concealer) sample(r *repetition) int {
	length, quarter := r.periods*c.pitch, c.pitch/4
	first := historyLen - length
	s := int(c.received[first+r.pos])
	if k := r.pos - (length - quarter); k >= 0 {
		s += (int(c.received[first-quarter+k]) - s) * (k + 1) / (quarter + 1)
	}
	r.pos = (r.pos + 1) % length
	return s
}

// extend writes the next made-up samples.
func (c *Concealer) extend(dst []int16) {
	for i := range dst {
		if c.lost >= silentAt {
			clear(dst[i:])
			return
		}
		dst[i] = int16(c.next() * c.gainQ10() >> 10)
		c.lost++
	}
}

// next is the next sample of the repetition, before it is faded.
func (c *Concealer) next() int {
	if n := c.now.periods; n < maxPeriods && c.lost == n*fadeAfter {
		c.old, c.now = c.now, repetition{periods: n + 1, pos: c.now.pos % c.pitch}
	}
	quarter := c.pitch / 4
	s := c.sample(&c.now)
	if since := c.lost - (c.now.periods-1)*fadeAfter; c.now.periods > 1 && since < quarter {
		old := c.sample(&c.old)
		s = old + (s-old)*(since+1)/(quarter+1)
	}
	if c.lost < quarter {
		s += c.step * (quarter - c.lost) / (quarter + 1)
	}
	return min(max(s, -32768), 32767)
}

// gainQ10 falls from 1024 to 0.
func (c *Concealer) gainQ10() int {
	return 1024 - 1024*max(c.lost-fadeAfter, 0)/fadeLen
}

// merge blends the beginning of frame with the continuation of what was made up.
func (c *Concealer) merge(frame []int16) {
	n := quietMerge
	if c.lost < silentAt {
		n = min(c.pitch/4+mergeStep*max(c.lost/80-1, 0), maxMerge)
	}
	n = min(n, len(frame))
	var made [maxMerge]int16
	c.extend(made[:n])
	for i, m := range made[:n] {
		frame[i] = int16(int(m) + (int(frame[i])-int(m))*(i+1)/(n+1))
	}
	c.missing = false
}

// findPitch returns the lag between minPitch and maxPitch at which the end of the history resembles what was before,
// coarsely on every other sample first.
func findPitch(history []int16) int {
	best := bestLag(history, minPitch, maxPitch, 2)
	return bestLag(history, max(best-1, minPitch), min(best+1, maxPitch), 1)
}

// bestLag returns the lag with the highest normalised correlation, in steps of step.
func bestLag(history []int16, from, to, step int) int {
	end := history[len(history)-pitchWindow:]
	best, bestScore := from, -1.0
	for lag := from; lag <= to; lag += step {
		before := history[len(history)-pitchWindow-lag:]
		var cross, energy int64
		for i := 0; i < pitchWindow; i += step {
			cross += int64(end[i]) * int64(before[i])
			energy += int64(before[i]) * int64(before[i])
		}
		if cross <= 0 {
			continue
		}
		if score := float64(cross) * float64(cross) / float64(energy+1); score > bestScore {
			best, bestScore = lag, score
		}
	}
	return best
}
