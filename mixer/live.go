package mixer

import "partyline/mixer/bridge"

// onAir is the live part of an announcement: what one leg says, in all rooms in the tick in which it is decoded. Owned by the
// shard.
type onAir struct {
	lead  int // samples until it begins, whole frames
	voice *bridge.Voice
	frame [frameSamples]int16
}

// goLive prepares a live announcement; false: its leg is not here.
func (a *Announcement) goLive(m *Meeting) bool {
	if a.Live == nil {
		return true
	}
	if m.legs[a.Live.id] != a.Live {
		return false
	}
	a.air.lead = (a.Lead + frameSamples - 1) / frameSamples * frameSamples
	a.air.voice = bridge.NewVoice(Rate)
	a.Live.port.SetLive(true)
	return true
}

// offAir lets the leg's own room hear it as before.
func (a *Announcement) offAir() {
	if a.Live != nil {
		a.Live.port.SetLive(false)
	}
}

// begun says that the tone before it is over.
func (a *Announcement) begun() bool { return a.Live != nil && a.said >= a.air.lead }

// speakLive takes what the leg of a live announcement says in this tick, before any room is mixed.
func (m *Meeting) speakLive(due, tick int64) {
	a := m.saying
	if a == nil || !a.begun() {
		return
	}
	if a.said == a.air.lead {
		for _, r := range m.rooms {
			if a.addresses(r.id) {
				r.bridge.PlayVoice(a.air.voice, &a.Live.port)
			}
		}
	}
	l := a.Live
	l.heardAt = tick
	if l.say(m.shard, due, tick, a.air.frame[:]) {
		a.air.voice.Put(&l.port, a.air.frame[:])
	} else {
		a.air.voice.Put(&l.port, nil)
	}
}
