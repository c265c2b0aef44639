package phone

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"partyline/mixer/media"
)

func TestSDPRoundTrip(t *testing.T) {
	t.Parallel()
	for _, d := range []description{
		{addr: netip.MustParseAddrPort("127.0.0.1:4000"), codecs: []media.Codec{media.PCMU, media.PCMA}, event: 101, ptime: 20 * time.Millisecond},
		{addr: netip.MustParseAddrPort("[::1]:4000"), codecs: []media.Codec{media.PCMA}, direction: media.SendOnly},
		{addr: netip.MustParseAddrPort("10.0.0.1:2"), codecs: []media.Codec{media.PCMA}, direction: media.Inactive, event: 96},
	} {
		got, err := parseSDP(formatSDP(d, 1, 2))
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(d, got, cmp.AllowUnexported(description{}), cmpopts.EquateComparable(netip.AddrPort{})); diff != "" {
			t.Error(diff)
		}
	}
}

func TestSDPReading(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sdp  string
		want string // of the address, or part of the error
	}{
		"address of the stream":      {"c=IN IP4 1.1.1.1\nm=audio 8 RTP/AVP 8\nc=IN IP4 2.2.2.2\n", "2.2.2.2:8"},
		"second stream is left out":  {"c=IN IP4 1.1.1.1\nm=audio 8 RTP/AVP 8\nm=audio 9 RTP/AVP 0\nc=IN IP4 2.2.2.2\n", "1.1.1.1:8"},
		"video before audio":         {"m=video 2 RTP/AVP 99\nc=IN IP4 9.9.9.9\nm=audio 8 RTP/AVP 0\nc=IN IP4 1.1.1.1\n", "1.1.1.1:8"},
		"no audio":                   {"c=IN IP4 1.1.1.1\nm=video 8 RTP/AVP 8\n", "no audio"},
		"no address":                 {"m=audio 8 RTP/AVP 8\n", "no address"},
		"unknown codec":              {"c=IN IP4 1.1.1.1\nm=audio 8 RTP/AVP 18\n", "no codec"},
		"port too high":              {"c=IN IP4 1.1.1.1\nm=audio 80000 RTP/AVP 8\n", "port"},
		"address that is none":       {"c=IN IP4 example\nm=audio 8 RTP/AVP 8\n", "c="},
		"payload type that is none":  {"c=IN IP4 1.1.1.1\nm=audio 8 RTP/AVP 8\na=rtpmap:1000 telephone-event/8000\n", "payload type"},
		"lines that mean nothing":    {"c=IN IP4 1.1.1.1\nm=audio 8 RTP/AVP 8\n\nwhat\na=\n", "1.1.1.1:8"},
		"nothing":                    {"", "no audio"},
		"connection without address": {"c=IN\nm=audio 8 RTP/AVP 8\n", "three fields"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := parseSDP([]byte(strings.ReplaceAll(c.sdp, "\n", "\r\n")))
			if err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %s", err, c.want)
			}
			if err == nil && d.addr.String() != c.want {
				t.Errorf("address %v, want %s", d.addr, c.want)
			}
		})
	}
}

func TestDirections(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ a, b, want media.Direction }{
		{media.SendRecv, media.SendRecv, media.SendRecv},
		{media.SendRecv, media.RecvOnly, media.RecvOnly},
		{media.SendOnly, media.SendRecv, media.SendOnly},
		{media.SendOnly, media.RecvOnly, media.Inactive},
		{media.Inactive, media.SendRecv, media.Inactive},
	} {
		if got := meet(c.a, c.b); got != c.want {
			t.Errorf("%v and %v: %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

func FuzzParseRTP(f *testing.F) {
	f.Add([]byte{0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0xFF})
	f.Add([]byte{0xB1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0xFF, 0, 0, 0, 0, 0, 0, 0, 4})
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, payload, ok := parseRTP(b); ok && len(payload) == 0 {
			t.Error("an empty payload was taken")
		}
	})
}
