package jitter

import "math/bits"

const (
	slots    = 64 // packets that can wait, and units of payload; a power of two, at most 64
	maxUnits = 12 // of one packet: 120 ms of G.711
)

// slot is one waiting packet.
type slot struct {
	used   bool
	skip   bool // a number without audio
	seq    uint16
	pt     uint8
	epoch  uint8
	unit   uint8 // where its payload begins
	units  uint8
	length uint16
	pos    int64
}

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
	s.unit, s.mem = unit, make([]byte, slots*unit)
}

// unitsFor is how many units a payload takes.
func (s *store) unitsFor(length int) int { return (length + s.unit - 1) / s.unit }

// place is the first of n free units in a row; ok is false if there are none.
func (s *store) place(n int) (unit int, ok bool) {
	free := ^s.taken
	for range n - 1 {
		free &= free >> 1
	}
	return bits.TrailingZeros64(free), free != 0
}

// fits says whether there is room for a payload of n units.
func (s *store) fits(n int) bool {
	_, ok := s.place(n)
	return ok
}

// fitsBefore says whether a packet can come before next without pushing the last one out.
func (s *store) fitsBefore(seq, next uint16) bool {
	for i := range s.slots {
		if w := &s.slots[i]; w.used && int16(w.seq-seq) >= slots {
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
		used: true, seq: p.Seq, pt: p.PT, epoch: epoch, pos: pos,
		unit: uint8(unit), units: uint8(units), length: uint16(len(p.Payload)),
	}
}

// putSkip stores a number without audio.
func (s *store) putSkip(seq uint16) {
	s.slots[seq%slots] = slot{used: true, skip: true, seq: seq}
}

// at returns the packet with this number, or nil.
func (s *store) at(seq uint16) *slot {
	if w := &s.slots[seq%slots]; w.used && w.seq == seq {
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
		if w := s.at(seq + i); w != nil && !w.skip {
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
	if !w.skip {
		s.taken &^= (1<<w.units - 1) << w.unit
		s.packets--
	}
	w.used = false
}

// clear forgets all packets.
func (s *store) clear() {
	s.slots = [slots]slot{}
	s.taken, s.packets = 0, 0
}
