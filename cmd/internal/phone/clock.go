package phone

import "time"

var epoch = time.Now()

// Now is the time on the clock of this package: monotonic, since the process
// began. [Packet.Arrival] and the times that sources get are on it.
func Now() time.Duration { return time.Since(epoch) }

// wallOffset is what a wall clock time in nanoseconds must be reduced by to be
// on the clock of this package. It is taken anew for every batch because the
// wall clock may be set.
func wallOffset() int64 {
	now := time.Now()
	return now.UnixNano() - int64(now.Sub(epoch))
}
