package main

import (
	"cmp"
	"context"

	"partyline/control"
	"partyline/control/attendant/voice"
	"partyline/mixer"
	"partyline/mixer/prompt"
)

// broadcast is one that was given to the mixer, or is on its way there.
type broadcast struct {
	play   control.Play
	cancel context.CancelFunc  // ends the fetching of its sound
	sound  sound               // once it was fetched
	said   *mixer.Announcement // nil: it is still being fetched; guarded by mediaWire.mu until it is set
}

// Play plays a tone, or a broadcast. The sound of a broadcast is fetched by a goroutine that wait waits for: it may have
// to be read from the store, or to be spoken.
func (w *mediaWire) Play(id control.MeetingID, p control.Play) {
	if p.Broadcast == "" {
		w.tone(id, p)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	b := &broadcast{play: p, cancel: cancel}
	w.mu.Lock()
	w.onAir[p.Broadcast] = b
	w.mu.Unlock()
	if p.Live != "" {
		cancel()
		w.goLive(id, b)
		return
	}
	w.fetching.Go(func() {
		defer cancel()
		got, spoken, err := w.sounds.fetch(ctx, id, p.Sound)
		b.sound = got
		w.announce(id, b, spoken, err)
	})
}

// tone plays a sound in passing.
func (w *mediaWire) tone(id control.MeetingID, p control.Play) {
	if p.Sound.Else != "" {
		w.name(id, p)
		return
	}
	pcm, err := w.sounds.prompt(p.Sound.Prompt, p.Sound.Language)
	if err != nil {
		w.log.Error("sound cannot be played", "meeting", id, "err", err)
		return
	}
	if m := w.existing(id); m != nil {
		m.Play(roomIDs(p.Rooms), func() prompt.Source { return prompt.NewPCM(pcm) }, len(pcm) > duckAbove, nil)
	}
}

// name says in passing who it is that comes or goes; where no name can be said, the tone in its place is played. The room's
// speech is not lower meanwhile: there it goes on.
func (w *mediaWire) name(id control.MeetingID, p control.Play) {
	sound := p.Sound
	if sound.Named == "" && w.sounds.speaker == nil {
		p.Sound = control.Sound{Prompt: sound.Else, Language: sound.Language}
		w.tone(id, p)
		return
	}
	m := w.existing(id)
	if m == nil {
		return
	}
	language := cmp.Or(sound.Language, defaultLanguage)
	parts, err := w.sounds.library.Parts(language, voice.Phrase(sound.Prompt).Person(sound.Person, string(sound.Named)))
	if err != nil {
		w.log.Error("name cannot be said", "meeting", id, "err", err)
		return
	}
	said := w.sources(id, language, parts) // there is one room to hear it
	m.Play(roomIDs(p.Rooms), func() prompt.Source { return said }, false, nil)
}

// duckAbove is the length, in samples, from which a sound makes the room's speech softer: a tone does not.
const duckAbove = soundRate / 2

// roomIDs keeps apart no rooms and all, which is nil.
func roomIDs(rooms []int) []mixer.RoomID {
	if rooms == nil {
		return nil
	}
	ids := make([]mixer.RoomID, 0, len(rooms))
	for _, room := range rooms {
		ids = append(ids, mixer.RoomID(room))
	}
	return ids
}

// announce gives the mixer a broadcast whose sound is there, or has begun.
func (w *mediaWire) announce(id control.MeetingID, b *broadcast, spoken bool, err error) {
	a := &mixer.Announcement{
		Rooms: roomIDs(b.play.Rooms), Some: b.play.PhonesOnly, Length: len(b.sound.pcm), Open: b.sound.source,
	}
	if b.sound.grows != nil {
		a.Grows = b.sound.grows.Length
	}
	w.give(id, b, a, spoken, err)
}

// give gives the mixer a broadcast, unless it was stopped meanwhile or there is nothing to be heard of it.
func (w *mediaWire) give(id control.MeetingID, b *broadcast, a *mixer.Announcement, spoken bool, err error) {
	m := w.existing(id)
	a.Began = func(starts []mixer.RoomStart) {
		b.play.Began(control.PlayReport{Rooms: roomStarts(starts), Spoken: spoken})
	}
	a.Ended = func(starts []mixer.RoomStart, whole bool) {
		w.offAir(b)
		b.play.Ended(control.PlayReport{Rooms: roomStarts(starts), Whole: whole && b.sound.err() == nil})
	}
	w.mu.Lock()
	stopped := w.onAir[b.play.Broadcast] != b
	if !stopped && err == nil && m != nil {
		b.said = a
	}
	w.mu.Unlock()
	switch {
	case b.said != nil:
		m.Announce(a) // which does nothing if it has been stopped since
	case stopped:
		b.play.Ended(control.PlayReport{})
	case err != nil:
		w.log.Warn("broadcast cannot be played", "meeting", id, "err", err)
		w.offAir(b)
		b.play.Began(control.PlayReport{Err: err})
		b.play.Ended(control.PlayReport{})
	case m == nil: // it has ended, or nobody has come yet
		w.offAir(b)
		b.play.Began(control.PlayReport{Spoken: spoken})
		b.play.Ended(control.PlayReport{Whole: true})
	}
}

// offAir forgets a broadcast that has ended.
func (w *mediaWire) offAir(b *broadcast) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.onAir[b.play.Broadcast] == b {
		delete(w.onAir, b.play.Broadcast)
	}
}

// Stop stops a broadcast, whether it is being said or its sound is still being fetched.
func (w *mediaWire) Stop(id control.MeetingID, which control.BroadcastID) {
	m := w.existing(id)
	w.mu.Lock()
	defer w.mu.Unlock()
	b := w.onAir[which]
	switch {
	case b == nil:
	case b.said == nil:
		delete(w.onAir, which)
		b.cancel()
	case m != nil:
		m.Silence(b.said)
	}
}

func roomStarts(starts []mixer.RoomStart) []control.RoomStart {
	list := make([]control.RoomStart, 0, len(starts))
	for _, s := range starts {
		list = append(list, control.RoomStart{Room: int(s.Room), Tick: s.Tick, Listeners: s.Listeners})
	}
	return list
}
