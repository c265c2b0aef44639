package mixer

import "partyline/mixer/prompt"

// maxPassing is how many sounds in passing wait in a room for the one that is being played. More are left out: where so many
// come and go, nobody wants to hear of each.
const maxPassing = 3

// pass plays a sound in passing: it waits for the one before it, and is left out where a message is being said.
func (r *room) pass(open func() prompt.Source) (taken bool) {
	switch {
	case r.bridge.Ducking():
		return false
	case !r.bridge.Playing():
		r.bridge.Play(open(), false)
		return true
	case len(r.waiting) >= maxPassing:
		return false
	}
	r.waiting = append(r.waiting, open())
	return true
}

// nextPassing plays what waits, if nothing is played any more.
func (r *room) nextPassing() {
	if len(r.waiting) == 0 || r.bridge.Playing() {
		return
	}
	r.bridge.Play(r.waiting[0], false)
	r.waiting = append(r.waiting[:0], r.waiting[1:]...)
}
