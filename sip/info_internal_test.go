package sip

import (
	"strings"
	"testing"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// TestReadInfo: what the bodies of INFO say, as gateways and telephones write them, and as nobody should.
func TestReadInfo(t *testing.T) {
	t.Parallel()
	const bad, other = "400", "415"
	for _, tt := range []struct {
		kind, body, want string
		held             time.Duration
	}{
		{mimeRelay, "Signal=5\r\nDuration=160\r\n", "5", 160 * time.Millisecond},
		{mimeRelay, "Signal= 5\r\nDuration= 160\r\n", "5", 160 * time.Millisecond},
		{mimeRelay, "Signal=5\nDuration=250", "5", 250 * time.Millisecond},
		{mimeRelay, "Signal=5\rDuration=250", "5", 250 * time.Millisecond},
		{mimeRelay, "Duration=160\r\n\r\nsignal =\t0 ", "0", 160 * time.Millisecond},
		{mimeRelay, "SIGNAL=#", "#", 0},
		{mimeRelay, "Signal=*", "*", 0},
		{mimeRelay, "Signal=10", "*", 0},
		{mimeRelay, "Signal=11", "#", 0},
		{mimeRelay, "Signal=12", "A", 0},
		{mimeRelay, "Signal=d", "D", 0},
		{mimeRelay, "Signal=0xB", "#", 0},
		{mimeRelay, "Signal=0X0a", "*", 0},
		{mimeRelay, "Signal=0x9", "9", 0},
		{mimeRelay, "Signal=16", "", 0},
		{mimeRelay, "Signal=!", "", 0},
		{mimeRelay, "Signal=5\r\nX-Other=1", "5", 0},
		{"Application / DTMF-Relay ;charset=x", "Signal=7", "7", 0},
		{mimeDTMF, "5", "5", 0},
		{mimeDTMF, " 5\r\n", "5", 0},
		{mimeDTMF, "#", "#", 0},
		{mimeDTMF, "11", "#", 0},
		{mimeDTMF, "Signal=8\r\nDuration=100", "8", 100 * time.Millisecond},

		{mimeRelay, "Duration=160", bad, 0},
		{mimeRelay, "Signal=", bad, 0},
		{mimeRelay, "Signal=17", bad, 0},
		{mimeRelay, "Signal=256", bad, 0},
		{mimeRelay, "Signal=-1", bad, 0},
		{mimeRelay, "Signal=x", bad, 0},
		{mimeRelay, "Signal=55", bad, 0},
		{mimeRelay, "Signal=0x", bad, 0},
		{mimeRelay, "Signal=\x00", bad, 0},
		{mimeRelay, "Signal=5\r\nSignal=6", bad, 0},
		{mimeRelay, "Signal=5\r\nDuration=long", bad, 0},
		{mimeRelay, "Signal=5\r\nDuration=-1", bad, 0},
		{mimeRelay, "Signal=5\r\nDuration=99999999999", bad, 0},
		{mimeRelay, "Signal=5\r\nnonsense", bad, 0},
		{mimeRelay, "5", bad, 0},
		{mimeRelay, "\r\n", bad, 0},
		{mimeRelay, "Signal=5\r\n" + strings.Repeat("x=y\r\n", 100), bad, 0},
		{mimeDTMF, "55", bad, 0},
		{mimeDTMF, "five", bad, 0},
		{mimeDTMF, "  ", bad, 0},
		{"application/sdp", "Signal=5", other, 0},
		{"text/plain", "5", other, 0},
	} {
		req := sipmsg.NewRequest(sipmsg.INFO, sipmsg.Uri{Scheme: "sip", Host: "127.0.0.1"})
		kind := sipmsg.ContentTypeHeader(tt.kind)
		req.AppendHeader(&kind)
		req.SetBody([]byte(tt.body))
		k, err := readInfo(req)
		got := strings.Trim(string(k.digit), "\x00")
		if err != nil {
			got = strings.Fields(err.Error())[0]
		}
		if got != tt.want || k.held != tt.held {
			t.Errorf("%s %q: %q held for %v (%v), want %q, %v", tt.kind, tt.body, got, k.held, err, tt.want, tt.held)
		}
	}
}

func TestPace(t *testing.T) {
	t.Parallel()
	var p pace
	now := time.Unix(1_800_000_000, 0)
	allowed := func(n int) (all int) {
		for range n {
			if p.allows(now, 20, 40) {
				all++
			}
		}
		return all
	}
	if n := allowed(100); n != 40 {
		t.Errorf("%d at once, want 40", n)
	}
	now = now.Add(time.Second)
	if n := allowed(100); n != 20 {
		t.Errorf("%d a second later, want 20", n)
	}
	now = now.Add(-time.Hour) // a clock that is set back
	if n := allowed(100); n != 0 {
		t.Errorf("%d after the clock was set back, want 0", n)
	}
	now = now.Add(time.Hour)
	if n := allowed(100); n != 40 {
		t.Errorf("%d after an hour, want 40", n)
	}
}

// FuzzReadInfo: no body may panic, and only keys come out.
func FuzzReadInfo(f *testing.F) {
	f.Add(true, "Signal=5\r\nDuration=160\r\n")
	f.Add(false, "11")
	f.Add(true, "Signal=0x=\nDuration==")
	f.Fuzz(func(t *testing.T, relay bool, body string) {
		parse := parseDTMF
		if relay {
			parse = parseRelay
		}
		k, err := parse(body)
		if k.digit != 0 && (err != nil || strings.IndexByte(signals, k.digit) < 0) || k.held < 0 {
			t.Errorf("%q: %q, %v, %v", body, k.digit, k.held, err)
		}
	})
}
