package attendant

import (
	"time"

	"partyline/control/attendant/voice"
)

// Times of a recording. Chosen November 2026.
const (
	keepLimit    = 15 * time.Second // for the store's answer
	recordWarn   = 10 * time.Second // before the limit: a tone says that time is nearly up
	recordShort  = 20 * time.Second // a limit for which that would come too soon
	recordedLate = 3 * time.Second  // after the limit: the recording is overdue
)

// recording is the state of a caller who is to speak after the tone. Pound ends it, star pound gives it up; no other key does
// anything. It serves whatever is to be recorded: what comes then is for done and cancel to say.
type recording struct {
	limit  time.Duration
	done   func(m *Machine, in Recorded)
	cancel func(m *Machine)

	began  time.Time // zero: he is still being told what to do
	warned bool
	ended  bool // by a key: the rest is on its way
	star   time.Time
}

// record tells the caller what to say, sounds the tone and records him. Keys skip what he is told, but not the tone.
func (m *Machine) record(r *recording, told ...Phrase) {
	m.become(r)
	m.say(append(told, voice.SpeakNow)...)
}

func (r *recording) key(m *Machine, digit byte) {
	starred := digit == '#' && !r.star.IsZero() && m.now.Sub(r.star) < starLapse
	r.star = time.Time{}
	switch {
	case starred:
		r.giveUp(m)
	case digit == '*':
		r.star = m.now
		r.hurry(m)
	case r.ended:
	case digit == '#' && !r.began.IsZero():
		r.ended = true
		m.out = append(m.out, StopRecord{})
		m.until = m.now.Add(recordedLate)
	default:
		r.hurry(m)
	}
}

// hurry skips what he is told before the tone.
func (r *recording) hurry(m *Machine) {
	if r.began.IsZero() {
		m.say(voice.SpeakNow)
	}
}

func (r *recording) giveUp(m *Machine) {
	m.out = append(m.out, Discard{})
	r.cancel(m)
}

// rest begins the recording when the tone has been heard, and waits for its end.
func (r *recording) rest(m *Machine) {
	if r.began.IsZero() {
		r.began = m.now
		m.out = append(m.out, Record{Limit: r.limit})
	}
	if !r.warned && r.limit > recordShort {
		m.until = r.began.Add(r.limit - recordWarn)
		return
	}
	m.until = r.began.Add(r.limit + recordedLate)
}

func (r *recording) late(m *Machine) {
	if !r.warned && !r.ended && r.limit > recordShort {
		r.warned = true
		m.say(voice.TimeIsShort)
		return
	}
	m.out = append(m.out, Discard{}) // the recording is overdue
	r.done(m, Recorded{Failed: true})
}

func (r *recording) recorded(m *Machine, in Recorded) {
	if r.began.IsZero() {
		return
	}
	m.hush() // the warning
	r.done(m, in)
}

func (r *recording) holds() bool { return true }
