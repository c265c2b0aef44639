package bridge_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"partyline/mixer/audiotest"
	"partyline/mixer/audiotest/golden"
	"partyline/mixer/bridge"
)

const (
	rate      = 8000
	frame     = 160
	lookAhead = 40
	ceiling   = 29204 // -1 dBFS
)

// ear is somebody on a bridge: what he says is given, what he hears is kept.
type ear struct {
	bridge.Port
	says   []int16 // the rest; nothing means that he is silent
	heard  []int16
	shared int // ticks in which he heard the shared frame
}

// room is a bridge with everybody on it.
type room struct {
	*bridge.Bridge
	ears []*ear
}

func newRoom(n int) *room {
	r := &room{Bridge: bridge.New(rate)}
	for range n {
		r.add(&ear{})
	}
	return r
}

func (r *room) add(e *ear) *ear {
	r.Join(&e.Port)
	r.ears = append(r.ears, e)
	return e
}

func (r *room) remove(e *ear) {
	r.Leave(&e.Port)
	r.ears = slices.DeleteFunc(r.ears, func(x *ear) bool { return x == e })
}

func (r *room) ticks(n int) {
	for range n {
		for _, e := range r.ears {
			if len(e.says) >= frame {
				e.Put(e.says[:frame])
				e.says = e.says[frame:]
			}
		}
		r.Mix()
		for _, e := range r.ears {
			var out [frame]int16
			if e.Out(out[:]) {
				shared, _ := r.Shared()
				copy(out[:], shared)
				e.shared++
			}
			e.heard = append(e.heard, out[:]...)
		}
	}
}

func tone(hz, amplitude float64, ticks int) []int16 {
	return audiotest.Tone(hz, amplitude, rate, ticks*frame, 0)
}

// noise is not known by its frequencies: nothing of it may be lost.
func noise(seed uint64, amplitude, ticks int) []int16 {
	r := rand.New(rand.NewPCG(seed, 9))
	pcm := make([]int16, ticks*frame)
	for i := range pcm {
		pcm[i] = int16(r.IntN(2*amplitude+1) - amplitude)
	}
	return pcm
}

// TestTwoCallersHearEachOtherExactly: what one hears is what the other says, bit by bit, 5 ms later.
func TestTwoCallersHearEachOtherExactly(t *testing.T) {
	t.Parallel()
	const ticks, settled = 100, frame
	for _, amplitude := range []int{100, 8000, ceiling - 1} {
		r := newRoom(2)
		a, b := noise(1, amplitude, ticks), noise(2, amplitude, ticks)
		r.ears[0].says, r.ears[1].says = a, b
		r.ticks(ticks)
		if got, want := r.ears[0].heard[settled+lookAhead:], b[settled:]; !slices.Equal(got, want[:len(got)]) {
			t.Errorf("amplitude %d: the first does not hear exactly the second", amplitude)
		}
		if got, want := r.ears[1].heard[settled+lookAhead:], a[settled:]; !slices.Equal(got, want[:len(got)]) {
			t.Errorf("amplitude %d: the second does not hear exactly the first", amplitude)
		}
	}
}

// TestEverybodyHearsTheSumOfAllOthers, exactly, whether he talks himself or not.
func TestEverybodyHearsTheSumOfAllOthers(t *testing.T) {
	t.Parallel()
	const ticks = 20
	for _, n := range []int{3, 10, 50} {
		for _, talkers := range []int{1, 3, n} {
			r := newRoom(n)
			r.ticks(2) // everybody has faded in
			said := make([][]int16, n)
			sum := make([]int, ticks*frame)
			for i := range talkers {
				said[i] = noise(uint64(i), ceiling/n, ticks)
				r.ears[i].says = said[i]
				for k, s := range said[i] {
					sum[k] += int(s)
				}
			}
			r.ticks(ticks)
			for i, e := range r.ears {
				for k := range ticks*frame - lookAhead {
					want := sum[k]
					if said[i] != nil {
						want -= int(said[i][k])
					}
					if got := int(e.heard[2*frame+lookAhead+k]); got != want {
						t.Fatalf("%d of %d talk: number %d hears %d at sample %d, want %d", talkers, n, i, got, k, want)
					}
				}
				if i >= talkers && e.shared < ticks {
					t.Errorf("%d of %d talk: number %d is silent and has frames of his own", talkers, n, i)
				}
			}
		}
	}
}

