package mixer_test

import (
	"testing"

	"partyline/mixer"
	"partyline/mixer/audiotest"
	"partyline/mixer/media"
)

// TestMusic: who waits in no room hears the music; nobody else does, and it rests under what is said to him.
func TestMusic(t *testing.T) {
	t.Parallel()
	const hz, said = 1000, 1600
	loop := audiotest.Tone(hz, 1000, rate, rate, 0) // whole periods: no seam
	inWorld(t, mixer.Options{Music: loop}, func(w *world) {
		host, guest, other := w.phone(tone(0)), w.phone(tone(1)), w.phone(tone(2))
		alone := w.phone(0) // has not even keyed in a code
		m := w.engine.NewMeeting()
		for _, p := range w.phones[:3] {
			m.Adopt(p.leg)
		}
		place := func(gen uint64, room mixer.RoomID) {
			p := w.placement(gen, 0, room, room)
			p.Legs[1].Music, p.Legs[2].Music = true, true
			m.Place(p)
			w.run(50) // until it is as loud as it gets
			for _, p := range w.phones {
				p.forget()
			}
			w.run(2 * settle)
		}
		place(1, mixer.NoRoom)
		level := audiotest.Goertzel(guest.pcm(), rate, hz)
		if want := audiotest.Goertzel(loop, rate, hz); level < want-1 || level > want+1 {
			t.Errorf("the music is at %.1f dB, want %.1f", level, want)
		}
		if r, _ := audiotest.Roughest(guest.pcm()); r > 1000 {
			t.Errorf("a click of %d in the music", r)
		}
		for name, p := range map[string]*phone{"the room": host, "who is in no meeting": alone} {
			if p.heardEver(hz) {
				t.Errorf("%s hears the music", name)
			}
		}
		if got, want := w.matrix(), "....\n....\n....\n....\n"; got != want {
			t.Errorf("who hears whom:\n%swant\n%s", got, want)
		}

		guest.leg.Play(1, &endless{hz: said}, true)
		w.run(30)
		guest.forget()
		other.forget()
		w.run(settle)
		if guest.heardEver(hz) || !guest.hears(said) || !other.hears(hz) {
			t.Errorf("under what is said: music %t, speech %t, the other's music %t", guest.heardEver(hz), guest.hears(said), other.hears(hz))
		}
		guest.leg.StopPlay()
		w.run(50)
		guest.forget()
		w.run(settle)
		if !guest.hears(hz) {
			t.Error("the music does not go on")
		}

		place(2, 0)
		if guest.heardEver(hz) || !guest.hears(tone(0)) || !host.hears(tone(1)) {
			t.Errorf("in the room: music %t, the host %t, heard there %t", guest.heardEver(hz), guest.hears(tone(0)), host.hears(tone(1)))
		}
		place(3, mixer.NoRoom)
		if !guest.hears(hz) || guest.hears(tone(0)) {
			t.Errorf("in the lobby again: music %t, the host %t", guest.hears(hz), guest.hears(tone(0)))
		}
		m.Close()
		w.run(settle)
		guest.forget()
		w.run(settle)
		if guest.heardEver(hz) {
			t.Error("the music outlives the meeting")
		}
	})
}

// TestTalkingWhileMutedIsReported: once each time that a leg is muted, not again within a minute, and not in the lobby.
func TestTalkingWhileMutedIsReported(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		p := w.phone(0)
		p.voice = true
		w.phone(0)
		m := w.meeting(0, 0)
		gen := uint64(1)
		place := func(muted bool, room mixer.RoomID, frames, want int) {
			t.Helper()
			gen++
			placement := w.placement(gen, room, 0)
			placement.Legs[0].Muted = muted
			m.Place(placement)
			w.run(frames)
			n := 0
			for _, e := range p.events() {
				if e.Kind == media.Unheard {
					n++
				}
			}
			if n != want {
				t.Errorf("placement %d: reported %d times, want %d", gen, n, want)
			}
		}
		place(false, 0, 200, 0)
		place(true, mixer.NoRoom, 200, 0)
		place(true, 0, 500, 1)
		place(true, 1, 500, 0) // moved, and muted still
		place(false, 1, 10, 0)
		place(true, 1, 200, 0) // again, but within a minute
		place(false, 1, 2000, 0)
		place(true, 1, 200, 1)
	})
}
