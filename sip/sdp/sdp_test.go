package sdp

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"partyline/mixer/media"
)

var (
	local  = netip.MustParseAddrPort("192.0.2.1:20000")
	equate = cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{})
	pcmu   = media.Format{Codec: media.PCMU, PayloadType: 0}
	pcma   = media.Format{Codec: media.PCMA, PayloadType: 8}
)

// offer is a description of a far end at 198.51.100.7 with the media lines given.
func offer(lines ...string) []byte {
	head := []string{"v=0", "o=- 1 1 IN IP4 198.51.100.7", "s=-", "c=IN IP4 198.51.100.7", "t=0 0"}
	return []byte(strings.Join(append(head, lines...), "\r\n") + "\r\n")
}

func spec(port uint16, f media.Format, event uint8, ptime int, dir media.Direction) media.Spec {
	return media.Spec{
		Remote: netip.AddrPortFrom(netip.MustParseAddr("198.51.100.7"), port), Send: f, Recv: []media.Format{f},
		EventSend: event, EventRecv: event, PtimeMS: ptime, Direction: dir,
	}
}

func noisy(s media.Spec) media.Spec {
	s.Noise = true
	return s
}

// TestNoiseStaysAgreedOn: a later offer of ours has what is in use, and an answer without it ends it.
func TestNoiseStaysAgreedOn(t *testing.T) {
	t.Parallel()
	s, _, err := Session{}.Answer(offer("m=audio 4000 RTP/AVP 8 13"), local)
	if err != nil {
		t.Fatal(err)
	}
	s, text := throughJSON(t, s).Offer(local)
	wantLines(t, string(text), []string{"m=audio 20000 RTP/AVP 8 0 13 101", "a=rtpmap:13 CN/8000"})
	if s, err = s.Accept(offer("m=audio 4000 RTP/AVP 8 13")); err != nil || !s.Spec.Noise {
		t.Errorf("%+v, %v", s.Spec, err)
	}
	if s, err = s.Accept(offer("m=audio 4000 RTP/AVP 8")); err != nil || s.Spec.Noise {
		t.Errorf("%+v, %v", s.Spec, err)
	}
	if s, err = s.Accept(offer("m=audio 4000 RTP/AVP 8 13")); err != nil || s.Spec.Noise {
		t.Errorf("what was not offered is agreed on: %+v, %v", s.Spec, err)
	}
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		offer []byte
		spec  media.Spec
		lines []string // that the answer has, in this order
	}{
		"static payload types": {
			offer("m=audio 4000 RTP/AVP 0 8"),
			spec(4000, pcmu, 0, 20, media.SendRecv),
			[]string{"m=audio 20000 RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "a=ptime:20", "a=sendrecv"},
		},
		"the far end's order counts": {
			offer("m=audio 4000 RTP/AVP 18 8 0 101", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-16"),
			spec(4000, pcma, 101, 20, media.SendRecv),
			[]string{"m=audio 20000 RTP/AVP 8 101", "a=rtpmap:8 PCMA/8000", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15"},
		},
		"dynamic payload types, any case": {
			offer("m=audio 4000 RTP/AVP 97 98", "a=rtpmap:97 pcma/8000/1", "a=rtpmap:98 Telephone-Event/8000"),
			spec(4000, media.Format{Codec: media.PCMA, PayloadType: 97}, 98, 20, media.SendRecv),
			[]string{"m=audio 20000 RTP/AVP 97 98", "a=rtpmap:97 PCMA/8000"},
		},
		"telephone-event of another rate is not ours": {
			offer("m=audio 4000 RTP/AVP 0 101", "a=rtpmap:101 telephone-event/48000"),
			spec(4000, pcmu, 0, 20, media.SendRecv),
			[]string{"m=audio 20000 RTP/AVP 0"},
		},
		"comfort noise": {
			offer("m=audio 4000 RTP/AVP 0 13 101", "a=rtpmap:101 telephone-event/8000"),
			noisy(spec(4000, pcmu, 101, 20, media.SendRecv)),
			[]string{"m=audio 20000 RTP/AVP 0 13 101", "a=rtpmap:13 CN/8000", "a=rtpmap:101 telephone-event/8000"},
		},
		"comfort noise of another rate, or under another number, is not ours": {
			offer("m=audio 4000 RTP/AVP 0 13 97", "a=rtpmap:13 CN/16000", "a=rtpmap:97 CN/8000"),
			spec(4000, pcmu, 0, 20, media.SendRecv),
			[]string{"m=audio 20000 RTP/AVP 0"},
		},
		"duplicate codec names": {
			offer("m=audio 4000 RTP/AVP 0 0 96 0", "a=rtpmap:96 PCMU/8000", "a=rtpmap:0 PCMU/8000", "a=rtpmap:0 PCMA/8000"),
			spec(4000, pcmu, 0, 20, media.SendRecv),
			[]string{"m=audio 20000 RTP/AVP 0", "a=rtpmap:0 PCMU/8000"},
		},
		"ptime": {
			offer("m=audio 4000 RTP/AVP 0", "a=ptime:30"),
			spec(4000, pcmu, 0, 30, media.SendRecv), []string{"a=ptime:30"},
		},
		"ptime between ours": {
			offer("m=audio 4000 RTP/AVP 0", "a=ptime:55"),
			spec(4000, pcmu, 0, 40, media.SendRecv), []string{"a=ptime:40"},
		},
		"ptime beyond ours": {
			offer("m=audio 4000 RTP/AVP 0", "a=ptime:200"),
			spec(4000, pcmu, 0, 60, media.SendRecv), []string{"a=ptime:60", "a=maxptime:60"},
		},
		"maxptime": {
			offer("m=audio 4000 RTP/AVP 0", "a=ptime:40", "a=maxptime:10"),
			spec(4000, pcmu, 0, 10, media.SendRecv), []string{"a=ptime:10"},
		},
		"ptime of nonsense": {
			offer("m=audio 4000 RTP/AVP 0", "a=ptime:-5", "a=maxptime:x"),
			spec(4000, pcmu, 0, 20, media.SendRecv), []string{"a=ptime:20"},
		},
		"hold": {
			offer("m=audio 4000 RTP/AVP 0", "a=sendonly"),
			spec(4000, pcmu, 0, 20, media.RecvOnly), []string{"a=recvonly"},
		},
		"hold for the session": {
			offer("a=inactive", "m=audio 4000 RTP/AVP 0"),
			spec(4000, pcmu, 0, 20, media.Inactive), []string{"a=inactive"},
		},
		"the stream's direction goes before the session's": {
			offer("a=inactive", "m=audio 4000 RTP/AVP 0", "a=sendrecv"),
			spec(4000, pcmu, 0, 20, media.SendRecv), []string{"a=sendrecv"},
		},
		"a listener": {
			offer("m=audio 4000 RTP/AVP 0", "a=recvonly"),
			spec(4000, pcmu, 0, 20, media.SendOnly), []string{"a=sendonly"},
		},
		"hold of RFC 2543": {
			offer("m=audio 4000 RTP/AVP 0", "c=IN IP4 0.0.0.0"),
			media.Spec{Send: pcmu, Recv: []media.Format{pcmu}, PtimeMS: 20, Direction: media.RecvOnly}, []string{"a=recvonly"},
		},
		"hold of RFC 2543, not listened to either": {
			offer("m=audio 4000 RTP/AVP 0", "c=IN IP4 0.0.0.0", "a=recvonly"),
			media.Spec{Send: pcmu, Recv: []media.Format{pcmu}, PtimeMS: 20, Direction: media.Inactive}, []string{"a=inactive"},
		},
		"other streams are refused in their place": {
			offer("m=video 5000 RTP/AVP 96 97", "m=audio 0 RTP/AVP 0", "m=audio 4000 RTP/AVP 0", "m=audio 4002 RTP/AVP 0", "m=application 5004 UDP/BFCP *"),
			spec(4000, pcmu, 0, 20, media.SendRecv),
			[]string{"m=video 0 RTP/AVP 96", "m=audio 0 RTP/AVP 0", "m=audio 20000 RTP/AVP 0", "m=audio 0 RTP/AVP 0", "m=application 0 UDP/BFCP *"},
		},
		"encrypted first": {
			offer("m=audio 5000 RTP/SAVP 0", "m=audio 4000 RTP/AVP 8"),
			spec(4000, pcma, 0, 20, media.SendRecv),
			[]string{"m=audio 0 RTP/SAVP 0", "m=audio 20000 RTP/AVP 8"},
		},
		"the offer's time is repeated": {
			[]byte("v=0\no=- 1 1 IN IP4 198.51.100.7\ns=-\nc=IN IP4 198.51.100.7\nt=3034423619  3042462419\nm=audio 4000/2 RTP/AVP 0\n"),
			spec(4000, pcmu, 0, 20, media.SendRecv), []string{"t=3034423619 3042462419"},
		},
		"lines out of place, unknown ones, a TTL": {
			[]byte("v=0\r\nx=1\r\nm=audio 4000 RTP/AVP 0\r\na=foo:bar\r\nc=IN IP4 198.51.100.7/127\r\nb=AS:80\r\n"),
			spec(4000, pcmu, 0, 20, media.SendRecv), []string{"t=0 0"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, answer, err := Session{ID: 1<<62 + 1}.Answer(c.offer, local)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.spec, s.Spec, equate); d != "" {
				t.Errorf("spec (-want +got):\n%s", d)
			}
			wantLines(t, string(answer), append([]string{"v=0", "o=partyline 4611686018427387905 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1"}, c.lines...))
		})
	}
}

// wantLines checks that a description has the lines, in order.
func wantLines(t *testing.T, description string, lines []string) {
	t.Helper()
	rest := description
	for _, l := range lines {
		_, after, ok := strings.Cut(rest, l+"\r\n")
		if !ok {
			t.Fatalf("no %q where it should be in\n%s", l, description)
		}
		rest = after
	}
}

func TestAnswerIPv6(t *testing.T) {
	t.Parallel()
	six := []byte("v=0\r\no=- 1 1 IN IP6 2001:db8::7\r\ns=-\r\nc=IN IP6 2001:db8::7\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n")
	s, answer, err := Session{}.Answer(six, netip.MustParseAddrPort("[2001:db8::1]:20000"))
	if err != nil {
		t.Fatal(err)
	}
	if want := netip.MustParseAddrPort("[2001:db8::7]:4000"); s.Spec.Remote != want {
		t.Errorf("remote %v, want %v", s.Spec.Remote, want)
	}
	wantLines(t, string(answer), []string{"c=IN IP6 2001:db8::1"})
}

func TestRefused(t *testing.T) {
	t.Parallel()
	many := make([]string, maxLines+1)
	for i := range many {
		many[i] = "m=audio 4000 RTP/AVP 0"
	}
	cases := map[string]struct {
		offer []byte
		err   error
	}{
		"no common codec":        {offer("m=audio 4000 RTP/AVP 18 4"), ErrNotAcceptable},
		"dynamic without rtpmap": {offer("m=audio 4000 RTP/AVP 97"), ErrNotAcceptable},
		"only telephone-event":   {offer("m=audio 4000 RTP/AVP 101", "a=rtpmap:101 telephone-event/8000"), ErrNotAcceptable},
		"PCMU of another rate":   {offer("m=audio 4000 RTP/AVP 97", "a=rtpmap:97 PCMU/16000"), ErrNotAcceptable},
		"stereo":                 {offer("m=audio 4000 RTP/AVP 97", "a=rtpmap:97 PCMU/8000/2"), ErrNotAcceptable},
		"payload type 128":       {offer("m=audio 4000 RTP/AVP 128", "a=rtpmap:128 PCMU/8000"), ErrNotAcceptable},
		"no audio":               {offer("m=video 4000 RTP/AVP 0"), ErrNotAcceptable},
		"no stream":              {offer(), ErrNotAcceptable},
		"port 0":                 {offer("m=audio 0 RTP/AVP 0"), ErrNotAcceptable},
		"a host name":            {offer("m=audio 4000 RTP/AVP 0", "c=IN IP4 phone.example.com"), ErrNotAcceptable},
		"IPv6 to an IPv4 leg":    {offer("m=audio 4000 RTP/AVP 0", "c=IN IP6 2001:db8::7"), ErrNotAcceptable},
		"multicast":              {offer("m=audio 4000 RTP/AVP 0", "c=IN IP4 224.2.1.1/127"), ErrNotAcceptable},
		"broadcast":              {offer("m=audio 4000 RTP/AVP 0", "c=IN IP4 255.255.255.255"), ErrNotAcceptable},
		"no address":             {[]byte("v=0\r\nm=audio 4000 RTP/AVP 0\r\n"), ErrNotAcceptable},
		"empty":                  {nil, ErrMalformed},
		"only blank lines":       {[]byte("\r\n\r\n"), ErrMalformed},
		"text":                   {[]byte("hello"), ErrMalformed},
		"another version":        {[]byte("v=1\r\n"), ErrMalformed},
		"port of 70000":          {offer("m=audio 70000 RTP/AVP 0"), ErrMalformed},
		"no format":              {offer("m=audio 4000 RTP/AVP"), ErrMalformed},
		"a bad token":            {offer("m=audio 4000 RTP/AVP 0", "m=vi\x01deo 0 RTP/AVP 0"), ErrMalformed},
		"c= of two fields":       {offer("c=IN IP4"), ErrMalformed},
		"too many streams":       {offer(many...), ErrMalformed},
		"too many formats":       {offer("m=audio 4000 RTP/AVP" + strings.Repeat(" 0", maxFormats+1)), ErrMalformed},
		"too many lines":         {offer(strings.Repeat("a=x\r\n", maxRows)), ErrMalformed},
		"too long":               {offer(strings.Repeat("a", maxSize)), ErrMalformed},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before, _, err := Session{ID: 5}.Answer(offer("m=audio 4000 RTP/AVP 0"), local)
			if err != nil {
				t.Fatal(err)
			}
			after, answer, err := before.Answer(c.offer, local)
			if !errors.Is(err, c.err) || answer != nil {
				t.Errorf("got %q, %v; want %v", answer, err, c.err)
			}
			if d := cmp.Diff(before, after, equate); d != "" {
				t.Errorf("a refused offer changed the session:\n%s", d)
			}
			if err := (Session{}).Check(c.offer, local.Addr()); !errors.Is(err, c.err) {
				t.Errorf("check: %v; want %v", err, c.err)
			}
		})
	}
}

