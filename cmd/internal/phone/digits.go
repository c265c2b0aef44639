package phone

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
)

// The length of a key press, and of the pause after the last packet of its
// end. With the two repetitions of the end a key is off for 60 ms at 20 ms a
// packet; Q.24 asks for at least 40 ms of on and off. Tuned 2026-11.
const (
	digitOn  = 80 * time.Millisecond
	digitOff = 20 * time.Millisecond
)

// endPackets is how often the end of an event is sent (RFC 4733 §2.5.1.4).
const endPackets = 3

// digitVolume is the power of the event, 10 dB below full scale.
const digitVolume = 10

// digitKeys are the keys in the order of their event numbers (RFC 4733 §3.2).
const digitKeys = "0123456789*#ABCD"

// keyPresses is a row of digits on its way.
type keyPresses struct {
	digits string
	done   chan struct{} // closed when the pause after the last digit is over, or the call has ended
}

// press is the digit that is being sent now. It belongs to the pacer.
type press struct {
	digit    byte
	duration int // samples so far
	ends     int // end packets sent
	pause    int // samples of pause still to come
	tsRTP    uint32
}

// SendDigits keys the digits as telephone-events and returns when the last one
// has been sent. Rows of digits from several goroutines follow one another.
func (c *Call) SendDigits(ctx context.Context, digits string) error {
	digits = strings.ToUpper(digits)
	for _, d := range digits {
		if !strings.ContainsRune(digitKeys, d) {
			return fmt.Errorf("send digits: no key %q", d)
		}
	}
	if digits == "" {
		return nil
	}
	k := &keyPresses{digits: digits, done: make(chan struct{})}
	if err := c.stream.queueDigits(k); err != nil {
		return err
	}
	select {
	case <-k.done:
		return nil
	case <-c.Done():
		return fmt.Errorf("send digits: %w", c.Err())
	case <-ctx.Done():
		return fmt.Errorf("send digits: %w", ctx.Err())
	}
}

var errNoEvents = errors.New("send digits: the far end takes no telephone-events")

func (s *stream) queueDigits(k *keyPresses) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.event == 0 {
		return errNoEvents
	}
	s.keys = append(s.keys, k)
	return nil
}

// nextPressLocked takes the next digit, and says whether there is one.
func (s *stream) nextPressLocked() bool {
	if len(s.keys) == 0 {
		return false
	}
	k := s.keys[0]
	if k.digits == "" {
		s.keys = s.keys[1:]
		close(k.done)
		return s.nextPressLocked()
	}
	s.press = press{digit: k.digits[0], tsRTP: s.tsRTP, pause: int(digitOff * Rate / time.Second)}
	k.digits = k.digits[1:]
	return true
}

// eventLocked appends the payload of the next packet of the digit being sent.
// It says false where audio is to be sent: no digit, or the pause after one.
func (s *stream) eventLocked(dst []byte) (payload []byte, marker, ok bool) {
	if s.press.digit == 0 && !s.nextPressLocked() {
		return dst, false, false
	}
	p := &s.press
	end := p.duration >= int(digitOn*Rate/time.Second)
	if end && s.noEnds && p.ends < endPackets {
		p.ends, p.pause = endPackets, p.pause+endPackets*s.samples()
	}
	if p.ends == endPackets {
		if p.pause -= s.samples(); p.pause <= 0 {
			s.press = press{}
		}
		return dst, false, false
	}
	marker = p.duration == 0
	if end {
		p.ends++
	} else {
		p.duration += s.samples()
	}
	return appendEvent(dst, p.digit, end, uint16(p.duration)), marker, true
}

// appendEvent appends a telephone-event: number, E bit and volume, duration (RFC 4733 §2.3).
func appendEvent(dst []byte, digit byte, end bool, duration uint16) []byte {
	flags := byte(digitVolume)
	if end {
		flags |= 0x80
	}
	dst = append(dst, byte(strings.IndexByte(digitKeys, digit)), flags)
	return binary.BigEndian.AppendUint16(dst, duration)
}
