package mixer

import (
	"runtime"
	"testing"
)

// maxLegBytes is the most heap that a leg in a room of ten may hold: half of what a leg may add to the resident
// memory, since the collector lets the heap grow to twice of what is held.
const maxLegBytes = 32 << 10

func TestMemoryOfALeg(t *testing.T) {
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	const legs = 500
	before := heap()
	st := newStepper(t, legs/10, 10, 3)
	if per := (heap() - before) / legs; per > maxLegBytes {
		t.Errorf("%d bytes a leg, want at most %d", per, maxLegBytes)
	} else {
		t.Logf("%d bytes a leg", per)
	}
	runtime.KeepAlive(st)
}
