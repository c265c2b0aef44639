package bridge_test

import (
	"math"
	"slices"
	"testing"

	"partyline/mixer/audiotest"
	"partyline/mixer/bridge"
)

// recording is a source that plays samples once.
type recording []int16

func (r *recording) Next(dst []int16) int {
	n := copy(dst, *r)
	*r = (*r)[n:]
	return n
}

func record(pcm []int16) *recording {
	r := recording(pcm)
	return &r
}

// levels are those of two frequencies in what was heard since.
func levels(e *ear, since int, a, b float64) (float64, float64) {
	pcm := e.heard[since*frame:]
	return audiotest.Goertzel(pcm, rate, a), audiotest.Goertzel(pcm, rate, b)
}

func dBFS(peak float64) float64 { return 20 * math.Log10(peak/32767) }

// TestPromptToAll: everybody hears it, also who talks; the room is 12 dB lower if that was asked for, and comes back.
func TestPromptToAll(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		duck bool
		room float64
	}{{false, 0}, {true, -12}} {
		r := newRoom(3)
		r.ears[0].says = tone(400, 4000, 200)
		r.ears[1].says = tone(1300, 4000, 200)
		r.ticks(20)
		r.Play(record(tone(900, 4000, 60)), tt.duck)
		r.ticks(55)
		for i, e := range r.ears {
			others := []float64{1300, 400, 400}[i]
			room, prompt := levels(e, 25, others, 900)
			if math.Abs(prompt-dBFS(4000)) > 0.1 {
				t.Errorf("duck %v: number %d hears the prompt at %.1f dBFS", tt.duck, i, prompt)
			}
			if want := dBFS(4000) + tt.room; math.Abs(room-want) > 0.2 {
				t.Errorf("duck %v: number %d hears the room at %.1f dBFS, want %.1f", tt.duck, i, room, want)
			}
		}
		if !r.Playing() {
			t.Error("the prompt has ended too early")
		}
		r.ticks(6)
		if r.Playing() {
			t.Error("the prompt has not ended")
		}
		r.ticks(60)
		if room, prompt := levels(r.ears[2], 95, 400, 900); math.Abs(room-dBFS(4000)) > 0.1 || prompt > -90 {
			t.Errorf("afterwards the room has %.1f dBFS, the prompt %.1f", room, prompt)
		}
	}
}

// TestPromptToSome: who is set apart hears neither the prompt nor that the room is lower, whether he talks or not, and gets
// the shared frame again afterwards.
func TestPromptToSome(t *testing.T) {
	t.Parallel()
	r := newRoom(4)
	r.ears[0].says, r.ears[1].says = tone(400, 4000, 300), tone(1300, 4000, 300)
	r.ears[1].SetApart(true)
	r.ears[2].SetApart(true)
	r.ticks(20)
	r.PlaySome(record(tone(900, 4000, 60)))
	r.ticks(55)
	for i, e := range r.ears {
		room, prompt := levels(e, 25, []float64{1300, 400, 400, 400}[i], 900)
		wantRoom, wantPrompt := dBFS(4000)-12, dBFS(4000)
		if i == 1 || i == 2 {
			wantRoom, wantPrompt = dBFS(4000), -90
		}
		if math.Abs(room-wantRoom) > 0.2 || prompt-wantPrompt > 0.1 || wantPrompt > -90 && prompt < wantPrompt-0.1 {
			t.Errorf("number %d hears the room at %.1f dBFS and the prompt at %.1f", i, room, prompt)
		}
	}
	r.ticks(60)
	for i, e := range r.ears[2:] {
		shared := e.shared
		r.ticks(20)
		if e.shared != shared+20 {
			t.Errorf("number %d gets %d of 20 frames shared after the prompt", i+2, e.shared-shared)
		}
	}
	if value, at := audiotest.Roughest(r.ears[2].heard[2*frame:]); value > 5000 { // the tones alone have 4500
		t.Errorf("a click of %d at tick %d", value, 2+at/frame)
	}
}

// TestPromptToOne: only he hears it, the room is lower for him alone, and afterwards he gets the shared frame again.
func TestPromptToOne(t *testing.T) {
	t.Parallel()
	r := newRoom(3)
	r.ears[0].says = tone(400, 4000, 300)
	r.ticks(20)
	one, other := r.ears[1], r.ears[2]
	one.Play(record(tone(900, 4000, 50)), true)
	r.ticks(45)
	room, prompt := levels(one, 25, 400, 900)
	if math.Abs(room-dBFS(4000)+12) > 0.2 || math.Abs(prompt-dBFS(4000)) > 0.1 {
		t.Errorf("he hears the room at %.1f dBFS and the prompt at %.1f", room, prompt)
	}
	room, prompt = levels(other, 25, 400, 900)
	if math.Abs(room-dBFS(4000)) > 0.1 || prompt > -90 {
		t.Errorf("another one hears the room at %.1f dBFS and the prompt at %.1f", room, prompt)
	}
	r.ticks(20)
	if one.Playing() {
		t.Error("the prompt has not ended")
	}
	shared := one.shared
	r.ticks(20)
	if one.shared != shared+20 {
		t.Errorf("%d of 20 frames shared after the prompt", one.shared-shared)
	}
	if value, at := audiotest.Roughest(one.heard[2*frame:]); value > 2*1940 {
		t.Errorf("a click of %d at tick %d", value, 2+at/frame)
	}
}

