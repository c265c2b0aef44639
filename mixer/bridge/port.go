package bridge

import "math"

// unity is the gain that changes nothing.
const unity = 1 << 12

// Port is a leg's place on a bridge. The zero value is ready. It keeps the leg's levels and settings when it goes from
// one bridge to another.
type Port struct {
	bridge *Bridge
	index  int

	// What the leg says.
	frame   []int16 // of this tick, until Mix
	voice   []int32 // the same as it is heard
	speaks  bool    // voice counts in this tick
	last    int32   // the last sample of the voice in the last tick, 0 if it was not heard
	gain    int32   // of the end of the last tick; it goes to where it should be within 5 ms
	change  int32   // wanted gain minus unity
	muted   bool
	away    bool // what it says is not for the room
	live    bool // but for all rooms, see Voice
	apart   bool // it does not hear what is played to some only
	level   detector
	unheard utterance // see Port.Unheard

	// What the leg hears.
	own     bool // not the shared frame
	fresh   bool // it has just come
	limiter limiter
	player  player
	volume  volume
	out     []int16
	heard   int32 // the last sample before it came
}

// SetGainDB sets how loud the others hear this port, from -60 to 30.
func (p *Port) SetGainDB(db int) {
	p.change = int32(math.Round(unity*math.Pow(10, float64(min(max(db, -60), 30))/20))) - unity
}

// SetListenDB sets how loud the port hears everything, from -60 to 30.
func (p *Port) SetListenDB(db int) { p.volume.set(db) }

// SetMuted keeps the port from being heard, or lets it be heard again.
func (p *Port) SetMuted(muted bool) { p.muted = muted }

// SetAway keeps what the port says out of the room, as long as it speaks to somebody else, and has it hear the room 12 dB
// lower; or lets the room hear it again.
func (p *Port) SetAway(away bool) { p.away, p.player.low = away, away }

// SetLive says that what the port says is played as a [Voice]: its own room hears it only so, whether it is muted or not.
func (p *Port) SetLive(live bool) { p.live = live }

// SetApart says whether the port is one of those that do not hear what [Bridge.PlaySome] plays.
func (p *Port) SetApart(apart bool) { p.apart = apart }

// Put gives this tick's frame; a port without one is silent. The frame is used, and not changed, until Mix.
func (p *Port) Put(frame []int16) { p.frame = frame }

// Play plays src to this port alone from the next tick on, instead of what is being played to it; nil stops that. With
// duck the voices are 12 dB lower for this port meanwhile; what the bridge plays is not.
func (p *Port) Play(src Source, duck bool) { p.player.play(src, duck) }

// Playing says whether the source of the last Play has not ended yet.
func (p *Port) Playing() bool { return p.player.src != nil }

// LevelDBov is the level of what the port said in the last tick, from -127 (silence) to 0, as in RFC 6464.
func (p *Port) LevelDBov() int { return p.level.dBov() }

// Talking says whether the port talks and can be heard.
func (p *Port) Talking() bool { return p.level.talking && (p.live || !p.muted && !p.away) }

// Out writes what the port hears in this tick to dst. If it is the shared frame, it says so instead and leaves dst
// alone. A port that is on no bridge hears silence.
func (p *Port) Out(dst []int16) (shared bool) {
	if p.bridge == nil {
		clear(dst)
		return false
	}
	if !p.own {
		return true
	}
	copy(dst, p.out)
	return false
}

// join begins on a bridge.
func (p *Port) join(b *Bridge) {
	if frame := len(b.sum); len(p.out) != frame {
		p.out, p.voice = make([]int16, frame), make([]int32, frame)
		p.limiter.init(b.rate)
		p.player.init(frame)
	}
	p.bridge, p.index = b, len(b.ports)
	p.fresh, p.own = true, false
	p.gain, p.last = 0, 0
}

// leave remembers nothing of the bridge but the last sample that was heard there, from which the fade begins.
func (p *Port) leave() {
	heard := p.bridge.shared
	if p.own {
		heard = p.out
	}
	p.heard = int32(heard[len(heard)-1])
	p.bridge, p.frame, p.speaks = nil, nil, false
}

// speak makes this tick's voice out of the frame, and says whether there is one.
func (p *Port) speak() bool {
	frame := p.frame
	p.frame = nil
	opened := p.level.update(frame)
	p.overhear()
	wanted := unity + p.change
	if p.muted || p.away || p.live || !p.level.open() {
		wanted = 0
	} else if opened && !p.fresh {
		p.gain = wanted // the beginning of a word is not faded in
	}
	p.speaks = len(frame) >= len(p.voice) && (wanted != 0 || p.gain != 0) || p.last != 0
	if !p.speaks {
		p.gain = wanted
		return false
	}
	p.say(frame, wanted)
	return true
}

// say fills the voice, from the gain of the last tick to the wanted one.
func (p *Port) say(frame []int16, wanted int32) {
	fade := p.bridge.fade()
	if len(frame) < len(p.voice) { // the voice ends
		clear(p.voice)
		fadeOut(p.voice[:fade], p.last)
		p.gain, p.last = wanted, 0
		return
	}
	i := 0
	if p.gain != wanted {
		for ; i < fade; i++ {
			gain := p.gain + (wanted-p.gain)*int32(i+1)/int32(fade)
			p.voice[i] = int32(int64(frame[i]) * int64(gain) / unity)
		}
	}
	for ; i < len(p.voice); i++ {
		p.voice[i] = int32(int64(frame[i]) * int64(wanted) / unity)
	}
	p.gain, p.last = wanted, p.voice[len(p.voice)-1]
}

// mix makes this tick's frame for the port, unless it is the shared one.
func (p *Port) mix() {
	prompt := p.player.step()
	defer p.player.next()
	defer p.volume.next()
	spared := p.bridge.spares(p)
	loud := p.volume.changes()
	special := p.speaks || prompt || p.fresh || spared || loud || !p.player.duck.off()
	if special && !p.own {
		p.limiter.set(&p.bridge.before)
	} else if p.own && !special && p.limiter.agrees(&p.bridge.before) {
		p.own = false
		return
	}
	p.own = special || p.own
	if !p.own {
		return
	}
	b := p.bridge
	in := b.mixed
	if p.speaks || prompt || spared || loud || !p.player.duck.off() {
		in = p.special(spared)
	}
	p.limiter.process(p.out, in)
	if p.fresh {
		p.fadeIn(p.out[:b.fade()])
	}
}

// special is what the port hears, before the limiter, where it is not what all hear; spared, without what is played.
func (p *Port) special(spared bool) []int32 {
	b := p.bridge
	in := b.scratch
	copy(in, b.sum)
	if p.speaks {
		for i, s := range p.voice {
			in[i] -= s
		}
	}
	if !spared {
		b.player.duck.apply(in, in)
	}
	p.player.duck.apply(in, in)
	if !spared {
		b.player.addTo(in) // what is played to the whole room is not ducked for one of them
	}
	p.player.addTo(in)
	p.volume.apply(in)
	return in
}

// fadeIn goes over from the last sample of the old room to the new one. Of the old room nothing is said any more.
func (p *Port) fadeIn(out []int16) {
	n := int32(len(out)) + 1
	for i, s := range out {
		k := int32(i) + 1
		out[i] = int16((int32(s)*k + p.heard*(n-k)) / n)
	}
	p.fresh, p.heard = false, 0
}
