package prompt_test

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"partyline/mixer/prompt"
)

// ramp is n samples that are all different for a while.
func ramp(n int) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(i%30000 + 1)
	}
	return pcm
}

// TestGrowing: what has come is played, silence where nothing has, and the end is the end.
func TestGrowing(t *testing.T) {
	t.Parallel()
	g, pcm, frame := prompt.NewGrowing(3), ramp(20000), make([]int16, 160)
	src := g.Source(0)
	if n := src.Next(frame); n != 160 || slices.ContainsFunc(frame, func(s int16) bool { return s != 0 }) {
		t.Error("before it has begun there is no silence")
	}
	g.Write(pcm[:100])
	<-g.Begun()
	if n := src.Next(frame); n != 160 || !slices.Equal(frame[:100], pcm[:100]) || frame[100] != 0 {
		t.Error("what has come is not played, or no silence after it")
	}
	g.Write(pcm[100:])
	g.End(nil)
	<-g.Ended()
	if rest := play(src); !slices.Equal(rest, pcm[100:]) {
		t.Errorf("the rest has %d samples", len(rest))
	}
	if rest := play(g.Source(12345)); !slices.Equal(rest, pcm[12345:]) {
		t.Errorf("from the middle: %d samples", len(rest))
	}
	if n, whole := g.Length(); n != len(pcm) || !whole || !slices.Equal(g.PCM(), pcm) || g.Bytes() != 48000 || g.Err() != nil {
		t.Errorf("length %d %t, %d bytes", n, whole, g.Bytes())
	}
	if rest := play(prompt.Whole(pcm).Source(0)); !slices.Equal(rest, pcm) {
		t.Errorf("whole: %d samples", len(rest))
	}
	if rest := play(prompt.Whole(nil).Source(5)); len(rest) != 0 {
		t.Errorf("nothing: %d samples", len(rest))
	}
}

// play plays to the end.
func play(src prompt.Source) (pcm []int16) {
	frame := make([]int16, 160)
	for {
		n := src.Next(frame)
		if pcm = append(pcm, frame[:n]...); n < len(frame) {
			return pcm
		}
	}
}

func TestGrowingIsBounded(t *testing.T) {
	t.Parallel()
	g := prompt.NewGrowing(1)
	if !g.Write(ramp(8000)) || g.Write(ramp(1)) {
		t.Error("it takes more than there is room for, or less")
	}
	g.End(errors.New("full"))
	if n, whole := g.Length(); n != 8000 || !whole || g.Err() == nil {
		t.Errorf("%d %t %v", n, whole, g.Err())
	}
}

// TestGrowingWhileItIsPlayed by several, who hear all of it.
func TestGrowingWhileItIsPlayed(t *testing.T) {
	t.Parallel()
	g, pcm := prompt.NewGrowing(10), ramp(80000)
	var wait sync.WaitGroup
	for range 3 {
		src := g.Source(0)
		wait.Go(func() { // waited for below
			heard := slices.DeleteFunc(play(src), func(s int16) bool { return s == 0 })
			if !slices.Equal(heard, pcm) {
				t.Errorf("%d samples heard of %d", len(heard), len(pcm))
			}
		})
	}
	for piece := range slices.Chunk(pcm, 777) {
		g.Write(piece)
	}
	g.End(nil)
	wait.Wait()
}

func TestInstead(t *testing.T) {
	t.Parallel()
	other, sound := ramp(500), ramp(1000)
	failed, begun, late := prompt.NewGrowing(1), prompt.Whole(sound), prompt.NewGrowing(1)
	failed.End(errors.New("no voice"))
	for name, c := range map[string]struct {
		g    *prompt.Growing
		want []int16
	}{
		"failed": {failed, other},
		"begun":  {begun, sound},
		"late":   {late, append(make([]int16, 480), other...)},
	} {
		src := prompt.Sequence(prompt.Instead(c.g, prompt.NewPCM(other), 480), prompt.NewPCM(sound))
		if got := play(src); !slices.Equal(got, append(slices.Clone(c.want), sound...)) {
			t.Errorf("%s: %d samples", name, len(got))
		}
	}
}

// TestGrowingAllocatesNothing where the mixer plays it.
func TestGrowingAllocatesNothing(t *testing.T) {
	g, frame := prompt.NewGrowing(30), make([]int16, 160)
	g.Write(ramp(100 * 160))
	src := prompt.Instead(g, prompt.Gap(8000), 8000)
	if n := testing.AllocsPerRun(200, func() { src.Next(frame) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
