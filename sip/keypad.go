package sip

import (
	"time"

	"partyline/mixer/dtmf"
)

// maxEarly bounds the keys that come by INFO before the conversation has begun.
const maxEarly = 32

// keypad is where the keys of a call come together. It belongs to the leg's goroutine.
type keypad struct {
	fusion dtmf.Fusion
	infos  pace
	early  []byte // keys that came before the conversation had begun
}

// key takes a key that came by one of the ways, and tells the conversation if it is no copy of one that came by another.
// Held is for how long it had been down, if that is known.
func (l *leg) key(by dtmf.Way, digit byte, held time.Duration) {
	if !l.keys.fusion.Press(time.Now(), by, digit, held) {
		l.count.keyCopies.Add(1)
		return
	}
	if l.state.Dialog.Confirmed {
		l.caller.Digit(digit)
	} else if len(l.keys.early) < maxEarly {
		l.keys.early = append(l.keys.early, digit)
	}
}

// tellEarly tells the conversation, which has just begun, the keys that came before it. Those of the media wait there.
func (l *leg) tellEarly() {
	early := l.keys.early
	l.keys.early = nil
	for _, digit := range early {
		l.caller.Digit(digit)
	}
}

// pace bounds how often something may come. The zero value is full.
type pace struct {
	spent float64
	at    time.Time
}

// allows takes one of burst, which come back at the rate given.
func (p *pace) allows(now time.Time, perSecond, burst float64) bool {
	p.spent = max(p.spent-max(now.Sub(p.at).Seconds(), 0)*perSecond, 0)
	p.at = now
	if p.spent+1 > burst {
		return false
	}
	p.spent++
	return true
}
