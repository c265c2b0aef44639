package phone

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// keyLength is for how long a key is down: what an INFO says, and how long its tone is.
const keyLength = digitOn

// SendInfo sends the digits by INFO, each when the one before it was answered, in the form that relay says
// (application/dtmf-relay) or the short one (application/dtmf).
func (c *Call) SendInfo(ctx context.Context, digits string, relay bool) error {
	for _, d := range digits {
		kind, body := "application/dtmf", string(d)
		if relay {
			kind, body = "application/dtmf-relay", fmt.Sprintf("Signal=%c\r\nDuration=%d\r\n", d, keyLength.Milliseconds())
		}
		if err := c.Info(ctx, kind, body); err != nil {
			return fmt.Errorf("send digits: %w", err)
		}
	}
	return nil
}

// Info sends an INFO with a body and waits for its answer. A refusal is a [StatusError].
func (c *Call) Info(ctx context.Context, contentType, body string) error {
	req := c.dialog.request(sip.INFO)
	kind := sip.ContentTypeHeader(contentType)
	req.AppendHeader(&kind)
	req.SetBody([]byte(body))
	res, err := c.do(ctx, req)
	if err != nil {
		return err
	}
	if !res.IsSuccess() {
		return refused(res)
	}
	return nil
}

// toneKeys are the keys as they lie on a telephone, by rows (ITU-T Q.23).
const toneKeys = "123A456B789C*0#D"

// The tones of the rows and columns, and their peaks: -10 and -8 dBm0.
var (
	rowHz    = [4]float64{697, 770, 852, 941}
	columnHz = [4]float64{1209, 1336, 1477, 1633}
)

const rowPeak, columnPeak = 7000, 8900

// toneRow is a row of keys as tones, on its way.
type toneRow struct {
	pcm  []int16
	done chan struct{} // closed when the last sample has been sent
}

// SendTones keys the digits as tones in the audio, in place of what is said, and returns when the last one has been sent:
// each for the time on, with pauses of off; 0: 80 ms each.
func (c *Call) SendTones(ctx context.Context, digits string, on, off time.Duration) error {
	if on == 0 {
		on = keyLength
	}
	if off == 0 {
		off = keyLength
	}
	digits = strings.ToUpper(digits)
	if i := strings.IndexFunc(digits, func(d rune) bool { return !strings.ContainsRune(toneKeys, d) }); i >= 0 {
		return fmt.Errorf("send tones: no key %q", digits[i])
	}
	row := &toneRow{pcm: AppendTones(nil, digits, on, off), done: make(chan struct{})}
	if digits == "" {
		return nil
	}
	if err := c.stream.queueTones(row); err != nil {
		return err
	}
	select {
	case <-row.done:
		return nil
	case <-c.Done():
		return fmt.Errorf("send tones: %w", c.Err())
	case <-ctx.Done():
		return fmt.Errorf("send tones: %w", ctx.Err())
	}
}

// AppendTones appends the tones of the digits, each for the time on and with a pause of off after it. What is no key is
// passed over.
func AppendTones(pcm []int16, digits string, on, off time.Duration) []int16 {
	for _, d := range digits {
		key := strings.IndexRune(toneKeys, d)
		if key < 0 {
			continue
		}
		row, column := 2*math.Pi*rowHz[key/4]/Rate, 2*math.Pi*columnHz[key%4]/Rate
		for i := range int(on * Rate / time.Second) {
			n := float64(i)
			pcm = append(pcm, int16(math.Round(rowPeak*math.Sin(row*n)+columnPeak*math.Sin(column*n))))
		}
		pcm = append(pcm, make([]int16, int(off*Rate/time.Second))...)
	}
	return pcm
}

var errKeysUnderWay = errors.New("send tones: others are under way")

func (s *stream) queueTones(row *toneRow) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tones != nil {
		return errKeysUnderWay
	}
	s.tones = row
	return nil
}

// tonesLocked puts the tones that are under way in place of what is said.
func (s *stream) tonesLocked(pcm []int16) {
	if s.tones == nil {
		return
	}
	s.tones.pcm = s.tones.pcm[copy(pcm, s.tones.pcm):]
	if len(s.tones.pcm) == 0 {
		close(s.tones.done)
		s.tones = nil
	}
}
