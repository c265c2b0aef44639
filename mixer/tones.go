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
