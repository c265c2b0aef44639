package mixer_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"partyline/mixer"
	"partyline/mixer/audiotest"
	"partyline/mixer/codec"
	"partyline/mixer/media"
)

// TestBadNetwork sends a tone in packets of every length over a network that loses 2 %, doubles 1 % and delays by up
// to 30 ms, so that some overtake others; sequence numbers and time stamps wrap meanwhile.
func TestBadNetwork(t *testing.T) {
	t.Parallel()
	for _, ptime := range []int{10, 20, 30, 40, 60} {
		t.Run(fmt.Sprintf("ptime=%d", ptime), func(t *testing.T) {
			t.Parallel()
			inWorld(t, mixer.Options{}, func(w *world) {
				const hz, seconds = 500, 8
				talker, ear := w.phone(0), w.phone(0)
				talker.mute = true
				w.meeting(0, 0)
				packets := badNetwork(talker.head, hz, ptime, seconds)
				for ms := range seconds * 1000 {
					for len(packets) > 0 && packets[0].ms <= ms {
						talker.raw(packets[0].data, talker.leg.LocalAddr())
						packets = packets[1:]
					}
					if ms%20 == 0 {
						ear.talk()
						ear.listen()
					}
					time.Sleep(time.Millisecond)
				}
				ear.continuous()
				heard := ear.pcm()[rate:]
				if l := audiotest.Goertzel(heard, rate, hz); l < -15 {
					t.Errorf("the tone comes with %.1f dB", l)
				}
				gaps := 0
				for f := range slices.Chunk(heard, frame) {
					if audiotest.RMS(f) < -30 {
						gaps++
					}
				}
				if gaps > 4 {
					t.Errorf("%d of %d frames are gaps", gaps, len(heard)/frame)
				}
			})
		})
	}
}

type delayed struct {
	ms   int // when it arrives
	data []byte
}

func badNetwork(h media.Header, hz float64, ptime, seconds int) []delayed {
	r := rand.New(rand.NewPCG(1, uint64(ptime)))
	var packets []delayed
	size := ptime * rate / 1000
	for n := range seconds * 1000 / ptime {
		payload := make([]byte, size)
		codec.Encode(media.PCMU, payload, audiotest.Tone(hz, loudness, rate, size, n*size))
		d := delayed{n*ptime + r.IntN(30), packet(h, payload)}
		h.Seq++
		h.TSRTP += uint32(size)
		h.Marker = false
		if r.IntN(100) < 2 {
			continue
		}
		packets = append(packets, d)
		if r.IntN(100) < 1 {
			packets = append(packets, delayed{d.ms + 5, d.data})
		}
	}
	slices.SortStableFunc(packets, func(a, b delayed) int { return cmp.Compare(a.ms, b.ms) })
	return packets
}
