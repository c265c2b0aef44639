package dtmf_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"partyline/mixer/dtmf"
)

// packet is one telephone-event packet of a table.
type packet struct {
	ts       uint32
	marker   bool
	digit    byte
	end      bool
	duration uint16
}

// key makes the packets of one key: an update every 20 ms, the end three times.
func key(ts uint32, digit byte, ms int) (all []packet) {
	total := ms * 8
	for d := 160; d < total; d += 160 {
		all = append(all, packet{ts: ts, marker: d == 160, digit: digit, duration: uint16(d)})
	}
	for range 3 {
		all = append(all, packet{ts: ts, marker: total <= 160, digit: digit, end: true, duration: uint16(total)})
	}
	return all
}

// long makes the packets of a key that is held for longer than a duration can say (RFC 4733 §2.5.1.3).
func long(ts uint32, digit byte, seconds, step int) (all []packet) {
	first := true
	for left := seconds * 8000; left > 0; {
		d, last := 0, min(left, 0xFFFF/step*step)
		for d < last {
			d = min(d+step, last)
			all = append(all, packet{ts: ts, marker: first, digit: digit, duration: uint16(d)})
			first = false
		}
		ts += uint32(last)
		left -= last
	}
	end := all[len(all)-1]
	end.end = true
	return append(all, end, end, end)
}

// receive lets packets in, one a tick, and returns the digits.
func receive(r *dtmf.Receiver, packets []packet) string {
	var digits strings.Builder
	for _, p := range packets {
		payload := dtmf.AppendEvent(nil, p.digit, p.end, 10, p.duration)
		if d, ok := r.Packet(p.ts, p.marker, payload); ok {
			digits.WriteByte(d)
		}
		r.Tick()
	}
	return digits.String()
}

func TestReceiver(t *testing.T) {
	t.Parallel()
	one := key(1000, '1', 100)
	unended := one[:len(one)-3]
	for _, tt := range []struct {
		name    string
		packets []packet
		want    string
	}{
		{"one key", one, "1"},
		{"only its first packet", one[:1], "1"},
		{"only an update", one[2:3], "1"},
		{"only its last end", one[len(one)-1:], "1"},
		{"the marker lost", one[1:], "1"},
		{"all ends lost", unended, "1"},
		{"the end ten times", append(slices.Clone(one), slices.Repeat(one[len(one)-1:], 7)...), "1"},
		{"the end three times in one tick", one, "1"},
		{"backwards", reversed(one), "1"},
		{"every packet twice", append(slices.Clone(one), one...), "1"},
		{"the same key again 40 ms later", append(slices.Clone(one), key(1000+800+320, '1', 100)...), "11"},
		{"the same key again, its ends lost", append(slices.Clone(unended), key(1000+800+320, '1', 100)...), "11"},
		{"the same key again, ends and marker lost", append(slices.Clone(unended), key(1000+800+320, '1', 100)[1:]...), "11"},
		{"the same key again, one packet each", []packet{one[2], key(1000+320, '1', 40)[0]}, "11"},
		{"another key, ends lost", append(slices.Clone(unended), key(3000, '2', 100)...), "12"},
		{"another key under the same timestamp", append(slices.Clone(one), key(1000, '2', 100)...), "12"},
		{"late copies after the next key", append(append(slices.Clone(one), key(3000, '2', 100)...), one...), "12"},
		{"a key of one packet overtaken by the next", append(key(3000, '2', 100), one[2]), "21"},
		{"ends overtaken by the next key", slices.Concat(unended, key(3000, '2', 60)[:1], one[len(one)-3:], key(3000, '2', 60)[1:]), "12"},
		{"across the wrap of the timestamp", append(key(1<<32-1200, '5', 100), key(100, '6', 100)...), "56"},
		{"a timestamp of 0", key(0, '0', 100), "0"},
		{"a key of 0 from the beginning", key(100, '0', 100), "0"},
		{"held for 10 s", long(1000, '#', 10, 160), "#"},
		{"held for 20 s, in steps of 50 ms", long(1000, '#', 20, 400), "#"},
		{"held for 20 s, in steps that meet 0xFFFF", long(1000, '#', 20, 0xFFFF/255), "#"},
		{"held for 10 s, twice", append(long(1000, '#', 10, 160), long(90000, '#', 10, 160)...), "##"},
		{"a timestamp that counts up with every packet", slipping(1000, '4'), "4"},
		{"all keys", keys("1234567890*#ABCD"), "1234567890*#ABCD"},
		{"all keys, each twice", keys("11223344556677889900**##"), "11223344556677889900**##"},
	} {
		if got := receive(new(dtmf.Receiver), tt.packets); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func reversed(packets []packet) []packet {
	packets = slices.Clone(packets)
	slices.Reverse(packets)
	return packets
}

// slipping is a sender that does not keep the timestamp of an event.
func slipping(ts uint32, digit byte) []packet {
	packets := key(ts, digit, 200)
	for i := range packets[:len(packets)-2] {
		packets[i].ts += uint32(i) * 160
	}
	for i := len(packets) - 2; i < len(packets); i++ {
		packets[i].ts = packets[len(packets)-3].ts
	}
	return packets
}

// keys are 50 ms each, with 40 ms between them.
func keys(digits string) (all []packet) {
	for i := range len(digits) {
		all = append(all, key(uint32(1000+i*720), digits[i], 50)...)
	}
	return all
}

// TestLossAndReordering: every digit once, in order, as long as any one of its packets comes.
func TestLossAndReordering(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(4, 4))
	for _, loss := range []float64{0, 0.05, 0.1, 0.3} {
		var rx dtmf.Receiver
		ts := uint32(1<<32 - 500_000)
		for n := range 10_000 {
			digit := "0123456789*#"[r.IntN(12)]
			packets := key(ts, digit, 40+r.IntN(200))
			ts += uint32(packets[len(packets)-1].duration) + 320 + uint32(r.IntN(4000))
			kept := slices.DeleteFunc(packets, func(packet) bool { return r.Float64() < loss })
			for i := range len(kept) - 1 {
				if r.IntN(10) == 0 {
					kept[i], kept[i+1] = kept[i+1], kept[i]
				}
			}
			want := ""
			if len(kept) > 0 {
				want = string(digit)
			}
			if got := receive(&rx, kept[:min(1, len(kept))]); got != want { // with the first packet that comes
				t.Fatalf("loss %v, key %d: %q, want %q", loss, n, got, want)
			}
			if got := receive(&rx, kept[min(1, len(kept)):]); got != "" {
				t.Fatalf("loss %v, key %d: %q once more", loss, n, got)
			}
			rx.Tick()
			rx.Tick()
		}
	}
}

func TestGarbage(t *testing.T) {
	t.Parallel()
	for _, payload := range [][]byte{
		nil, {}, {1}, {1, 2, 3}, {16, 0, 0, 160}, {255, 255, 255, 255}, {200, 0x80, 0, 0},
	} {
		var r dtmf.Receiver
		if d, ok := r.Packet(1, true, payload); ok {
			t.Errorf("%v is %q", payload, d)
		}
		if r.Active() {
			t.Errorf("%v holds a key down", payload)
		}
	}
	// More octets than one event are passed over: the first one counts.
	var r dtmf.Receiver
	if d, ok := r.Packet(1, true, []byte{3, 10, 0, 160, 9, 9, 9, 9, 9}); !ok || d != '3' {
		t.Errorf("a long payload is %q, %v", d, ok)
	}
}

func TestActive(t *testing.T) {
	t.Parallel()
	var r dtmf.Receiver
	receive(&r, key(1000, '7', 100)[:3])
	if !r.Active() {
		t.Error("the key is not down")
	}
	receive(&r, key(1000, '7', 100)[3:])
	if r.Active() {
		t.Error("the key is still down after its end")
	}
	receive(&r, key(5000, '7', 100)[:2])
	for range 4 {
		r.Tick()
	}
	if r.Active() {
		t.Error("the key is still down, 80 ms after its last packet")
	}
	receive(&r, key(9000, '7', 100)[:2])
	receive(&r, key(7000, '6', 100)[4:5])
	if !r.Active() {
		t.Error("the end of a key that was overtaken ends the one that is down")
	}
	r.Reset()
	if r.Active() {
		t.Error("the key is still down after a reset")
	}
	if got := receive(&r, key(9000, '7', 100)); got != "7" {
		t.Errorf("after a reset the key is %q", got)
	}
}

// TestSameTimestampMuchLater: a sender that gives all its events one timestamp.
func TestSameTimestampMuchLater(t *testing.T) {
	t.Parallel()
	var r dtmf.Receiver
	got := receive(&r, key(0, '8', 100))
	for range 120 {
		r.Tick()
	}
	if got += receive(&r, key(0, '8', 100)); got != "88" {
		t.Errorf("%q, want \"88\"", got)
	}
}

func TestAppendEvent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		digit    byte
		end      bool
		volume   uint8
		duration uint16
		want     string
	}{
		{'0', false, 10, 160, "00 0a 00 a0"},
		{'9', true, 10, 0x1234, "09 8a 12 34"},
		{'*', false, 63, 0xFFFF, "0a 3f ff ff"},
		{'#', true, 255, 0, "0b bf 00 00"},
		{'D', false, 0, 1, "0f 00 00 01"},
		{'x', false, 0, 1, ""},
	} {
		if got := fmt.Sprintf("% x", dtmf.AppendEvent(nil, tt.digit, tt.end, tt.volume, tt.duration)); got != tt.want {
			t.Errorf("%c: %q, want %q", tt.digit, got, tt.want)
		}
	}
}

