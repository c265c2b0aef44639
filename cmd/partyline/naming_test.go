package main

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
	"partyline/mixer/prompt"
)

// TestCallerSaysHisName: who is not known says his name, hears it, says it again, and is in; a speaker hears it when he comes
// and when he asks who is here; it can be heard by API and deleted.
func TestCallerSaysHisName(t *testing.T) {
	realAudio(t)
	t.Parallel()
	const firstHz, nameHz, amplitude = 870, 1390, 5000
	songs := newSongbook(t, "welcome", "say_name", "keep_name", "in_main_room", "is_here")
	b := newBridge(t, songs.options())
	m, _ := b.meeting(bridgeapi.NewMeeting{SpeakerCode: "730118264", Options: map[string]any{"record_names": "unknown", "announce_arrivals": "name"}})
	host := b.dial("730118264", phone.Options{Record: 60 * time.Second})
	songs.hears(host, 0, "say_name")
	at := host.Recorder().Pos()
	must(t, host.SendDigits(soon(t), "*#")) // not I
	songs.hears(host, at, "in_main_room")
	call := b.dial(m.AccessCode, phone.Options{Record: 60 * time.Second, From: "+4930777417"})
	songs.hears(call, 0, "welcome", "say_name")
	from := call.Recorder().Pos()
	says := func(hz float64) {
		t.Helper()
		call.Say(phone.Tone(hz, amplitude))
		at := call.Recorder().Pos()
		await(t, "he speaks for two seconds", func() error {
			if call.Recorder().Pos() < at+2*phone.Rate {
				return errNotYet
			}
			return nil
		})
		call.Say(nil)
		must(t, call.SendDigits(soon(t), "#"))
	}
	hears := func(call *phone.Call, from int64, hz float64) {
		t.Helper()
		await(t, "what he has said is heard", func() error {
			for at := from; ; at += 160 {
				sound := call.Recorder().Range(at, at+songWindow)
				if sound == nil {
					return errors.New("not heard")
				}
				if toneDB(sound, hz, amplitude) > -6 {
					return nil
				}
			}
		})
	}
	says(firstHz)
	hears(call, from, firstHz)
	songs.hears(call, from, "keep_name")
	from = call.Recorder().Pos()
	must(t, call.SendDigits(soon(t), "2"))
	songs.hears(call, from, "say_name")
	says(nameHz)
	hears(call, from, nameHz)
	songs.hears(call, from, "keep_name")
	from, at = call.Recorder().Pos(), host.Recorder().Pos()
	must(t, call.SendDigits(soon(t), "1"))
	songs.hears(call, from, "in_main_room")
	hears(host, at, nameHz)
	at = host.Recorder().Pos()
	must(t, host.SendDigits(soon(t), "*2"))
	hears(host, at, nameHz)
	songs.hears(host, at, "is_here")

	who := b.who(m, call, inMainRoom)
	path := "/v1/meetings/" + m.ID + "/participants/" + who.ID + "/recorded-name"
	wav, err := b.api.Fetch(soon(t), path)
	must(t, err)
	pcm, err := prompt.DecodeWAV(bytes.NewReader(wav), prompt.Limits{Seconds: 10})
	must(t, err)
	middle := pcm[len(pcm)/4 : len(pcm)*3/4]
	if len(pcm) < phone.Rate || toneDB(middle, nameHz, amplitude) < -3 || toneDB(middle, firstHz, amplitude) > -20 {
		t.Errorf("%d samples are kept, his name in them at %.1f dB, what he said before at %.1f dB", len(pcm), toneDB(middle, nameHz, amplitude), toneDB(middle, firstHz, amplitude))
	}
	must(t, b.api.Do(soon(t), "DELETE", path, nil, nil))
	if _, err := b.api.Fetch(soon(t), path); err == nil {
		t.Error("it can be heard still")
	}
	must(t, call.Hangup(soon(t)))
	again := b.dial(m.AccessCode, phone.Options{Record: 20 * time.Second, From: "+4930777417"})
	songs.hears(again, 0, "in_main_room") // he is known: he was here a moment ago
}