// TestWhoHearsWhom is the same by frequencies: the others within 0.1 dB, the own voice and other rooms absent.
func TestWhoHearsWhom(t *testing.T) {
	t.Parallel()
	const ticks, peak = 100, 600
	for _, n := range []int{3, 10, 50} {
		rooms := []*room{newRoom(n), newRoom(n)}
		hz := func(room, i int) float64 { return 300 + 30*float64(2*i+room) }
		for k, r := range rooms {
			for i, e := range r.ears {
				e.says = tone(hz(k, i), peak, ticks)
			}
			r.ticks(ticks)
		}
		want := 20 * math.Log10(float64(peak)/32767)
		for i, e := range rooms[0].ears {
			if i%max(n/10, 1) != 0 {
				continue // some ears of a large room are enough
			}
			heard := e.heard[20*frame : 20*frame+8000] // one second: whole periods of every tone
			for k := range rooms {
				for j := range n {
					level := audiotest.Goertzel(heard, rate, hz(k, j))
					if there := k == 0 && j != i; there && math.Abs(level-want) > 0.1 {
						t.Fatalf("%d parties: %d hears %d at %.2f dBFS, want %.2f", n, i, j, level, want)
					} else if !there && level > -90 {
						t.Fatalf("%d parties: %d hears number %d of room %d at %.1f dBFS", n, i, j, k, level)
					}
				}
			}
		}
	}
}

// TestTenAtFullScale: nothing is clipped, nobody hears more than -1 dBFS, the loudest stays clean, and half a tenth of a
// second after the shouting a quiet voice is as loud as it was.
func TestTenAtFullScale(t *testing.T) {
	t.Parallel()
	r := newRoom(12)
	for i := range 10 {
		r.ears[i].says = tone(310+170*float64(i), 32767, 100)
	}
	quiet := r.ears[10]
	quiet.says = tone(250, 1000, 200)
	r.ticks(200)
	for i, e := range r.ears {
		for k, s := range e.heard {
			if s > ceiling || s < -ceiling {
				t.Fatalf("number %d hears %d at sample %d", i, s, k)
			}
		}
	}
	heard := r.ears[11].heard
	if peak := slices.Max(heard[50*frame : 90*frame]); peak < ceiling*7/10 {
		t.Errorf("the limiter leaves only %d of %d", peak, ceiling)
	}
	after := heard[105*frame : 155*frame]
	if level, want := audiotest.Goertzel(after, rate, 250), 20*math.Log10(1000.0/32767); math.Abs(level-want) > 0.2 {
		t.Errorf("100 ms after the shouting the quiet voice has %.2f dBFS, want %.2f", level, want)
	}
	golden.Check(t, "ten_at_full_scale", heard[:8*frame])
}

// TestLimiterIsClean is one voice beside one that is far too loud: distortion is at most 1 %.
func TestLimiterIsClean(t *testing.T) {
	t.Parallel()
	r := newRoom(4)
	r.ears[0].says, r.ears[1].says = tone(400, 32767, 120), tone(400, 32767, 120)
	r.ears[2].says = tone(400, 20000, 120)
	r.ticks(120)
	heard := r.ears[3].heard[60*frame : 110*frame]
	all, pure := audiotest.RMS(heard), audiotest.Goertzel(heard, rate, 400)
	rest := slices.Clone(heard)
	subtract(rest, 400)
	if thd := audiotest.RMS(rest) - all; thd > -40 {
		t.Errorf("distortion and noise %.1f dB, the tone has %.1f dBFS", thd, pure)
	}
}

