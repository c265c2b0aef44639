package bridge

// duckedTo is 12 dB below unity.
const (
	duckedTo = unity * 1029 / 4096
	duckUp   = (unity - duckedTo) / 5 // per tick: down in 20 ms, up in 100 ms
)

// player plays one source, or a voice.
type player struct {
	src   Source
	voice *Voice
	ducks bool
	low   bool // what is beneath is lower, whatever is played
	pcm   []int16
	n     int   // samples of this tick
	last  int32 // the last sample that was played
	cut   int32 // the same, of a source that was stopped: it is faded out
	duck  duck
}

func (p *player) init(frame int) {
	p.pcm = make([]int16, frame)
	if p.duck.from == 0 {
		p.duck = duck{from: unity, to: unity}
	}
}

// play plays src instead of what is being played.
func (p *player) play(src Source, ducks bool) {
	if p.playing() {
		p.cut += p.last
	}
	p.src, p.voice, p.ducks, p.last = src, nil, ducks, 0
}

// playVoice plays a voice instead.
func (p *player) playVoice(v *Voice) {
	if p.voice == v {
		return
	}
	p.play(nil, true)
	p.voice = v
}

func (p *player) playing() bool { return p.src != nil || p.voice != nil }

// step gets this tick's samples and says whether there is anything to be heard.
func (p *player) step() bool {
	cut := p.cut != 0
	p.duck.aim(p.low || p.playing() && p.ducks)
	p.n = 0
	if p.voice != nil {
		p.last = p.voice.last
		return cut || p.voice.heard
	}
	if p.src == nil {
		return cut
	}
	p.n = min(max(p.src.Next(p.pcm), 0), len(p.pcm))
	if p.n > 0 {
		p.last = int32(p.pcm[p.n-1])
	}
	if p.n < len(p.pcm) {
		p.src, p.last = nil, 0
	}
	return cut || p.n > 0
}

// next ends the tick.
func (p *player) next() {
	p.cut = 0
	p.duck.from = p.duck.to
}

// addTo adds this tick's samples to dst.
func (p *player) addTo(dst []int32) {
	if p.cut != 0 {
		fadeOut(dst[:len(dst)/4], p.cut)
	}
	for i, s := range p.pcm[:p.n] {
		dst[i] += int32(s)
	}
	if p.voice != nil && p.voice.heard {
		for i, s := range p.voice.samples {
			dst[i] += s
		}
	}
}

// duck is a gain that moves in straight lines from tick to tick.
type duck struct {
	from, to int64 // of this tick
}

// off says that nothing is changed.
func (d *duck) off() bool { return d.from == unity && d.to == unity }

// aim sets where this tick's gain goes.
func (d *duck) aim(down bool) {
	d.to = min(d.from+duckUp, unity)
	if unity-d.to < duckUp/2 {
		d.to = unity
	}
	if down {
		d.to = duckedTo
	}
}

// apply writes src at this tick's gain to dst, which may be the same.
func (d *duck) apply(dst, src []int32) {
	if d.off() {
		copy(dst, src)
		return
	}
	n := int64(len(src))
	for i, s := range src {
		gain := d.from + (d.to-d.from)*int64(i+1)/n
		dst[i] = int32(int64(s) * gain / unity)
	}
}
