package mixer

import (
	"net/netip"
	"slices"

	"partyline/mixer/bridge"
	"partyline/mixer/codec"
	"partyline/mixer/media"
	"partyline/mixer/prompt"
)

// numCodecs is how many codecs a room may have to encode for.
const numCodecs = 2

// room is one bridge and the legs on it: a room of a meeting, or the place of one leg that is in no room. Owned by
// the shard.
type room struct {
	id      RoomID
	index   int // in Meeting.rooms
	bridge  *bridge.Bridge
	legs    []*Leg
	music   *music          // that its one leg hears, who is in no room; nil: none
	waiting []prompt.Source // that wait for the present one to end

	// the shared frame of this tick, encoded for the first listener of each codec
	shared  [numCodecs][frameSamples]byte
	encoded [numCodecs]bool
}

func newRoom(id RoomID) *room { return &room{id: id, bridge: bridge.New(Rate)} }

func (r *room) add(l *Leg) {
	l.room, l.slot = r, len(r.legs)
	r.legs = append(r.legs, l)
	r.bridge.Join(&l.port)
}

func (r *room) remove(l *Leg) {
	last := len(r.legs) - 1
	r.legs[l.slot] = r.legs[last]
	r.legs[l.slot].slot = l.slot
	r.legs[last] = nil
	r.legs = r.legs[:last]
	r.bridge.Leave(&l.port)
	l.room = nil
}

// frame receives, mixes and sends one frame of everybody in the room.
func (r *room) frame(s *shard, due, tick int64) {
	for i, l := range r.legs {
		if l.heardAt != tick { // else all rooms hear it already
			l.say(s, due, tick, s.frame(i))
		}
		l.watch(due, tick, s.timeout)
	}
	if r.music != nil {
		r.music.rests = r.legs[0].port.Playing()
	}
	r.nextPassing()
	r.bridge.Mix()
	r.encoded = [numCodecs]bool{}
	for _, l := range r.legs {
		r.send(l, s, tick)
	}
}

// say takes what the leg says in this tick, and says whether there is anything in it.
func (l *Leg) say(s *shard, due, tick int64, frame []int16) (heard bool) {
	l.receive(&s.batch, tick)
	heard = l.hear(due, tick, frame)
	if heard {
		l.port.Put(frame)
	}
	l.record(frame, heard)
	return heard
}

// send sends one leg its frame, if it may hear.
func (r *room) send(l *Leg, s *shard, tick int64) {
	passed := int(tick - l.last)
	l.last = tick
	if passed > 1 { // ticks were skipped: the time stamp goes on with the clock
		l.out.pause((passed - 1) * frameSamples)
	}
	payload := r.payload(l, s.pcm[:])
	l.observe()
	l.overhear(tick)
	l.control(s, tick)
	l.judge(s, tick)
	to, known := l.in.source.To()
	if !known || !sends(l.spec.Direction) {
		l.out.pause(frameSamples)
		return
	}
	l.out.send(l.pair.RTP, to, payload, &l.counts)
}

// sends says whether we send in this direction.
func sends(d media.Direction) bool { return d == media.SendRecv || d == media.SendOnly }

// payload is what l hears in this tick, encoded: once per codec for all who hear the same.
func (r *room) payload(l *Leg, pcm []int16) []byte {
	c := l.spec.Send.Codec % numCodecs
	if !l.port.Out(pcm) {
		codec.Encode(c, l.encode, pcm)
		return l.encode
	}
	if !r.encoded[c] {
		frame, silent := r.bridge.Shared()
		if silent {
			for i := range r.shared[c] {
				r.shared[c][i] = codec.Silence(c)
			}
		} else {
			codec.Encode(c, r.shared[c][:], frame)
		}
		r.encoded[c] = true
	}
	return r.shared[c][:]
}

// observe reports what of the leg changes seldom: the end of a play, the level.
func (l *Leg) observe() {
	if l.playing && !l.port.Playing() {
		l.playDone()
	}
	if level := packLevel(l.port.LevelDBov(), l.port.Talking()); level != l.shown {
		l.shown = level
		l.level.Store(level)
	}
}

// playDone reports the end of the present play, if there is one.
func (l *Leg) playDone() {
	if !l.playing {
		return
	}
	l.playing = false
	if !l.events.put(media.Event{Kind: media.PlayDone, Play: l.play, Tick: l.last}, 0) {
		l.counts.now[dropEvent]++
	}
}

// update takes what a new offer/answer agreed on.
func (l *Leg) update(spec *media.Spec) {
	l.out.set(spec, spec.Send != l.spec.Send || spec.PtimeMS != l.spec.PtimeMS)
	l.in.set(spec)
	if spec.Direction != l.spec.Direction {
		l.in.buf.Reset() // what waits is from before
	}
	if spec.Remote != l.spec.Remote || spec.RTCPPort != l.spec.RTCPPort {
		l.reports.peer = netip.AddrPort{}
	}
	l.spec = *spec
	l.spec.Recv = slices.Clone(spec.Recv)
}