func TestVersionCountsChanges(t *testing.T) {
	t.Parallel()
	s := Session{ID: 9}
	for i, step := range []struct {
		offer   []byte
		version int64
	}{
		{offer("m=audio 4000 RTP/AVP 0"), 1},
		{offer("m=audio 4000 RTP/AVP 0"), 1},
		{offer("m=audio 4002 RTP/AVP 0"), 1}, // nothing new from our side
		{offer("m=audio 4002 RTP/AVP 0", "a=sendonly"), 2},
		{offer("m=audio 4002 RTP/AVP 8"), 3},
	} {
		var answer []byte
		var err error
		if s, answer, err = s.Answer(step.offer, local); err != nil {
			t.Fatal(err)
		}
		s = throughJSON(t, s)
		if want := fmt.Sprintf("o=partyline 9 %d IN", step.version); !strings.Contains(string(answer), want) {
			t.Errorf("step %d lacks %q:\n%s", i, want, answer)
		}
	}
}

func throughJSON(t *testing.T, s Session) Session {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var back Session
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(s, back, equate, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("JSON changed the session:\n%s", d)
	}
	return back
}

func TestOfferAndAccept(t *testing.T) {
	t.Parallel()
	s, text := Session{ID: 9}.Offer(local)
	wantLines(t, string(text), []string{
		"o=partyline 9 1 IN IP4 192.0.2.1", "m=audio 20000 RTP/AVP 0 8 101", "a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMA/8000",
		"a=rtpmap:101 telephone-event/8000", "a=ptime:20", "a=maxptime:60", "a=sendrecv",
	})
	s, err := s.Accept(offer("m=audio 4000 RTP/AVP 8 97", "a=rtpmap:97 telephone-event/8000", "a=ptime:40", "a=sendonly"))
	if err != nil {
		t.Fatal(err)
	}
	want := spec(4000, pcma, 0, 40, media.RecvOnly)
	want.Recv, want.EventSend, want.EventRecv = []media.Format{pcmu, pcma}, 97, 101
	if d := cmp.Diff(want, s.Spec, equate); d != "" {
		t.Errorf("spec (-want +got):\n%s", d)
	}
	if !s.Held() {
		t.Error("not held")
	}

	// The next offer keeps what is in use, under its payload types, and asks for both directions again.
	_, text = s.Offer(local)
	wantLines(t, string(text), []string{"o=partyline 9 2 IN IP4 192.0.2.1", "m=audio 20000 RTP/AVP 8 0 101", "a=sendrecv"})
}

