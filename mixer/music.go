package mixer

// What music does when something is said over it, in ticks. Chosen by ear, November 2026.
const (
	musicFadeOut = 15 // 300 ms
	musicFadeIn  = 40 // 800 ms
	musicUnity   = 1 << 12
)

// music is a loop that is played to a leg in no room, so that it knows that the line is not dead. While something is said
// to the leg it rests, and goes on from there. The samples are shared by all who hear it. Owned by the shard.
type music struct {
	pcm   []int16
	at    int   // the next sample
	gain  int64 // of the end of the last tick
	rests bool  // something is being said
}

// Next implements [bridge.Source]. It has no end.
func (s *music) Next(dst []int16) int {
	from := s.gain
	if s.rests {
		s.gain = max(s.gain-musicUnity/musicFadeOut, 0)
	} else {
		s.gain = min(s.gain+musicUnity/musicFadeIn, musicUnity)
	}
	if from == 0 && s.gain == 0 {
		clear(dst)
		return len(dst)
	}
	n := int64(len(dst))
	for i := range dst {
		gain := from + (s.gain-from)*int64(i+1)/n
		dst[i] = int16(int64(s.pcm[s.at]) * gain / musicUnity)
		if s.at++; s.at == len(s.pcm) {
			s.at = 0
		}
	}
	return len(dst)
}

// entertain has the room, which is the place of one leg alone, hear music or not.
func (r *room) entertain(on bool, pcm []int16) {
	on = on && r.id == NoRoom && len(pcm) > 0
	switch {
	case on == (r.music != nil):
	case on:
		r.music = &music{pcm: pcm}
		r.bridge.Play(r.music, false)
	default:
		r.music = nil
		r.bridge.Play(nil, false)
	}
}
