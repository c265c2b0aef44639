package storetest

import (
	"fmt"
	"sync/atomic"
	"testing"

	"partyline/control"
)

// BenchmarkAppend measures durable appends of one event: one meeting after the other, and many meetings side by side.
func BenchmarkAppend(b *testing.B, open func(b *testing.B) Store) {
	for _, meetings := range []int{1, 32} {
		b.Run(fmt.Sprintf("meetings=%d", meetings), func(b *testing.B) {
			s := open(b)
			b.ResetTimer()
			var count atomic.Int64
			b.ReportAllocs()
			b.SetParallelism(meetings) // times GOMAXPROCS
			run := func(more func() bool) {
				id := control.MeetingID(fmt.Sprintf("mtg_%d", count.Add(1)))
				for seq := uint64(0); more(); seq++ {
					if err := s.Append(b.Context(), &control.Append{Meeting: id, After: seq, Records: Records(id, seq+1, seq+1)}); err != nil {
						b.Error(err)
						return
					}
				}
			}
			if meetings == 1 {
				run(b.Loop)
			} else {
				b.RunParallel(func(pb *testing.PB) { run(pb.Next) })
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "appends/s")
		})
	}
}
