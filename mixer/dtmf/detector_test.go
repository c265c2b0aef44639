package dtmf_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"partyline/mixer/codec"
	"partyline/mixer/dtmf"
	"partyline/mixer/media"
)

const allKeys = "123A456B789C*0#D"

// signal is a row of tones as it comes from a telephone, before the codec.
type signal struct{ pcm []float64 }

// press is one key of a signal.
type pressed struct {
	key         byte
	ms          float64
	row, column float64 // dBm0
	rowOff      float64 // deviation of the frequency
	columnOff   float64
	phase       float64
}

// at is a key as an ordinary telephone sends it.
func at(key byte, ms float64) pressed { return pressed{key: key, ms: ms, row: -10, column: -8} }

var (
	rowsHz    = []float64{697, 770, 852, 941}
	columnsHz = []float64{1209, 1336, 1477, 1633}
)

// amplitude of a sine of that level in 16 bits: 3.14 dBm0 is the overload of G.711.
func amplitude(dBm0 float64) float64 { return 32124 * math.Pow(10, (dBm0-3.14)/20) }

func (s *signal) key(p pressed) *signal {
	i := strings.IndexByte(allKeys, p.key)
	r, c := rowsHz[i/4]*(1+p.rowOff), columnsHz[i%4]*(1+p.columnOff)
	ra, ca := amplitude(p.row), amplitude(p.column)
	for n := range int(math.Round(p.ms * 8)) {
		t := float64(n) / 8000
		s.pcm = append(s.pcm, ra*math.Sin(2*math.Pi*r*t+p.phase)+ca*math.Sin(2*math.Pi*c*t+2*p.phase))
	}
	return s
}

func (s *signal) pause(ms float64) *signal {
	s.pcm = append(s.pcm, make([]float64, int(math.Round(ms*8)))...)
	return s
}

// noise adds white noise of that level to all of it.
func (s *signal) noise(r *rand.Rand, dBm0 float64) *signal {
	rms := amplitude(dBm0) / math.Sqrt2
	for i := range s.pcm {
		s.pcm[i] += rms * r.NormFloat64()
	}
	return s
}

// frames are the signal as it comes out of the decoder.
func (s *signal) frames(c media.Codec) (frames [][]int16) {
	for len(s.pcm)%160 != 0 {
		s.pcm = append(s.pcm, 0)
	}
	for i := 0; i < len(s.pcm); i += 160 {
		frame, coded := make([]int16, 160), make([]byte, 160)
		for j, v := range s.pcm[i : i+160] {
			frame[j] = int16(max(-32768, min(32767, math.Round(v))))
		}
		codec.Encode(c, coded, frame)
		codec.Decode(c, frame, coded)
		frames = append(frames, frame)
	}
	return frames
}

// detect is what a new detector finds.
func detect(frames [][]int16) string {
	var d dtmf.Detector
	var digits strings.Builder
	for _, f := range frames {
		if key, ok := d.Frame(f, false); ok {
			digits.WriteByte(key)
		}
	}
	return digits.String()
}

// grid counts what became of a part of the grid of Q.24.
type grid struct {
	t            *testing.T
	name         string
	right, wrong int
}

func (g *grid) check(got, want string, what any) {
	if got == want {
		g.right++
		return
	}
	if g.wrong++; g.wrong <= 5 {
		g.t.Errorf("%s, %+v: %q, want %q", g.name, what, got, want)
	}
}

// each presses every key in both laws, at several places of the frame, and wants it to be found, or not.
func (g *grid) each(found bool, change func(p *pressed)) {
	for _, law := range []media.Codec{media.PCMU, media.PCMA} {
		for i := range len(allKeys) {
			for _, lead := range []float64{20, 22.625, 31.25} {
				p := at(allKeys[i], 50)
				p.phase = lead
				change(&p)
				want := ""
				if found {
					want = string(p.key)
				}
				g.check(detect(new(signal).pause(lead).key(p).pause(80).frames(law)), want, p)
			}
		}
	}
}

