package phone

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Voice is a telephone with a tone of its own.
type Voice struct {
	Call      *Call
	Name      string  // in messages; empty: its number
	Hz        float64 // 0: it only listens
	Amplitude float64 // of the tone it sends
}

// Heard says how loud listener hears talker.
type Heard struct {
	Listener, Talker int
	DB               float64 // above what was sent: 0 is as loud as it was said
}

// The default thresholds. A mix passes a tone on within a few tenths of a
// decibel; half a window of it is 6 dB down. G.711's noise in a window of 300 ms
// is more than 45 dB below the sum of the tones.
const (
	heardDB  = -6
	silentDB = -25
)

// Matrix finds out who hears whom of a number of telephones.
type Matrix struct {
	Voices   []Voice
	Window   time.Duration // how much of the latest sound is looked at; see [Plan]
	HeardDB  float64       // from here on somebody is heard; 0: -6
	SilentDB float64       // up to here somebody is not heard; 0: -25
}

// Expect says whether listener should hear talker.
type Expect func(listener, talker int) bool

// SameRoom expects that those hear one another whose room is the same; a
// negative room is a place of one's own. Nobody hears himself.
func SameRoom(room []int) Expect {
	return func(l, t int) bool { return l != t && room[l] >= 0 && room[l] == room[t] }
}

// Nobody expects silence.
func Nobody(int, int) bool { return false }

// Listen measures every talker at every listener in what each has heard in the
// last window. It fails where somebody has not heard that much yet.
func (m *Matrix) Listen() ([]Heard, error) {
	var all []Heard
	for l := range m.Voices {
		sound := m.Voices[l].Call.Recorder().Last(m.Window)
		if sound == nil {
			return nil, fmt.Errorf("%s has heard less than %v", m.name(l), m.Window)
		}
		all = m.measure(all, l, sound)
	}
	return all, nil
}

// Measure is Listen for one listener and the given sound.
func (m *Matrix) Measure(listener int, sound []int16) []Heard {
	return m.measure(nil, listener, sound)
}

func (m *Matrix) measure(all []Heard, l int, sound []int16) []Heard {
	s := Analyse(sound)
	for t, v := range m.Voices {
		if v.Hz != 0 {
			all = append(all, Heard{l, t, s.ToneDBFS(v.Hz) - AmplitudeDBFS(v.Amplitude)})
		}
	}
	return all
}

// Check listens once and says what is not as expected.
func (m *Matrix) Check(want Expect) error {
	all, err := m.Listen()
	if err != nil {
		return err
	}
	return m.Compare(all, want)
}

// maxNamed is how many faults a message names.
const maxNamed = 8

// Compare says what of all is not as expected.
func (m *Matrix) Compare(all []Heard, want Expect) error {
	var faults []string
	for _, h := range all {
		if !m.wrong(h, want(h.Listener, h.Talker)) {
			continue
		}
		verb := "hears"
		if want(h.Listener, h.Talker) {
			verb = "does not hear"
		}
		faults = append(faults, fmt.Sprintf("%s %s %s (%.1f dB)", m.name(h.Listener), verb, m.name(h.Talker), h.DB))
	}
	if len(faults) == 0 {
		return nil
	}
	text := strings.Join(faults[:min(maxNamed, len(faults))], "; ")
	if more := len(faults) - maxNamed; more > 0 {
		text = fmt.Sprintf("%s; and %d more", text, more)
	}
	return errors.New(text)
}

// Wrong counts what of all is not as expected.
func (m *Matrix) Wrong(all []Heard, want Expect) (missing, leaked int) {
	for _, h := range all {
		w := want(h.Listener, h.Talker)
		switch {
		case !m.wrong(h, w):
		case w:
			missing++
		default:
			leaked++
		}
	}
	return missing, leaked
}

func (m *Matrix) wrong(h Heard, want bool) bool {
	heard, silent := m.HeardDB, m.SilentDB
	if heard == 0 {
		heard = heardDB
	}
	if silent == 0 {
		silent = silentDB
	}
	if want {
		return h.DB < heard
	}
	return h.DB > silent
}

// Wait listens until everything is as expected; when ctx ends first it says
// what still was not.
func (m *Matrix) Wait(ctx context.Context, want Expect) error {
	err := Await(ctx, func() error { return m.Check(want) })
	if err != nil {
		return fmt.Errorf("who hears whom: %w", err)
	}
	return nil
}

// Hold listens for d and says what was not as expected in any window of it.
func (m *Matrix) Hold(ctx context.Context, want Expect, d time.Duration) error {
	start := m.positions()
	samples := int64(d * Rate / time.Second)
	step := int64(m.Window * Rate / time.Second)
	for at := int64(0); at < samples; at += step {
		if err := m.awaitPositions(ctx, start, at+step); err != nil {
			return err
		}
		var all []Heard
		for l := range m.Voices {
			sound := m.Voices[l].Call.Recorder().Range(start[l]+at, start[l]+at+step)
			if sound == nil {
				return fmt.Errorf("%s keeps too little of what was heard", m.name(l))
			}
			all = m.measure(all, l, sound)
		}
		if err := m.Compare(all, want); err != nil {
			return fmt.Errorf("who hears whom, %v on: %w", time.Duration(at)*time.Second/Rate, err)
		}
	}
	return nil
}

func (m *Matrix) positions() []int64 {
	pos := make([]int64, len(m.Voices))
	for i, v := range m.Voices {
		pos[i] = v.Call.Recorder().Pos()
	}
	return pos
}

// awaitPositions waits until everybody has heard n samples since start.
func (m *Matrix) awaitPositions(ctx context.Context, start []int64, n int64) error {
	return Await(ctx, func() error {
		for i, pos := range m.positions() {
			if pos < start[i]+n {
				return fmt.Errorf("%s hears nothing new", m.name(i))
			}
		}
		return nil
	})
}

func (m *Matrix) name(i int) string {
	if n := m.Voices[i].Name; n != "" {
		return n
	}
	return fmt.Sprintf("#%d", i)
}

// Audible are the numbers of those whom listener hears now, for messages and stories.
func (m *Matrix) Audible(listener int) ([]int, error) {
	sound := m.Voices[listener].Call.Recorder().Last(m.Window)
	if sound == nil {
		return nil, fmt.Errorf("%s has heard less than %v", m.name(listener), m.Window)
	}
	var who []int
	for _, h := range m.Measure(listener, sound) {
		if h.DB >= heardDB {
			who = append(who, h.Talker)
		}
	}
	slices.Sort(who)
	return who, nil
}
