package sdp

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"partyline/mixer/media"
)

// FuzzAnswer: whatever comes, there is no panic; what is accepted is sound, and our answer is one that we could read.
func FuzzAnswer(f *testing.F) {
	for _, seed := range [][]byte{
		offer("m=audio 4000 RTP/AVP 0 8 101", "a=rtpmap:101 telephone-event/8000", "a=ptime:20", "a=sendonly"),
		offer("m=video 5000 RTP/AVP 96", "m=audio 4000/2 RTP/AVP 97", "a=rtpmap:97 PCMA/8000/1", "c=IN IP4 0.0.0.0", "a=maxptime:10"),
		offer("m=audio 4000 RTP/SAVP 0", "m=audio 4000 RTP/AVP 18"),
	} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		s := Session{ID: 1}
		for _, text := range [][]byte{first, second, first} {
			next, answer, err := s.Answer(text, local)
			if err != nil {
				if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrNotAcceptable) {
					t.Fatalf("error of another kind: %v", err)
				}
				continue
			}
			s = next
			sound(t, s)
			if len(answer) > 4096 {
				t.Fatalf("answer of %d bytes", len(answer))
			}
			d, err := parse(answer)
			if err != nil || len(d.streams) != len(s.Lines) {
				t.Fatalf("our answer cannot be read: %v\n%s", err, answer)
			}
			if bytes.Contains(bytes.ReplaceAll(answer, []byte("\r\n"), nil), []byte("\n")) {
				t.Fatalf("a bare line feed in\n%q", answer)
			}
		}
		offered, text := s.Offer(local)
		if _, err := parse(text); err != nil {
			t.Fatalf("our offer cannot be read: %v\n%s", err, text)
		}
		if accepted, err := offered.Accept(second); err == nil {
			sound(t, accepted)
		}
	})
}

func sound(t *testing.T, s Session) {
	t.Helper()
	spec := s.Spec
	known := slices.ContainsFunc(spec.Recv, func(f media.Format) bool { return f.Codec == spec.Send.Codec })
	if !known || spec.Send.PayloadType > 127 || spec.EventSend > 127 || spec.EventRecv > 127 {
		t.Fatalf("spec: %+v", spec)
	}
	if slices.ContainsFunc(spec.Recv, func(f media.Format) bool { return spec.EventRecv != 0 && f.PayloadType == spec.EventRecv }) {
		t.Fatalf("telephone-event shares a payload type: %+v", spec)
	}
	if !slices.Contains(ptimes[:], spec.PtimeMS) || spec.Remote.Addr().IsMulticast() || s.Audio >= len(s.Lines) || len(s.Lines) > maxLines {
		t.Fatalf("spec: %+v", spec)
	}
}