func TestDetectorGrid(t *testing.T) {
	t.Parallel()
	var results []string
	part := func(name string, f func(g *grid)) {
		g := &grid{t: t, name: name}
		f(g)
		results = append(results, fmt.Sprintf("%-44s %6d right, %d wrong", name, g.right, g.wrong))
	}
	part("every key, 40 to 500 ms", func(g *grid) {
		for _, ms := range []float64{40, 41, 45, 50, 60, 80, 100, 250, 500} {
			g.each(true, func(p *pressed) { p.ms = ms })
		}
	})
	part("1 to 23 ms are no key", func(g *grid) {
		for _, ms := range []float64{1, 5, 10, 15, 20, 22, 23} {
			g.each(false, func(p *pressed) { p.ms = ms })
		}
	})
	part("off by up to 1.5 %, 40 ms", func(g *grid) {
		for _, r := range []float64{-0.015, -0.0075, 0, 0.0075, 0.015} {
			for _, c := range []float64{-0.015, -0.0075, 0, 0.0075, 0.015} {
				g.each(true, func(p *pressed) { p.ms, p.rowOff, p.columnOff = 40, r, c })
			}
		}
	})
	part("off by 3.5 % and more is no key", func(g *grid) {
		for _, off := range []float64{-0.045, -0.04, -0.035, 0.035, 0.04, 0.045} {
			for _, ms := range []float64{60, 500} {
				g.each(false, func(p *pressed) { p.ms, p.rowOff = ms, off })
				g.each(false, func(p *pressed) { p.ms, p.columnOff = ms, off })
			}
		}
	})
	part("level of 0 to -25 dBm0 each, 40 ms", func(g *grid) {
		for level := 0.0; level >= -25; level-- {
			g.each(true, func(p *pressed) { p.ms, p.row, p.column = 40, level, level })
		}
	})
	part("level of -55 dBm0 is no key", func(g *grid) {
		for _, level := range []float64{-55, -60} {
			g.each(false, func(p *pressed) { p.ms, p.row, p.column = 500, level, level })
		}
	})
	part("twist of +4 to -8 dB, 40 ms, off by 1.5 %", func(g *grid) {
		for twist := -8.0; twist <= 4; twist++ {
			for _, loudest := range []float64{0, -8, -17} {
				for _, off := range []float64{-0.015, 0, 0.015} {
					g.each(true, func(p *pressed) {
						p.ms, p.rowOff, p.columnOff = 40, -off, off
						p.row, p.column = loudest+min(0, -twist), loudest+min(0, twist)
					})
				}
			}
		}
	})
	part("twist of +4 and -8 dB, 400 ms", func(g *grid) {
		for _, twist := range []float64{-8, 4} {
			for _, off := range []float64{-0.015, 0.005, 0.015} {
				g.each(true, func(p *pressed) {
					p.ms, p.row, p.column, p.rowOff, p.columnOff = 400, -17, -17+twist, off, -off
				})
			}
		}
	})
	part("twist of +8 and -14 dB is no key", func(g *grid) {
		for _, twist := range []float64{8, -14} {
			g.each(false, func(p *pressed) { p.ms, p.row, p.column = 500, -18, -18+twist })
		}
	})
	part("one tone alone is no key", func(g *grid) {
		g.each(false, func(p *pressed) { p.ms, p.row = 500, -200 })
		g.each(false, func(p *pressed) { p.ms, p.column = 500, -200 })
	})
	for _, r := range results {
		t.Log(r)
	}
}