// subtract takes one frequency out of pcm.
func subtract(pcm []int16, hz float64) {
	var re, im float64
	for i, s := range pcm {
		phase := 2 * math.Pi * hz * float64(i) / rate
		re += float64(s) * math.Cos(phase)
		im += float64(s) * math.Sin(phase)
	}
	n := float64(len(pcm)) / 2
	for i := range pcm {
		phase := 2 * math.Pi * hz * float64(i) / rate
		pcm[i] -= int16(math.Round(re/n*math.Cos(phase) + im/n*math.Sin(phase)))
	}
}

// TestNoClickWhenTalkingBegins: a listener goes from the shared frame to his own and back, again and again, in quiet and
// in limited rooms. The tone that he hears goes on as if nothing were.
func TestNoClickWhenTalkingBegins(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		peaks []float64
		own   float64
	}{
		{"below the ceiling", []float64{9000, 0}, 2000},
		{"limited", []float64{32767, 32767}, 2000},
		{"limited by the own voice", []float64{20000, 0}, 32767},
	} {
		r := newRoom(4)
		for i, peak := range tt.peaks {
			if peak > 0 {
				r.ears[i].says = tone(400, peak, 1000)
			}
		}
		e := r.ears[3]
		for i := range 20 {
			e.says = tone(700, tt.own*float64(i+1)/20, 7)
			r.ticks(40)
		}
		if e.shared == 0 || e.shared > 780 {
			t.Errorf("%s: %d of 800 frames shared", tt.name, e.shared)
		}
		heard := e.heard[10*frame:]
		// 4·sin²(π·400/8000) of the peak that is heard.
		limit := int(0.0979*float64(slices.Max(heard))) + 300
		if value, at := audiotest.Roughest(heard); value > limit {
			t.Errorf("%s: a click of %d at sample %d of tick %d, want at most %d", tt.name, value, at%frame, 10+at/frame, limit)
		}
		if level := audiotest.Goertzel(heard, rate, 700); level > -85 {
			t.Errorf("%s: he hears himself at %.1f dBFS", tt.name, level)
		}
	}
}

// TestMoveIsClean: the last frame of the old room is the last of its sound, the new one fades in within 5 ms, and
// nothing clicks for those who stay either.
func TestMoveIsClean(t *testing.T) {
	t.Parallel()
	old, next := newRoom(3), newRoom(3)
	old.ears[0].says, next.ears[0].says = tone(400, 8000, 200), tone(1000, 8000, 200)
	e := old.ears[2]
	e.says = tone(262.7, 8000, 200)
	old.ticks(50)
	next.ticks(50)
	old.remove(e)
	next.add(e)
	before := len(e.heard)
	old.ticks(50)
	next.ticks(50)
	heard := e.heard[before:]
	if level := audiotest.Goertzel(heard, rate, 400); level > -60 {
		t.Errorf("the old room is heard after the move at %.1f dBFS", level)
	}
	if level := audiotest.Goertzel(heard[lookAhead:5*frame], rate, 1000); level < -13 {
		t.Errorf("the new room is heard at %.1f dBFS after 5 ms", level)
	}
	if level := audiotest.Goertzel(next.ears[2].heard[51*frame:], rate, 262.7); level < -13 {
		t.Errorf("the new room hears the moved one at %.1f dBFS", level)
	}
	if level := audiotest.Goertzel(old.ears[1].heard[51*frame:], rate, 262.7); level > -80 {
		t.Errorf("the old room hears the moved one at %.1f dBFS", level)
	}
	// The new tone's own roughness is 4·sin²(π/8)·8000 = 4686; three of them at once in the new room.
	for name, pcm := range map[string][]int16{
		"moved": e.heard[10*frame:], "stays": old.ears[1].heard[10*frame:], "was there": next.ears[1].heard[10*frame:],
	} {
		if value, at := audiotest.Roughest(pcm); value > 4686+308+800 {
			t.Errorf("%s: a click of %d at sample %d of tick %d", name, value, at%frame, 10+at/frame)
		}
	}
	golden.Check(t, "move", e.heard[before-frame:before+3*frame])
}

