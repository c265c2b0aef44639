package mixer

import "partyline/mixer/media"

// take is a recording of what a leg says. Owned by the shard that the leg is on.
type take struct {
	id  uint64
	on  bool
	buf []int16
	n   int // samples of buf
}

// Record keeps what the leg says, at [Rate] and without its keys, in buf, until that is full, [Leg.StopRecord], or the
// leg's end. Meanwhile no room hears it. The event Recorded tells how many samples there are; until then buf is the
// shard's. What is being recorded before ends so too.
func (l *Leg) Record(id uint64, buf []int16) {
	l.mail.post(func(l *Leg) {
		l.stopRecord()
		l.take = take{id: id, on: true, buf: buf}
		l.port.SetAway(true)
	})
}

// StopRecord ends what Record began.
func (l *Leg) StopRecord() { l.mail.post((*Leg).stopRecord) }

// record keeps this tick's frame: silence, where there is none that others might hear.
func (l *Leg) record(frame []int16, heard bool) {
	t := &l.take
	if !t.on {
		return
	}
	rest := t.buf[t.n:]
	n := min(len(rest), len(frame))
	if heard {
		copy(rest, frame)
	} else {
		clear(rest[:n])
	}
	if t.n += n; t.n == len(t.buf) {
		l.stopRecord()
	}
}

// stopRecord reports the end of the recording, if there is one. Where the ring has no place left for that, the next tick
// tries again: the buffer is full, or has to be by then.
func (l *Leg) stopRecord() {
	t := &l.take
	if !t.on {
		return
	}
	t.buf = t.buf[:t.n]
	if !l.events.put(media.Event{Kind: media.Recorded, Play: t.id, Samples: t.n, Tick: l.last}, 0) {
		l.counts.now[dropEvent]++
		return
	}
	l.take = take{}
	l.port.SetAway(false)
}
