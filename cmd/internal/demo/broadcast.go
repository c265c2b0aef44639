package demo

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
)

// broadcastTime is how long the broadcast speaks.
const broadcastTime = 2500 * time.Millisecond

// announcer speaks the broadcast.
var announcer = role{name: "announcer", pitch: 150, tract: 0.95}

// announcement is the broadcast. Its pilot is 15 dB louder than a caller's, so
// that a part of a window is enough to find it.
func announcement() []int16 {
	pcm := synthesise(announcer, 99, broadcastTime)
	pilot := make([]int16, len(pcm))
	phone.Tone(pilotHz(broadcastPilot), broadcastAmplitude).Fill(pilot)
	for i, v := range pilot {
		pcm[i] = clip(float64(pcm[i]) + float64(v))
	}
	return pcm
}

const broadcastAmplitude = 5.6 * pilotAmplitude

// broadcastHeard is how far below what was uploaded the pilot may be: whom the
// attendant is speaking to hears everything else 12 dB softer.
const broadcastHeard = -16.0

// broadcast plays a recording in all rooms at once and looks for it in what everybody heard.
func (s *stage) broadcast(ctx context.Context) error {
	audio, err := s.api.Upload(ctx, s.meeting.ID, wav(announcement()))
	if err != nil {
		return err
	}
	before := make([]int64, len(s.callers))
	for i, c := range s.callers {
		before[i] = c.call.Recorder().Pos()
	}
	b, err := s.api.SendBroadcast(ctx, s.meeting.ID, audio)
	if err != nil {
		return err
	}
	s.say("A recorded message is broadcast to all rooms.")
	ctx, stop := context.WithTimeout(ctx, 2*s.patience)
	defer stop()
	if b, err = s.delivered(ctx, b.ID); err != nil {
		return err
	}
	for i, c := range s.callers {
		if err := phone.Await(ctx, func() error { return hasHeard(c, before[i]) }); err != nil {
			return fmt.Errorf("%w: %w", ErrWrong, err)
		}
	}
	first, last, listeners := span(b.Deliveries)
	s.say("  ✓ heard by all twelve; it began in %d rooms (%d listeners) at mixer tick %d.", len(b.Deliveries), listeners, first)
	if last-first > 1 {
		return fmt.Errorf("%w: the broadcast began in some rooms %d ticks later than in others", ErrWrong, last-first)
	}
	return s.check(ctx)
}

// hasHeard says whether the broadcast's pilot is in what a caller has heard since sample from.
func hasHeard(c *caller, from int64) error {
	rec := c.call.Recorder()
	const window = int64(pilotWindow) * phone.Rate / int64(time.Second)
	best := math.Inf(-1)
	for at := from; at+window <= rec.Pos(); at += window / 2 {
		sound := rec.Range(at, at+window)
		if sound == nil {
			continue // out of the recording
		}
		best = max(best, phone.Analyse(sound).ToneDBFS(pilotHz(broadcastPilot))-phone.AmplitudeDBFS(broadcastAmplitude))
		if best > broadcastHeard {
			return nil
		}
	}
	return fmt.Errorf("%s has not heard the broadcast (%.1f dB)", c.name, best)
}

// delivered waits until the bridge says where the broadcast began.
func (s *stage) delivered(ctx context.Context, id string) (b bridgeapi.Broadcast, err error) {
	err = phone.Await(ctx, func() error {
		b, err = s.api.Broadcast(ctx, s.meeting.ID, id)
		if err == nil && b.State == "queued" {
			err = errors.New("the broadcast is still queued")
		}
		return err
	})
	if err == nil && (b.State == "failed" || len(b.Deliveries) == 0) {
		err = fmt.Errorf("the broadcast is %s, in %d rooms: %s", b.State, len(b.Deliveries), b.Failed)
	}
	return b, err
}

func span(deliveries []bridgeapi.Delivery) (first, last int64, listeners int) {
	first = deliveries[0].Tick
	for _, d := range deliveries {
		first, last = min(first, d.Tick), max(last, d.Tick)
		listeners += d.Listeners
	}
	return first, last, listeners
}

// wav is a file of 16-bit samples at the rate of a telephone.
func wav(pcm []int16) []byte {
	const header, bytes = 44, 2
	size := uint32(len(pcm) * bytes)
	b := make([]byte, 0, header+int(size))
	le := binary.LittleEndian
	b = le.AppendUint32(append(b, "RIFF"...), size+header-8)
	b = le.AppendUint32(append(b, "WAVEfmt "...), 16)
	b = le.AppendUint16(b, 1) // PCM
	b = le.AppendUint16(b, 1) // one channel
	b = le.AppendUint32(b, phone.Rate)
	b = le.AppendUint32(b, phone.Rate*bytes)
	b = le.AppendUint16(b, bytes)
	b = le.AppendUint16(b, 8*bytes)
	b = le.AppendUint32(append(b, "data"...), size)
	for _, v := range pcm {
		b = le.AppendUint16(b, uint16(v))
	}
	return b
}