// TestMoveToSilence is a move into an empty room: silence, without the end of the old one.
func TestMoveToSilence(t *testing.T) {
	t.Parallel()
	old, next := newRoom(2), newRoom(0)
	old.ears[0].says = tone(400, 8000, 10)
	old.ticks(10)
	e := old.ears[1]
	old.remove(e)
	next.add(e)
	before := len(e.heard)
	next.ticks(10)
	if rest := e.heard[before+lookAhead:]; slices.ContainsFunc(rest, func(s int16) bool { return s != 0 }) {
		t.Error("something is heard 5 ms after the move into an empty room")
	}
	if _, silent := next.Shared(); !silent {
		t.Error("an empty room is not silent")
	}
}

func TestMuteAndGain(t *testing.T) {
	t.Parallel()
	r := newRoom(2)
	r.ears[0].says = tone(400, 8000, 400)
	level := func(ticks int) float64 {
		before := len(r.ears[1].heard)
		r.ticks(ticks)
		return audiotest.Goertzel(r.ears[1].heard[before+2*frame:], rate, 400)
	}
	full := level(52)
	for _, tt := range []struct {
		muted bool
		db    int
		want  float64
	}{
		{false, -20, full - 20}, {false, 6, full + 6}, {true, 6, audiotest.Quiet}, {false, 0, full},
	} {
		r.ears[0].SetMuted(tt.muted)
		r.ears[0].SetGainDB(tt.db)
		if got := level(52); math.Abs(got-tt.want) > 0.1 {
			t.Errorf("muted %v, %d dB: %.1f dBFS, want %.1f", tt.muted, tt.db, got, tt.want)
		}
		if r.ears[0].Talking() == tt.muted {
			t.Errorf("muted %v: talking is %v", tt.muted, !tt.muted)
		}
	}
	if value, at := audiotest.Roughest(r.ears[1].heard[10*frame:]); value > 2*783+400 {
		t.Errorf("a click of %d at tick %d", value, 10+at/frame)
	}
}

// TestLeaveInTheMiddle: ports come and go in any order.
func TestLeaveInTheMiddle(t *testing.T) {
	t.Parallel()
	b := bridge.New(rate)
	ports := make([]bridge.Port, 5)
	for i := range ports {
		b.Join(&ports[i])
		b.Join(&ports[i])
	}
	if b.Len() != 5 {
		t.Fatalf("%d ports, want 5", b.Len())
	}
	b.Leave(&ports[1])
	b.Leave(&ports[1])
	other := bridge.New(rate)
	other.Join(&ports[4])
	if b.Len() != 3 || other.Len() != 1 {
		t.Fatalf("%d and %d ports, want 3 and 1", b.Len(), other.Len())
	}
	b.Leave(&ports[4]) // is elsewhere
	if other.Len() != 1 {
		t.Error("a bridge took a port off another one")
	}
	out := []int16{1, 2, 3}
	if ports[1].Out(out) || slices.ContainsFunc(out, func(s int16) bool { return s != 0 }) {
		t.Error("a port on no bridge hears something")
	}
	b.Mix()
}

func TestNoAllocations(t *testing.T) {
	r := newRoom(30)
	talk := noise(1, 20000, 1)
	r.Play(endless{}, true)
	r.ears[5].Play(endless{}, true)
	r.ears[6].SetListenDB(6)
	var out [frame]int16
	n := 0
	if got := testing.AllocsPerRun(500, func() {
		n++
		for i := range 4 {
			r.ears[(n/8+i)%len(r.ears)].Put(talk)
		}
		r.Mix()
		for _, e := range r.ears {
			e.Out(out[:])
		}
	}); got != 0 {
		t.Errorf("%v allocations per tick", got)
	}
}

// endless is a source of silence.
type endless struct{}

func (endless) Next(dst []int16) int {
	clear(dst)
	return len(dst)
}