// TestPromptToAllDuringOneToOne: who is spoken to hears what is played to the room as loud as the others do, whether he
// talks or not.
func TestPromptToAllDuringOneToOne(t *testing.T) {
	t.Parallel()
	r := newRoom(3)
	r.ears[0].says, r.ears[1].says = tone(400, 4000, 200), tone(1300, 4000, 200)
	r.ticks(20)
	for _, e := range r.ears {
		e.Play(record(tone(2100, 2000, 100)), true)
	}
	r.Play(record(tone(900, 4000, 100)), true)
	if !r.Ducking() {
		t.Error("the room is not lower")
	}
	r.ticks(45)
	for i, e := range r.ears {
		others := []float64{1300, 400, 400}[i]
		if room, prompt := levels(e, 25, others, 900); math.Abs(prompt-dBFS(4000)) > 0.1 || room > dBFS(4000)-12 {
			t.Errorf("number %d hears what is for all at %.1f dBFS and the room at %.1f", i, prompt, room)
		}
		if _, own := levels(e, 25, 0, 2100); math.Abs(own-dBFS(2000)) > 0.1 {
			t.Errorf("number %d hears what is for him at %.1f dBFS", i, own)
		}
	}
}

// TestPromptEndsWhereItEnds: not one sample is lost or said twice, whatever the length.
func TestPromptEndsWhereItEnds(t *testing.T) {
	t.Parallel()
	for _, length := range []int{0, 1, 159, 160, 161, 400} {
		r := newRoom(1)
		r.ticks(1)
		pcm := noise(3, 8000, 3)[:length]
		r.Play(record(slices.Clone(pcm)), false)
		r.ticks(6)
		heard := r.ears[0].heard[frame+lookAhead:]
		if !slices.Equal(heard[:length], pcm) {
			t.Errorf("%d samples: not what is heard", length)
		}
		if slices.ContainsFunc(heard[length:], func(s int16) bool { return s != 0 }) {
			t.Errorf("%d samples: something is heard after them", length)
		}
		if r.Playing() {
			t.Errorf("%d samples: still playing", length)
		}
	}
}

// TestStoppedPromptDoesNotClick: it is stopped, or replaced, in the middle of a wave.
func TestStoppedPromptDoesNotClick(t *testing.T) {
	t.Parallel()
	for name, play := range map[string]func(r *room, src bridge.Source){
		"to all": func(r *room, src bridge.Source) { r.Play(src, true) },
		"to one": func(r *room, src bridge.Source) { r.ears[0].Play(src, true) },
	} {
		r := newRoom(1)
		r.ticks(2)
		play(r, record(tone(413, 8000, 100)))
		r.ticks(11)
		play(r, nil)
		r.ticks(10)
		play(r, record(tone(413, 8000, 100)))
		r.ticks(7)
		play(r, record(tone(413, 8000, 100)))
		r.ticks(7)
		if value, at := audiotest.Roughest(r.ears[0].heard); value > 3600 {
			t.Errorf("%s: a click of %d at sample %d of tick %d", name, value, at%frame, at/frame)
		}
	}
}

// TestPlayBeforeJoining: what is played to a port goes on when it comes on a bridge, and from one to the other.
func TestPlayBeforeJoining(t *testing.T) {
	t.Parallel()
	var e ear
	pcm := noise(4, 8000, 8)
	e.Play(record(slices.Clone(pcm)), true)
	a, b := newRoom(0), newRoom(0)
	a.add(&e)
	a.ticks(4)
	a.remove(&e)
	b.add(&e)
	b.ticks(6)
	if got, want := e.heard[2*lookAhead:4*frame], pcm[lookAhead:4*frame-lookAhead]; !slices.Equal(got, want) {
		t.Error("the first half is not what is heard")
	}
	if got, want := e.heard[4*frame+lookAhead:8*frame+lookAhead], pcm[4*frame:]; !slices.Equal(got, want) {
		t.Error("the second half is not what is heard")
	}
}

// source says what it likes about how much it wrote.
type liar int

func (l liar) Next([]int16) int { return int(l) }

func TestSourceThatLies(t *testing.T) {
	t.Parallel()
	for _, l := range []liar{-1, 0, 161, 1 << 40} {
		r := newRoom(1)
		r.Play(l, true)
		r.ears[0].Play(l, false)
		r.ticks(3)
	}
}
