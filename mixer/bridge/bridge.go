// Package bridge mixes one room: everybody hears the sum of all others. It is pure: frames in, frames out, no clock, no
// socket, no goroutine. A bridge and its ports belong to one goroutine. In steady state nothing here allocates; joining
// a bridge for the first time does.
//
// A tick of the owner is: [Port.Put] for every port that has a frame, [Bridge.Mix] once, then [Port.Out] for every port.
//
//	ports that talk ─▶ sum ─▶ ducked, + prompt ─▶ limiter ─▶ the shared frame: all who contributed nothing
//	                    └─ − own ─▶ ducked, + prompt, + own prompt ─▶ own limiter ─▶ the port's own frame
//
// The limiters delay everything by 5 ms. Below -1 dBFS they change no bit.
package bridge

// Source is something that is played: fewer than len(dst) samples mean that it has ended.
type Source interface {
	Next(dst []int16) (n int)
}

// Bridge is one room's mix. Make it with [New].
type Bridge struct {
	rate  int
	ports []*Port

	limiter limiter // of the shared frame
	before  limiter // the same, as it was before this tick: where a port begins that leaves the shared frame
	player  player
	some    bool  // what it plays is not for ports that are set apart
	speaker *Port // whose voice it plays, see PlayVoice; nil: nobody's
	altered bool  // it changes what the room hears in this tick

	sum     []int32 // of all voices
	mixed   []int32 // ducked, with the prompt
	scratch []int32
	shared  []int16

	ghost  int32 // what those who left said last; it is faded out
	active bool  // something is to be heard in this tick,
	recent bool  // or was in the last one
}

// New returns a bridge for a rate of samples per second, a multiple of 1000; anything below 8000 means 8000.
func New(rate int) *Bridge {
	rate = max(rate, 8000)
	frame := rate / 50
	b := &Bridge{
		rate:    rate,
		sum:     make([]int32, frame),
		mixed:   make([]int32, frame),
		scratch: make([]int32, frame),
		shared:  make([]int16, frame),
	}
	b.limiter.init(rate)
	b.before.init(rate)
	b.player.init(frame)
	return b
}

// Len is the number of ports.
func (b *Bridge) Len() int { return len(b.ports) }

// Join puts a port on the bridge, and takes it off the one where it was. It hears nothing of what it heard before; the
// new room fades in over 5 ms, and so does its voice there.
func (b *Bridge) Join(p *Port) {
	if p.bridge == b {
		return
	}
	if p.bridge != nil {
		p.bridge.Leave(p)
	}
	p.join(b)
	b.ports = append(b.ports, p)
}

// Leave takes a port off the bridge. It must not be on another one.
func (b *Bridge) Leave(p *Port) {
	if p.bridge != b {
		return
	}
	last := len(b.ports) - 1
	b.ports[p.index] = b.ports[last]
	b.ports[p.index].index = p.index
	b.ports[last] = nil
	b.ports = b.ports[:last]
	b.ghost += p.last
	p.leave()
}

// Play plays src into everybody's ears from the next tick on, instead of what is being played; nil stops that. With
// duck the room is 12 dB lower meanwhile.
func (b *Bridge) Play(src Source, duck bool) {
	b.player.play(src, duck)
	b.speaker = nil
	if src != nil {
		b.some = false
	}
}

// PlaySome is Play, with duck, for the ports that are not set apart: the others hear the room as it is.
func (b *Bridge) PlaySome(src Source) {
	b.player.play(src, true)
	b.some, b.speaker = true, nil
}

// spares says whether a port hears nothing of what is played in this tick.
func (b *Bridge) spares(p *Port) bool { return b.altered && (p.apart && b.some || p == b.speaker) }

// Playing says whether the source of the last Play has not ended yet. A voice does not end by itself.
func (b *Bridge) Playing() bool { return b.player.playing() }

// Ducking says whether that source makes the room lower.
func (b *Bridge) Ducking() bool { return b.Playing() && b.player.ducks }

// Mix computes the tick from the frames that were put. It keeps none of them.
func (b *Bridge) Mix() {
	b.add()
	prompt := b.player.step()
	b.active = b.active || prompt
	b.altered = prompt || !b.player.duck.off()
	b.player.duck.apply(b.mixed, b.sum)
	b.player.addTo(b.mixed)
	b.before.set(&b.limiter)
	if b.active || b.recent {
		b.limiter.process(b.shared, b.mixed)
	} else {
		b.limiter.reset()
		clear(b.shared)
	}
	for _, p := range b.ports {
		p.mix()
	}
	b.recent = b.active
	b.player.next()
}

// add sums up all voices.
func (b *Bridge) add() {
	clear(b.sum)
	b.active = b.ghost != 0
	fadeOut(b.sum[:b.fade()], b.ghost)
	b.ghost = 0
	for _, p := range b.ports {
		if !p.speak() {
			continue
		}
		b.active = true
		for i, s := range p.voice {
			b.sum[i] += s
		}
	}
}

// fade is the number of samples in which sounds that begin or end are faded: 5 ms.
func (b *Bridge) fade() int { return b.rate / 200 }

// Shared is the frame for everybody who contributes nothing; silent says that it is all zeros. It is valid until the
// next Mix.
func (b *Bridge) Shared() (frame []int16, silent bool) {
	return b.shared, !b.active && !b.recent
}

// fadeOut adds a straight line from value to zero. It ends a sound that stops in the middle without saying any more of
// it.
func fadeOut(dst []int32, value int32) {
	if value == 0 {
		return
	}
	n := int64(len(dst)) + 1
	for i := range dst {
		dst[i] += int32(int64(value) * (n - 1 - int64(i)) / n)
	}
}
