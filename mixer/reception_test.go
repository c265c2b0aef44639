package mixer

import (
	"testing"
	"time"

	"partyline/mixer/media"
)

// TestReceptionAfterWeeks: a call that lasts over the days on which an engine has run for 2^63 / 8000 nanoseconds, for
// 2^32 samples and for twice that, has no jitter of its own then.
func TestReceptionAfterWeeks(t *testing.T) {
	t.Parallel()
	const overflow = int64(1<<63-1) / Rate
	for _, at := range []int64{overflow, 1 << 32 * int64(time.Second/Rate), 2 << 32 * int64(time.Second/Rate)} {
		var q reception
		h := media.Header{Seq: 65500, TSRTP: 1<<32 - 8000}
		for i := range int64(100) {
			q.packet(&h, at+(i-50)*int64(Ptime), i == 0, false)
			h.Seq++
			h.TSRTP += frameSamples
		}
		if b := q.block(); b.Jitter > 1 || b.Lost != 0 || b.Highest != 65500+99 {
			t.Errorf("after %v: %+v", time.Duration(at), b)
		}
	}
}
