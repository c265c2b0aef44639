package attendant

import (
	"time"

	"partyline/control"
	"partyline/control/attendant/voice"
)

// Times of a live broadcast. Chosen November 2026.
const (
	liveWarn  = 15 * time.Second // before its end
	liveShort = 30 * time.Second // a limit for which that would come too soon
	liveWait  = 2 * time.Second  // another one is being played: he is told that he has to wait
	liveTurn  = 10 * time.Minute // for his turn: longer than a message may be
	liveLate  = 5 * time.Second  // after the limit: its end is overdue
)

// The deeds of speaking live; their command is made by the session, which knows the leg.
const (
	GoLive  Deed = "go live"
	EndLive Deed = "end live"
)

// prepareLive tells a speaker what is going to happen, if nobody else speaks to all rooms.
func (m *Machine) prepareLive(v View) {
	if v.OnAir {
		m.leave("somebody_speaks")
		return
	}
	m.become(&beforeLive{})
	m.say("live_after_tone")
}

// beforeLive is the state of a speaker who is told what is going to happen. Pound gives it up, other keys skip the rest.
type beforeLive struct{}

func (b *beforeLive) key(m *Machine, digit byte) {
	if digit == '#' || digit == '*' { // the beginning of star pound, which gives up a recording
		m.leave("message_cancelled")
	}
}

func (b *beforeLive) rest(m *Machine) {
	m.become(&commands{})
	m.do(Do{Deed: GoLive}, func(code control.Code) {
		if code != "" {
			m.broadcastRefused(code)
			return
		}
		m.become(&onAir{asked: m.now})
	})
}

func (b *beforeLive) late(*Machine) {}
func (b *beforeLive) holds() bool   { return true }

// onAir is the state of a speaker whom all rooms hear, or are about to. Pound ends it; no other key does anything.
type onAir struct {
	asked  time.Time // for his turn
	began  time.Time // zero: it is not his turn yet
	told   bool      // that he has to wait
	warned bool
}

func (o *onAir) begin(m *Machine) {
	o.began = m.now
	m.hush()
	m.until = time.Time{}
}

func (o *onAir) key(m *Machine, digit byte) {
	if digit == '#' {
		o.end(m)
	}
}

func (o *onAir) end(m *Machine) {
	m.do(Do{Deed: EndLive}, func(control.Code) { m.leave("live_over") }) // if it fails, it had ended
}

func (o *onAir) rest(m *Machine) {
	switch limit := m.broadcasts.Live; {
	case o.began.IsZero() && !o.told:
		m.until = m.now.Add(liveWait)
	case o.began.IsZero():
		m.until = o.asked.Add(liveTurn)
	case !o.warned && limit > liveShort:
		m.until = o.began.Add(limit - liveWarn)
	default:
		m.until = o.began.Add(limit + liveLate)
	}
}

func (o *onAir) late(m *Machine) {
	switch {
	case o.began.IsZero() && !o.told:
		o.told = true
		m.say("wait_for_tone")
	case !o.began.IsZero() && !o.warned && m.broadcasts.Live > liveShort:
		o.warned = true
		m.say(voice.TimeIsShort)
	default:
		o.end(m)
	}
}

func (o *onAir) holds() bool { return true }