func TestReceiverAllocatesNothing(t *testing.T) {
	var r dtmf.Receiver
	payload := dtmf.AppendEvent(nil, '5', false, 10, 160)
	ts := uint32(0)
	if n := testing.AllocsPerRun(100, func() {
		ts += 1600
		r.Packet(ts, true, payload)
		r.Tick()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzReceiver lets anything in: nothing may panic, only keys come out, and a key afterwards is a key.
func FuzzReceiver(f *testing.F) {
	f.Add(uint32(1000), true, []byte{1, 10, 0, 160}, uint32(1000), false, []byte{1, 0x8a, 3, 32}, uint8(1))
	f.Add(uint32(1<<32-1), false, []byte{16, 10, 0, 160}, uint32(0), true, []byte{}, uint8(200))
	f.Add(uint32(7), false, []byte{11, 10, 255, 255}, uint32(7+0xFFFF), false, []byte{11, 10, 0, 160, 0}, uint8(0))
	f.Fuzz(func(t *testing.T, ts1 uint32, m1 bool, p1 []byte, ts2 uint32, m2 bool, p2 []byte, ticks uint8) {
		var r dtmf.Receiver
		for range 3 {
			for _, p := range []struct {
				ts uint32
				m  bool
				b  []byte
			}{{ts1, m1, p1}, {ts2, m2, p2}} {
				if d, ok := r.Packet(p.ts, p.m, p.b); ok && !strings.ContainsRune("0123456789*#ABCD", rune(d)) {
					t.Fatalf("%q is no key", d)
				}
			}
			for range ticks {
				r.Tick()
			}
		}
		for range 100 {
			r.Tick()
		}
		if got := receive(&r, key(ts2+1<<30, '5', 100)); got != "5" {
			t.Errorf("a key afterwards is %q", got)
		}
	})
}
