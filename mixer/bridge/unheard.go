package bridge

// Tuned constants of speech that nobody hears, November 2026, with recorded voices and with noise.
const (
	speechTicks = 35 // of a voice within one stretch of talking: with its pauses about a second
	speechRange = 15 // dB between the loudest and the softest tick: a voice has 20 and more, noise less than 10
)

// utterance is a stretch of talking of a muted port. That it is speech, and no noise that is loud enough to be taken for
// talking, shows in how its level goes up and down.
type utterance struct {
	ticks     int // that were loud
	low, high int // dBov, of all of its ticks that were not digital silence
}

// update takes in a tick.
func (u *utterance) update(d *detector) {
	level := d.dBov()
	switch {
	case !d.talking:
		*u = utterance{}
		return
	case level == silence: // the pauses of a telephone that sends none of its noise say nothing of what it is
		return
	case u.high == 0 && u.low == 0:
		u.low, u.high = level, level
	}
	u.low, u.high = min(u.low, level), max(u.high, level)
	if d.above > 0 {
		u.ticks++
	}
}

// spoken says whether it has been speech for long enough.
func (u *utterance) spoken() bool { return u.ticks >= speechTicks && u.high-u.low >= speechRange }

// Unheard says whether the port is muted and has been talking for about a second. While something is played to it alone
// it is not asked: that may be what its microphone hears.
func (p *Port) Unheard() bool { return p.muted && p.unheard.spoken() }

// overhear follows what a muted port says to its room.
func (p *Port) overhear() {
	if !p.muted || p.away || p.live || p.Playing() {
		p.unheard = utterance{}
		return
	}
	p.unheard.update(&p.level)
}
