package jitter

import (
	"encoding/binary"
	"testing"
)

// FuzzReceive lets any packets at any times into a buffer. Each operation is nine octets: what, sequence, timestamp,
// length, arrival. Nothing may panic, get out of bounds, or keep the buffer from playing a good stream afterwards.
func FuzzReceive(f *testing.F) {
	op := func(what byte, seq uint16, ts uint32, length, arrival byte) []byte {
		b := binary.BigEndian.AppendUint16([]byte{what}, seq)
		return append(binary.BigEndian.AppendUint32(b, ts), length, arrival)
	}
	join := func(ops ...[]byte) (all []byte) {
		for _, o := range ops {
			all = append(all, o...)
		}
		return all
	}
	f.Add(join(op(0, 1, 160, 160, 5), op(3, 0, 0, 0, 0), op(0, 2, 320, 160, 5)))
	f.Add(join(op(0, 65535, 1<<32-160, 80, 0), op(0, 0, 0, 240, 0), op(1, 1, 0, 0, 0), op(4, 0, 0, 0, 255)))
	f.Add(join(op(0, 1, 160, 160, 5), op(0, 20000, 1<<31, 160, 5), op(0, 20001, 1<<31, 1, 5), op(2, 0, 0, 0, 0)))
	f.Fuzz(func(t *testing.T, data []byte) {
		b := New(Options{})
		now := 1000 * ms
		var octets [1024]byte
		var pcm [frame]int16
		for ; len(data) >= 9; data = data[9:] {
			seq, ts := binary.BigEndian.Uint16(data[1:]), binary.BigEndian.Uint32(data[3:])
			length, arrival := 4*int(data[7]), int64(int8(data[8]))
			switch data[0] % 6 {
			case 0, 5:
				b.Push(&Packet{Seq: seq, TSRTP: ts, Arrival: now + arrival*ms, Payload: payload(octets[:], int64(ts), max(length, 8))})
			case 1:
				b.Skip(seq)
			case 2:
				b.Reset()
			case 3:
				now += tick
				b.Pop(now, pcm[:], decode)
			case 4:
				now += arrival * int64(ts)
				b.Pop(now, pcm[:], decode)
			}
			if n := b.Buffered(); n < 0 || n > 8*1e9 {
				t.Fatalf("%v buffered", n)
			}
		}
		wantRecovery(t, b, now)
	})
}

// wantRecovery plays a good stream through a buffer with a past.
func wantRecovery(t *testing.T, b *Buffer, now int64) {
	t.Helper()
	b.Reset()
	var octets [frame]byte
	var pcm [frame]int16
	kind := Silence
	for i := range uint16(300) {
		now += tick
		b.Push(&Packet{Seq: i, TSRTP: uint32(i) * frame, Arrival: now - 10*ms, Payload: payload(octets[:], int64(i)*frame, frame)})
		kind = b.Pop(now, pcm[:], decode)
	}
	if kind != Frame {
		t.Errorf("a good stream is not played: kind %d, %+v", kind, b.Stats())
	}
}