// TestRTCP: where the far end wants RTCP (RFC 3605), and whether over the ports of RTP (RFC 5761).
func TestRTCP(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lines []string
		port  uint16
		mux   bool
	}{
		"nothing said":         {nil, 0, false},
		"a port":               {[]string{"a=rtcp:4711"}, 4711, false},
		"a port and address":   {[]string{"a=rtcp:4711 IN IP4 203.0.113.9"}, 4711, false},
		"no port of this kind": {[]string{"a=rtcp:70000"}, 0, false},
		"nonsense":             {[]string{"a=rtcp:"}, 0, false},
		"mux":                  {[]string{"a=rtcp-mux"}, 0, true},
		"both":                 {[]string{"a=rtcp:4711", "a=rtcp-mux"}, 4711, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			theirs := offer(append([]string{"m=audio 4000 RTP/AVP 0"}, c.lines...)...)
			s, answer, err := Session{}.Answer(theirs, local)
			if err != nil || s.Spec.RTCPPort != c.port || s.Spec.Mux != c.mux {
				t.Fatalf("%+v, %v", s.Spec, err)
			}
			if strings.Contains(string(answer), "a=rtcp-mux\r\n") != c.mux {
				t.Errorf("the answer is\n%s", answer)
			}
			if _, again := throughJSON(t, s).Offer(local); strings.Contains(string(again), "a=rtcp-mux\r\n") != c.mux {
				t.Errorf("the next offer is\n%s", again)
			}
			s, first := Session{}.Offer(local)
			wantLines(t, string(first), []string{"a=sendrecv", "a=rtcp-mux"})
			if s, err = s.Accept(theirs); err != nil || s.Spec.RTCPPort != c.port || s.Spec.Mux != c.mux {
				t.Errorf("accepted: %+v, %v", s.Spec, err)
			}
			if s, err = s.Accept(offer("m=audio 4000 RTP/AVP 0", "a=rtcp-mux")); err != nil || s.Spec.Mux != c.mux {
				t.Errorf("what was not offered again is agreed on: %+v, %v", s.Spec, err)
			}
		})
	}
}

