package mixer

import (
	"time"

	"partyline/mixer/media"
)

// mutterAgain is how long a leg is not reported again that talks while it is muted, in ticks.
const mutterAgain = int64(time.Minute / Ptime)

// mutter remembers what was reported of a leg that talks while nobody hears it. Owned by the shard.
type mutter struct {
	told bool  // since it was muted
	next int64 // the first tick in which it may be reported again
}

// muted notes what the placement says. It is said once each time that somebody is muted.
func (l *Leg) muted(muted bool) {
	if !muted {
		l.mutter.told = false
	}
	l.port.SetMuted(muted)
}

// overhear reports, once, that somebody talks who does not know that he is muted. Where nobody would hear him anyhow it is
// no news.
func (l *Leg) overhear(tick int64) {
	if !l.port.Unheard() || l.mutter.told || l.room.id == NoRoom {
		return
	}
	l.mutter.told = true
	if tick < l.mutter.next {
		return
	}
	l.mutter.next = tick + mutterAgain
	if !l.events.put(media.Event{Kind: media.Unheard, Tick: tick}, ringReserve) {
		l.counts.now[dropEvent]++
	}
}
