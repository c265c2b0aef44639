package jitter

import "math/bits"

const (
	slots    = 64 // packets that can wait; a power of two
	numUnits = 48 // of payload, at most 64: 480 ms of G.711, more than is ever delayed on purpose
	maxUnits = 12 // of one packet: 120 ms of G.711
)

// slot is one waiting packet. It is kept small, for a leg has many: its payload is at unit, and covers the units that
// length octets need.
type slot struct {
	state  slotState
	pt     uint8
	seq    uint16
	epoch  uint8
	unit   uint8
	length uint16
	pos    int64
}

type slotState uint8

const (
	free    slotState = iota
	audio             // a packet
	skipped           // a number without audio
)

// store holds the waiting packets by their sequence number. Their payloads share one block of memory, which is given
// out in units of 10 ms.
type store struct {
	unit    int // octets
	mem     []byte
	taken   uint64 // bit i: unit i is in use
	packets int    // with audio
	slots   [slots]slot
}

func (s *store) init(unit int) {
	s.unit, s.mem = unit, make([]byte, numUnits*unit)
}

// unitsFor is how many units a payload takes.
func (s *store) unitsFor(length int) int { return (length + s.unit - 1) / s.unit }

// place is the first of n free units in a row; ok is false if there are none.
func (s *store) place(n int) (unit int, ok bool) {
	row := ^s.taken & (1<<numUnits - 1)
	for range n - 1 {
		row &= row >> 1
	}
	return bits.TrailingZeros64(row), row != 0
}

// fits says whether there is room for a payload of n units.
func (s *store) fits(n int) bool {
	_, ok := s.place(n)
	return ok
}

// fitsBefore says whether a packet can come before next without pushing the last one out.
func (s *store) fitsBefore(seq, next uint16) bool {
	for i := range s.slots {
		if w := &s.slots[i]; w.state != free && int16(w.seq-seq) >= slots {
			return false
		}
	}
	return int16(next-seq) < slots
}

// put stores a packet whose number is not here and for which there is room.
func (s *store) put(p *Packet, pos int64, epoch uint8, units int) {
	unit, ok := s.place(units)
	if !ok {
		return
	}
	s.taken |= (1<<units - 1) << unit
	copy(s.mem[unit*s.unit:], p.Payload)
	s.packets++
	s.slots[p.Seq%slots] = slot{
		state: audio, seq: p.Seq, pt: p.PT, epoch: epoch, pos: pos,
		unit: uint8(unit), length: uint16(len(p.Payload)),
	}
}

// putSkip stores a number without audio.
func (s *store) putSkip(seq uint16) {
	s.slots[seq%slots] = slot{state: skipped, seq: seq}
}

// at returns the packet with this number, or nil.
func (s *store) at(seq uint16) *slot {
	if w := &s.slots[seq%slots]; w.state != free && w.seq == seq {
		return w
	}
	return nil
}

// first returns the first packet with audio from seq on, or nil.
func (s *store) first(seq uint16) *slot {
	if s.packets == 0 {
		return nil
	}
	for i := range uint16(slots) {
		if w := s.at(seq + i); w != nil && w.state == audio {
			return w
		}
	}
	return nil
}

// payload is valid until the packet is dropped and another one is put.
func (s *store) payload(w *slot) []byte {
	begin := int(w.unit) * s.unit
	return s.mem[begin : begin+int(w.length)]
}

// drop forgets a packet.
func (s *store) drop(w *slot) {
	if w.state == audio {
		s.taken &^= (1<<s.unitsFor(int(w.length)) - 1) << w.unit
		s.packets--
	}
	w.state = free
}

// clear forgets all packets.
func (s *store) clear() {
	s.slots = [slots]slot{}
	s.taken, s.packets = 0, 0
}
