package bridge_test

import (
	"slices"
	"testing"

	"partyline/mixer/audiotest"
	"partyline/mixer/bridge"
)

// TestVoiceIsExact: in a room of nobody else's speech it is the frame itself, sample by sample, and with a gain that many dB
// louder; it is limited, not clipped.
func TestVoiceIsExact(t *testing.T) {
	t.Parallel()
	for _, db := range []int{0, 6, 20} {
		r, own := newRoom(2), &ear{}
		own.SetGainDB(db)
		v := bridge.NewVoice(rate)
		r.PlayVoice(v, &own.Port)
		said := audiotest.Tone(500, 9000, rate, 50*frame, 0)
		for at := 0; at < len(said); at += frame {
			v.Put(&own.Port, said[at:at+frame])
			r.ticks(1)
		}
		for _, e := range r.ears {
			if db == 0 && !slices.Equal(e.heard[lookAhead:], said[:len(said)-lookAhead]) {
				t.Error("it is not what was said")
			}
			if loudest := slices.Max(e.heard); int(loudest) > ceiling+1 || db > 0 && loudest < 17000 {
				t.Errorf("%d dB: up to %d", db, loudest)
			}
		}
		v.Put(&own.Port, nil)
		r.ticks(1)
		v.Put(&own.Port, nil)
		r.ticks(2)
		if e := r.ears[0]; slices.Max(e.heard[len(e.heard)-frame:]) != 0 {
			t.Errorf("%d dB: silence is not silent", db)
		}
	}
}
