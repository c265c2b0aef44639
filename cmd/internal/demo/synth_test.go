package demo

import (
	"math"
	"strings"
	"testing"
	"time"

	"partyline/cmd/internal/phone"
	"partyline/mixer/codec"
	"partyline/mixer/dtmf"
	"partyline/mixer/media"
)

// TestSpeechIsNoKey: in ten minutes of the voices of the story, through either law, the bridge finds no key.
func TestSpeechIsNoKey(t *testing.T) {
	t.Parallel()
	const minutes = 10
	frames, muted := 0, 0
	for i, r := range cast {
		speech := synthesise(r, uint64(100+i), minutes*time.Minute/time.Duration(len(cast)))
		for _, law := range []media.Codec{media.PCMU, media.PCMA} {
			var d dtmf.Detector
			coded, frame := make([]byte, 160), make([]int16, 160)
			for rest := speech; len(rest) >= 160; rest = rest[160:] {
				codec.Encode(law, coded, rest[:160])
				codec.Decode(law, frame, coded)
				if key, ok := d.Frame(frame, false); ok {
					t.Errorf("%s says %c after %v", r.name, key, time.Duration(len(speech)-len(rest))*time.Second/phone.Rate)
				}
				if frames++; d.Heard() {
					muted++
				}
			}
		}
	}
	if frames < minutes*60*50*2*99/100 {
		t.Errorf("only %d frames", frames)
	}
	t.Logf("%d minutes in each law: %d of %d frames kept from others", minutes, muted, frames)
}

// TestKeysAmongSpeech: an announcement comes back to the bridge as an echo, 20 dB below the keys that interrupt it.
func TestKeysAmongSpeech(t *testing.T) {
	t.Parallel()
	const digits, echo = "1234567890*#", 20.0
	gain := math.Pow(10, -echo/20) * 8000 / speechRMS // the keys' tones have an RMS of some 8,000
	for i, r := range cast {
		keys := phone.AppendTones(make([]int16, 800), digits, 80*time.Millisecond, 80*time.Millisecond)
		speech := synthesise(r, uint64(200+i), time.Duration(len(keys))*time.Second/phone.Rate)
		for n, v := range speech {
			keys[n] = clip(float64(keys[n]) + gain*float64(v))
		}
		var d dtmf.Detector
		var found strings.Builder
		for ; len(keys) >= 160; keys = keys[160:] {
			if key, ok := d.Frame(keys[:160], false); ok {
				found.WriteByte(key)
			}
		}
		if found.String() != digits {
			t.Errorf("while %s speaks: %s, want %s", r.name, found.String(), digits)
		}
	}
}
