package mixer

import (
	"partyline/mixer/dtmf"
	"partyline/mixer/jitter"
	"partyline/mixer/media"
)

// listen looks for keys in the audio of a telephone that has no telephone-events, and says whether the frame is, or may
// be, a part of one: then nobody hears it.
func (l *Leg) listen(tones *dtmf.Detector, kind jitter.Kind, frame []int16, tick int64) (key bool) {
	if kind == jitter.Silence {
		tones.Silence()
		return false
	}
	digit, ok := tones.Frame(frame, kind == jitter.Conceal)
	if ok {
		l.in.hold = hold{down: true, from: tick}
	}
	if ok && !l.events.put(media.Event{Kind: media.ToneDigit, Digit: digit, Tick: tick}, ringReserve) {
		l.counts.now[dropKey]++
	}
	return tones.Heard()
}

// listenForTones begins to look for keys in the audio where the agreement has no telephone-events, or stops it.
func (r *receiver) listenForTones(spec *media.Spec) {
	switch {
	case spec.EventRecv != 0:
		r.tones = nil
	case r.tones == nil:
		r.tones = new(dtmf.Detector)
	}
}

// heldTicks is after how many ticks a key counts as held: an ordinary press is shorter. (Tuned 2026-11.)
const heldTicks = 15

// hold is for how long a key has been down. Owned by the shard.
type hold struct {
	down bool
	told bool
	from int64 // tick
}

// holds reports a key that is held, and that it is let go. Who decides whether an INFO is about the same press needs that.
// In a flood of keys these reports may be lost.
func (l *Leg) holds(tick int64) {
	r := &l.in
	h := &r.hold
	down := r.keys.Active() || r.tones != nil && r.tones.Down()
	switch {
	case down && !h.down:
		*h = hold{down: true, from: tick}
	case down && !h.told && tick-h.from >= heldTicks:
		h.told = l.events.put(media.Event{Kind: media.KeyHeld, Tick: tick}, ringReserve)
	case !down && h.told:
		l.events.put(media.Event{Kind: media.KeyUp, Tick: tick}, ringReserve)
		*h = hold{}
	case !down:
		*h = hold{}
	}
}
