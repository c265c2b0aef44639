package bridge

// Voice is what one port says to rooms that it is not in, and to its own: each of their bridges plays it, see
// [Bridge.PlayVoice]. It has the port's gain, and is limited in each room with all else that is heard there.
type Voice struct {
	samples []int32
	heard   bool  // in this tick
	last    int32 // sample of this tick
}

// NewVoice returns a silent voice for bridges of that rate.
func NewVoice(rate int) *Voice { return &Voice{samples: make([]int32, max(rate, 8000)/50)} }

// Put gives this tick's frame of the port, before any bridge mixes; nil: it says nothing.
func (v *Voice) Put(p *Port, frame []int16) {
	v.heard = v.last != 0 || len(frame) >= len(v.samples)
	if len(frame) < len(v.samples) {
		clear(v.samples)
		fadeOut(v.samples[:len(v.samples)/4], v.last)
		v.last = 0
		return
	}
	gain := int64(unity + p.change)
	for i := range v.samples {
		v.samples[i] = int32(int64(frame[i]) * gain / unity)
	}
	v.last = v.samples[len(v.samples)-1]
}

// PlayVoice plays a voice like [Bridge.Play], with duck, until something else is played. The port whose voice it is does not
// hear it, and hears the room as it is.
func (b *Bridge) PlayVoice(v *Voice, of *Port) {
	b.player.playVoice(v)
	b.some, b.speaker = false, of
}
