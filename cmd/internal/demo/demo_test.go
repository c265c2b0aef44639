package demo

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"partyline/cmd/internal/phone"
	"partyline/mixer/codec"
	"partyline/mixer/media"
)

func TestOptions(t *testing.T) {
	t.Parallel()
	start := func(context.Context) (Daemon, error) { return Daemon{}, errors.New("no ports") }
	for _, o := range []Options{{}, {Start: start}, {Out: new(bytes.Buffer)}, {Start: start, Out: new(bytes.Buffer)}} {
		if err := Run(t.Context(), o); err == nil {
			t.Errorf("%+v ran", o)
		}
	}
}

// said is what a voice says in d.
func said(v *voice, d time.Duration) []int16 {
	out := make([]int16, int(d*phone.Rate/time.Second))
	for i := 0; i < len(out); i += 160 {
		v.Fill(out[i:min(i+160, len(out))])
	}
	return out
}

func TestVoicesAndPilots(t *testing.T) {
	t.Parallel()
	for i, r := range cast {
		v := newVoice(r, i)
		quiet := phone.Analyse(said(v, pilotWindow))
		if got := quiet.ToneDBFS(pilotHz(i)) - phone.AmplitudeDBFS(pilotAmplitude); got < -0.5 || got > 0.5 {
			t.Errorf("%s: the pilot is %.1f dB off", r.name, got)
		}
		v.talk(true)
		speech := said(v, 2*speechSeconds*time.Second)
		level := phone.Analyse(speech).LevelDBFS()
		if under := level - (phone.AmplitudeDBFS(pilotAmplitude) - 3); under < 27 || under > 31 {
			t.Errorf("%s: the pilot is %.1f dB below the speech", r.name, under)
		}
		// Nobody else's pilot may seem to be there, whatever part one listens to.
		m := phone.Matrix{Window: pilotWindow, HeardDB: pilotHeard, SilentDB: pilotSilent}
		for k := range cast {
			m.Voices = append(m.Voices, phone.Voice{Hz: pilotHz(k), Amplitude: pilotAmplitude, Name: cast[k].name})
		}
		window := int(pilotWindow) * phone.Rate / int(time.Second)
		heard := phoned(speech)
		for at := 0; at+window <= len(heard); at += window / 2 {
			all := m.Measure(0, heard[at:at+window])
			if err := m.Compare(all, func(_, talker int) bool { return talker == i }); err != nil {
				t.Errorf("%s at %d: %v", r.name, at, err)
			}
		}
	}
}

// phoned is what is left of pcm behind a telephone line.
func phoned(pcm []int16) []int16 {
	payload, out := make([]byte, len(pcm)), make([]int16, len(pcm))
	codec.Encode(media.PCMU, payload, pcm)
	codec.Decode(media.PCMU, out, payload)
	return out
}

func TestVoicesDiffer(t *testing.T) {
	t.Parallel()
	a := synthesise(cast[0], 1, time.Second)
	b := synthesise(cast[0], 1, time.Second)
	c := synthesise(cast[1], 2, time.Second)
	if !equal(a, b) || equal(a, c) {
		t.Error("a voice is not the same twice, or two voices are")
	}
	seen := make(map[string]bool)
	for _, r := range cast {
		if seen[r.name] || seen[r.number] {
			t.Errorf("%s is there twice", r.name)
		}
		seen[r.name], seen[r.number] = true, true
	}
}

func equal(a, b []int16) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestWAV(t *testing.T) {
	t.Parallel()
	b := wav([]int16{1, -1, 256})
	if len(b) != 50 || string(b[:4]) != "RIFF" || b[4] != 42 || string(b[8:16]) != "WAVEfmt " || string(b[36:40]) != "data" || b[40] != 6 || !bytes.HasSuffix(b, []byte{1, 0, 0xFF, 0xFF, 0, 1}) {
		t.Errorf("% x", b)
	}
}

func TestStory(t *testing.T) {
	t.Parallel()
	b := newFakeBridge(t)
	var out bytes.Buffer
	err := Run(t.Context(), Options{Once: true, Out: &out, Start: b.start})
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{"access code", "heard by all twelve", "Blue (", "star zero", "was right in every chapter"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
}

func TestNewcomerDrives(t *testing.T) {
	t.Parallel()
	b := newFakeBridge(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out := newLines(func(line string) {
		switch {
		case strings.Contains(line, "Ctrl-C"):
			b.moveByName("Ada", "room_2")
		case strings.Contains(line, "Ada is now in Blue"):
			stop()
		}
	})
	if err := Run(ctx, Options{Out: out, Start: b.start}); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"call in", "API key", "curl", "Ada is now in Blue"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
}

func TestWrongStoryFails(t *testing.T) {
	t.Parallel()
	b := newFakeBridge(t)
	b.stuck = true // moves are promised, but nobody moves
	var out bytes.Buffer
	err := Run(t.Context(), Options{Once: true, Out: &out, Start: b.start, patience: 8 * time.Second})
	if !errors.Is(err, ErrWrong) || !strings.Contains(err.Error(), "does not hear") && !strings.Contains(err.Error(), "hears") {
		t.Errorf("%v\n%s", err, out.String())
	}
}
