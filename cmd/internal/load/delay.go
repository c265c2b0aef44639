package load

import (
	"context"
	"time"

	"partyline/cmd/internal/phone"
)

// delays works out how long chirps took from the packet that carried them to
// the bridge to the packet that brought them to a listener.
type delays struct {
	r      *run
	sent   chan chirped
	next   []int // by room: which listener is next
	rooms  [][]int
	found  phone.Histogram
	lost   int // chirps that were not found
	active []*prober
}

// The longest delay that is looked for, and how long after a chirp one looks.
const (
	longestDelay = 400 * time.Millisecond
	lookAfter    = longestDelay + 200*time.Millisecond
)

// enough is how strong a chirp must be found to be believed.
const enough = 0.4

func newDelays(r *run) *delays {
	d := &delays{r: r, sent: make(chan chirped, 256), next: make([]int, r.o.Rooms), rooms: make([][]int, r.o.Rooms)}
	for i, c := range r.callers {
		d.rooms[c.room] = append(d.rooms[c.room], i)
	}
	return d
}

// start lets the first talker of every room chirp.
func (d *delays) start() {
	for room, members := range d.rooms {
		if len(members) < 2 || d.r.callers[members[0]].tone < 0 {
			continue
		}
		c := d.r.callers[members[0]]
		offset := time.Duration(room) * d.r.chirpInterval() / time.Duration(d.r.o.Rooms)
		p := newProber(members[0], d.r.chirpInterval(), offset, d.sent)
		c.call.Say(phone.Mix(d.r.voice(c.tone), p))
		d.active = append(d.active, p)
	}
}

func (d *delays) stop() {
	for _, p := range d.active {
		p.off.Store(true)
	}
}

// run looks for every chirp some time after it was sent, until ctx ends.
func (d *delays) run(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case c := <-d.sent:
			timer.Reset(c.sent + lookAfter - phone.Now())
			select {
			case <-ctx.Done():
				return
			case <-timer.C:
				d.look(c)
			}
		}
	}
}

// look finds one chirp at the next listener of its room.
func (d *delays) look(c chirped) {
	room := d.r.callers[c.caller].room
	members := d.rooms[room]
	d.next[room] = d.next[room]%(len(members)-1) + 1 // never the first: he chirps
	rec := d.r.callers[members[d.next[room]]].call.Recorder()
	from, ok := firstHeard(rec, c.sent)
	if !ok {
		d.lost++
		return
	}
	sound := rec.Range(from, min(rec.Pos(), from+samples(longestDelay)+chirpLength))
	at, strength := find(sound)
	heard, ok := rec.Heard(from + int64(at))
	if !ok || strength < enough {
		d.lost++
		return
	}
	d.found.Add(heard - c.sent)
}

// firstHeard is the first sample that can be heard from t on.
func firstHeard(rec *phone.Recorder, t time.Duration) (int64, bool) {
	for _, p := range rec.Log() {
		end := p.Arrival + time.Duration(p.Samples)*time.Second/phone.Rate
		if end >= t {
			return p.Pos, true
		}
	}
	return 0, false
}