func TestOfferKeepsRefusedStreams(t *testing.T) {
	t.Parallel()
	s, _, err := Session{ID: 9}.Answer(offer("m=video 5000 RTP/AVP 96", "m=audio 4000 RTP/AVP 8 96", "a=rtpmap:96 telephone-event/8000"), local)
	if err != nil {
		t.Fatal(err)
	}
	s, text := s.Offer(local)
	wantLines(t, string(text), []string{"m=video 0 RTP/AVP 96", "m=audio 20000 RTP/AVP 8 0 96"})
	if s, err = s.Accept(offer("m=video 0 RTP/AVP 96", "m=audio 4010 RTP/AVP 0")); err != nil {
		t.Fatal(err)
	}
	if s.Spec.Remote.Port() != 4010 || s.Spec.Send != pcmu || s.Spec.EventSend != 0 {
		t.Errorf("spec: %+v", s.Spec)
	}
	for name, answer := range map[string][]byte{
		"refused":    offer("m=video 0 RTP/AVP 96", "m=audio 0 RTP/AVP 0"),
		"missing":    offer("m=video 0 RTP/AVP 96"),
		"unreadable": []byte("x"),
	} {
		if after, err := s.Accept(answer); err == nil || after.Spec.Remote.Port() != 4010 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestStreamInUseIsKept: a second audio stream in a later offer does not take the call over.
func TestStreamInUseIsKept(t *testing.T) {
	t.Parallel()
	s, _, err := Session{}.Answer(offer("m=audio 0 RTP/AVP 0", "m=audio 4000 RTP/AVP 0"), local)
	if err != nil {
		t.Fatal(err)
	}
	s, _, err = s.Answer(offer("m=audio 6000 RTP/AVP 0", "m=audio 4000 RTP/AVP 0"), local)
	if err != nil || s.Audio != 1 || s.Spec.Remote.Port() != 4000 {
		t.Errorf("stream %d, port %d, %v", s.Audio, s.Spec.Remote.Port(), err)
	}
}