func TestDetectorTiming(t *testing.T) {
	t.Parallel()
	g := &grid{t: t, name: "timing"}
	for _, law := range []media.Codec{media.PCMU, media.PCMA} {
		for lead := 20.0; lead < 40; lead += 1.625 {
			for i := range len(allKeys) {
				k, next := allKeys[i], allKeys[(i+5)%16]
				start := func() *signal { return new(signal).pause(lead) }
				for what, tt := range map[string]struct {
					s    *signal
					want string
				}{
					"twice, 40 ms apart":              {start().key(at(k, 40)).pause(40).key(at(k, 40)), string([]byte{k, k})},
					"twice, 100 ms each":              {start().key(at(k, 100)).pause(40).key(at(k, 100)), string([]byte{k, k})},
					"93 ms a key":                     {start().key(at(k, 50)).pause(43).key(at(next, 50)).pause(43).key(at(next, 50)), string([]byte{k, next, next})},
					"an interruption of 10 ms":        {start().key(at(k, 50)).pause(10).key(at(k, 50)), string(k)},
					"one after 20 ms":                 {start().key(at(k, 20)).pause(10).key(at(k, 40)), string(k)},
					"two interruptions":               {start().key(at(k, 60)).pause(10).key(at(k, 60)).pause(10).key(at(k, 60)), string(k)},
					"two of 23 ms, 40 ms apart":       {start().key(at(k, 23)).pause(40).key(at(k, 23)), ""},
					"another key without a pause":     {start().key(at(k, 60)).key(at(next, 60)), string([]byte{k, next})},
					"held for 400 ms":                 {start().key(at(k, 400)), string(k)},
					"held for 400 ms, then once more": {start().key(at(k, 400)).pause(40).key(at(k, 40)), string([]byte{k, k})},
				} {
					g.check(detect(tt.s.pause(60).frames(law)), tt.want, fmt.Sprintf("%s, %c, at %v ms", what, k, lead))
				}
			}
		}
	}
	t.Logf("%d right, %d wrong", g.right, g.wrong)
}

// TestDetectorInNoise: 15 dB below the key, Q.24 wants it found.
func TestDetectorInNoise(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 15))
	found, all := 0, 0
	for range 40 {
		for i := range len(allKeys) {
			k := allKeys[i]
			s := new(signal).pause(20 + 20*r.Float64())
			p := at(k, 50)
			p.row, p.column = -12, -12 // together -9
			p.rowOff, p.columnOff = 0.03*(r.Float64()-0.5), 0.03*(r.Float64()-0.5)
			s.key(p).pause(50).key(p).pause(80).noise(r, -9-15)
			all++
			if got := detect(s.frames(media.PCMU)); got == string([]byte{k, k}) {
				found++
			} else if strings.Trim(got, string(k)) != "" {
				t.Errorf("%c in noise is %q", k, got)
			}
		}
	}
	t.Logf("%d of %d pairs found", found, all)
	if found < all*998/1000 {
		t.Errorf("only %d of %d pairs were found", found, all)
	}
}

// FuzzDetector lets any sound in: only keys come out, and once all is quiet a key is found again.
func FuzzDetector(f *testing.F) {
	f.Add([]byte{0, 0, 255, 127, 0, 128}, uint8(1))
	f.Add([]byte("mumble"), uint8(200))
	f.Fuzz(func(t *testing.T, sound []byte, made uint8) {
		if len(sound) == 0 {
			return
		}
		var d dtmf.Detector
		frame := make([]int16, 160)
		for n := range 40 {
			for i := range frame {
				at := 2 * (n*160 + i)
				frame[i] = int16(uint16(sound[at%len(sound)]) | uint16(sound[(at+1)%len(sound)])<<8)
			}
			if key, ok := d.Frame(frame, made>>(n%8)&1 != 0); ok && strings.IndexByte(allKeys, key) < 0 {
				t.Fatalf("%q is no key", key)
			}
		}
		for range 10 {
			d.Silence()
		}
		var got strings.Builder
		for _, frame := range new(signal).key(at('5', 80)).pause(80).frames(media.PCMU) {
			if key, ok := d.Frame(frame, false); ok {
				got.WriteString(string(key))
			}
		}
		if got.String() != "5" {
			t.Errorf("a key afterwards is %q", got.String())
		}
	})
}
