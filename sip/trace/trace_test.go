package trace

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestScrub(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ text, want string }{
		"credentials": {
			"REGISTER sip:a SIP/2.0\r\nAuthorization: Digest username=\"u\",\r\n response=\"s3cret\"\r\nproxy-authorization :  s3cret\r\nCSeq: 1 REGISTER\r\n\r\n",
			"REGISTER sip:a SIP/2.0\r\nAuthorization: x\r\nproxy-authorization : x\r\nCSeq: 1 REGISTER\r\n\r\n",
		},
		"keys of SRTP": {
			"INVITE sip:a SIP/2.0\r\nc: Application/SDP\r\n\r\nv=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:s3cret|2^20;inline:s3cret\r\nA=CRYPTO: s3cret\nk=base64:s3cret\r\na=key-mgmt:mikey s3cret\r\na=ice-pwd:s3cret\r\na=rtpmap:0 PCMU/8000\r\n",
			"INVITE sip:a SIP/2.0\r\nc: Application/SDP\r\n\r\nv=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\na=crypto:x\r\nk=x\r\na=key-mgmt:x\r\na=ice-pwd:x\r\na=rtpmap:0 PCMU/8000\r\n",
		},
		"pressed keys": {
			"INFO sip:a SIP/2.0\r\nContent-Type: application/dtmf-relay\r\n\r\nSignal=5\r\nDuration=160\r\n",
			"INFO sip:a SIP/2.0\r\nContent-Type: application/dtmf-relay\r\n\r\nSignal=x\r\nDuration=x\r\n",
		},
		"a pressed key alone":  {"INFO sip:a SIP/2.0\r\nContent-Type: application/dtmf\r\n\r\n5", "INFO sip:a SIP/2.0\r\nContent-Type: application/dtmf\r\n\r\nx\r\n"},
		"a body of no type":    {"INFO sip:a SIP/2.0\r\n\r\n5", "INFO sip:a SIP/2.0\r\n\r\nx\r\n"},
		"nothing in it at all": {"", "\r\n\r\n"},
	} {
		if got := scrub([]byte(tt.text)); got != tt.want {
			t.Errorf("%s:\n%q, want\n%q", name, got, tt.want)
		}
	}
}

// add keeps one message of so many bytes.
func add(s *Store, id string, begins bool, size int) {
	s.Add(id, begins, Message{At: time.Now()}, []byte(strings.Repeat("a", size)))
}

func TestFirstMessagesStay(t *testing.T) {
	t.Parallel()
	s := New(1 << 20)
	add(s, "id", false, 10)
	if _, ok := s.ByCallID("id"); ok {
		t.Fatal("a call that nobody has begun is kept")
	}
	for i := range 300 {
		s.Add("id", i == 0, Message{}, fmt.Appendf(nil, "OPTIONS %d", i))
	}
	c, ok := s.ByCallID("id")
	if !ok || len(c.Messages) != maxMessages || c.Dropped != 300-maxMessages {
		t.Fatalf("%d messages, %d dropped", len(c.Messages), c.Dropped)
	}
	if got := c.Messages[firstKept-1].Text + c.Messages[maxMessages-1].Text; !strings.HasPrefix(got, "OPTIONS 5\r\n") || !strings.Contains(got, "OPTIONS 299\r\n") {
		t.Errorf("kept %q", got)
	}
	add(s, "long", true, 2*maxMessage)
	for range 50 {
		add(s, "long", false, maxMessage)
	}
	c, _ = s.ByCallID("long")
	if c.Messages[0].Cut == 0 || len(c.Messages[0].Text) != maxMessage {
		t.Errorf("a message of %d bytes, %d cut", len(c.Messages[0].Text), c.Messages[0].Cut)
	}
	if n := len(c.Messages); n < firstKept || n > maxBytes/maxMessage {
		t.Errorf("%d long messages are kept", n)
	}
}

// TestForgetting: refused calls go first, then ended ones, then running ones; what is kept is within the bounds all the time.
func TestForgetting(t *testing.T) {
	t.Parallel()
	const limit = 64 << 10
	s := New(limit)
	begin := func(id string) { add(s, id, true, 1000); s.Begin(id, "leg_"+id) }
	begin("running")
	begin("ended")
	s.End(Leg{ID: "leg_ended", Ended: time.Now(), Reason: "far_end"})
	s.End(Leg{ID: "leg_ended", Ended: time.Now(), Reason: "again"})
	if c, ok := s.ByLeg("leg_ended"); !ok || c.Running || c.Legs[0].Reason != "far_end" {
		t.Fatalf("ended: %+v", c)
	}
	for i := range 1000 {
		add(s, fmt.Sprint("refused", i), true, 1000)
		if _, bytes := s.Size(); bytes > limit {
			t.Fatalf("%d bytes are kept", bytes)
		}
	}
	for _, id := range []string{"running", "ended", "refused999"} {
		if _, ok := s.ByCallID(id); !ok {
			t.Errorf("%s is forgotten", id)
		}
	}
	for i := range 100 {
		begin(fmt.Sprint("later", i))
	}
	if c, ok := s.ByLeg("leg_ended"); ok {
		t.Errorf("kept before running ones: %+v", c)
	}
	calls, bytes := s.Size()
	if bytes > limit || calls != len(s.calls) || calls > 64 || s.calls["later99"] == nil || len(s.calls["later99"].Messages) != 1 || len(s.legs) != calls {
		t.Errorf("%d calls, %d legs, %d bytes", calls, len(s.legs), bytes)
	}
	sum := 0
	for _, c := range s.calls {
		sum += c.bytes
	}
	if sum != bytes {
		t.Errorf("%d bytes counted, %d kept", bytes, sum)
	}
}

func TestFewRefused(t *testing.T) {
	t.Parallel()
	s := New(16 << 20)
	for i := range 2 * maxRefused {
		add(s, fmt.Sprint(i), true, 100)
	}
	if calls, _ := s.Size(); calls != maxRefused {
		t.Errorf("%d refused calls are kept", calls)
	}
	off := New(0)
	add(off, "id", true, 10)
	off.Begin("id", "leg")
	off.End(Leg{ID: "leg"})
	if calls, bytes := off.Size(); calls+bytes != 0 {
		t.Errorf("switched off, it keeps %d calls", calls)
	}
}
