// Package mixer mixes the audio of legs: it owns the shards, one loop per CPU, and what they own in turn: the legs'
// sockets, jitter buffers and the bridges of the meetings' rooms. It knows no SIP, no people and no policy: it is told
// what a leg's offer/answer agreed on ([media.Spec]) and who is where ([Placement]).
//
// Goroutines: one per shard, which alone touches sockets, buffers and bridges of its meetings, and one reporter, which
// calls back. All are started and awaited by [Engine.Run]. Every exported method may be called from any goroutine and
// none blocks, except [Engine.Run] and [Leg.Detach].
package mixer

import "time"

const (
	// Ptime is the length of a frame.
	Ptime = 20 * time.Millisecond
	// Rate is the sampling rate of every bridge.
	Rate = 8000
	// frameSamples is the length of a frame in samples, and in bytes of G.711.
	frameSamples = Rate / 50
)

// LegID names a leg of one Engine.
type LegID uint64

// RoomID is the number of a room in its meeting.
type RoomID = int32

const (
	// MainRoom is the main room of every meeting.
	MainRoom RoomID = 0
	// NoRoom is where a leg is that hears only what is played to it.
	NoRoom RoomID = -1
)
