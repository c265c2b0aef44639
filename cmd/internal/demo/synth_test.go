package demo

import (
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
