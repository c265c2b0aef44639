package main

import (
	"slices"
	"time"

	"partyline/control"
	"partyline/control/attendant/voice"
	"partyline/mixer"
	"partyline/mixer/prompt"
)

// liveTone is what all rooms hear before somebody speaks to them: the tone, and a moment to fall silent.
const liveTone = 600 * time.Millisecond

// goLive gives the mixer a broadcast whose sound is what one of the meeting's legs says.
func (w *mediaWire) goLive(id control.MeetingID, b *broadcast) {
	tone, err := w.sounds.prompt(string(voice.SpeakNow), b.play.Sound.Language)
	leg := w.leg(b.play.Live)
	if err == nil && leg == nil {
		err = control.Errorf(control.CodeNotFound, "the call of who was to speak has ended")
	}
	lead := int(liveTone * soundRate / time.Second)
	pcm := slices.Concat(tone, make([]int16, max(0, lead-len(tone))))
	w.give(id, b, &mixer.Announcement{
		Rooms: roomIDs(b.play.Rooms), Live: leg, Lead: len(pcm),
		Length: len(pcm) + int(b.play.Limit*soundRate/time.Second),
		Open:   func(skip int) prompt.Source { return prompt.NewPCM(pcm[min(skip, len(pcm)):]) },
	}, false, err)
}
