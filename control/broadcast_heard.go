package control

import "slices"

// Sound is what is played of a broadcast; nothing of a live one.
func (b *Broadcast) Sound() Sound {
	return Sound{Prompt: b.Prompt, Audio: b.Audio, Text: b.Text, Language: b.Language}
}

// LastHeard is the last broadcast that is or was played in the room that somebody is in, and can be played to him again; nil:
// there is none.
func (s *State) LastHeard(id ParticipantID) *Broadcast {
	p := s.Participants[id]
	if p == nil || p.Location.Place != InRoom {
		return nil
	}
	for _, id := range slices.Backward(s.BroadcastLog) {
		b := s.Broadcasts[id]
		began := b.State == BroadcastPlaying || b.State == BroadcastPlayed
		if began && b.addresses(p.Location.Room) && b.Sound() != (Sound{}) && b.Text != Erased {
			return b
		}
	}
	return nil
}
