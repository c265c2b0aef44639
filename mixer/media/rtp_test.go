package media_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/mixer/media"
)

func TestParseRTP(t *testing.T) {
	t.Parallel()
	head := []byte{0x80, 0x80 | 96, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	first := func(b byte, rest ...byte) []byte {
		return append(append([]byte{b}, head[1:]...), rest...)
	}
	for _, tt := range []struct {
		name    string
		in      []byte
		payload []byte
		ok      bool
	}{
		{"plain", first(0x80, 1, 2, 3), []byte{1, 2, 3}, true},
		{"empty", first(0x80), []byte{}, true},
		{"short", head[:11], nil, false},
		{"nothing", nil, nil, false},
		{"version 1", first(0x40, 1), nil, false},
		{"STUN", first(0x00, 1), nil, false},
		{"RTCP", []byte{0x80, 200, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0}, nil, false},
		{"one CSRC", first(0x81, 0, 0, 0, 1, 7), []byte{7}, true},
		{"CSRCs missing", first(0x8f, 0, 0, 0, 1), nil, false},
		{"extension", first(0x90, 0xbe, 0xde, 0, 1, 1, 1, 1, 1, 7), []byte{7}, true},
		{"extension cut", first(0x90, 0xbe, 0xde), nil, false},
		{"extension too long", first(0x90, 0xbe, 0xde, 0xff, 0xff, 1), nil, false},
		{"padding", first(0xa0, 7, 8, 0, 2), []byte{7, 8}, true},
		{"padding of 0", first(0xa0, 7, 0), nil, false},
		{"padding too long", first(0xa0, 7, 200), nil, false},
		{"all padding", first(0xa0, 0, 2), []byte{}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h, payload, ok := media.ParseRTP(tt.in)
			if ok != tt.ok || !bytes.Equal(payload, tt.payload) {
				t.Fatalf("got %v, %t", payload, ok)
			}
			want := media.Header{PayloadType: 96, Marker: true, Seq: 0x0102, TSRTP: 0x03040506, SSRC: 0x0708090a}
			if ok && h != want {
				t.Errorf("got %+v", h)
			}
		})
	}
}

func TestHeaderRoundTrip(t *testing.T) {
	t.Parallel()
	want := media.Header{PayloadType: 8, Seq: 65535, TSRTP: 1 << 31, SSRC: 42}
	var p [media.HeaderSize]byte
	want.Put(p[:])
	if got, payload, ok := media.ParseRTP(p[:]); !ok || got != want || len(payload) != 0 {
		t.Errorf("got %+v, %v, %t", got, payload, ok)
	}
}

func TestReportRoundTrip(t *testing.T) {
	t.Parallel()
	about := media.Reception{
		SSRC: 7, FractionLost: 12, Lost: -3, Highest: 1<<16 | 5, Jitter: 80, LSR: 0x01020304, DLSR: 65536,
	}
	for _, want := range []media.Report{
		{SSRC: 1},
		{SSRC: 1, HasAbout: true, About: about},
		{SSRC: 1, Sent: true, NTP: media.NTP(time.Unix(1, 5e8)), TSRTP: 160, Packets: 2, Bytes: 320},
		{SSRC: 1, Sent: true, NTP: 1 << 40, TSRTP: 160, Packets: 2, Bytes: 320, HasAbout: true, About: about},
	} {
		p := want.Append(nil, "someone")
		if len(p)%4 != 0 {
			t.Errorf("%d bytes are not whole words", len(p))
		}
		got, ok := media.ParseCompound(p, 7)
		if diff := cmp.Diff(media.Compound{Report: want}, got); diff != "" || !ok {
			t.Errorf("%t (-want +got):\n%s", ok, diff)
		}
		whole := 4 + 4*int(p[3]) // a report alone is valid, what is cut within a packet is not
		for n := range p {
			if _, ok := media.ParseCompound(p[:n], 7); ok && n != whole {
				t.Errorf("%d bytes are no report", n)
			}
		}
	}
}

func TestParseCompound(t *testing.T) {
	t.Parallel()
	report := func() []byte { return (&media.Report{SSRC: 1}).Append(nil, "x") }
	change := func(at int, to byte) []byte {
		p := report()
		p[at] = to
		return p
	}
	for _, tt := range []struct {
		name    string
		in      []byte
		ok, bye bool
	}{
		{"report and name", report(), true, false},
		{"with a BYE", media.AppendBye(report(), 1), true, true},
		{"with a BYE of somebody else", media.AppendBye(report(), 2), true, false},
		{"a BYE that names nobody", append(report(), 0x80, 203, 0, 0), true, false},
		{"a BYE that lies about how many it names", append(report(), 0x9f, 203, 0, 0), true, false},
		{"an unknown packet at the end", append(report(), 0x80, 222, 0, 0), true, false},
		{"a BYE first", media.AppendBye(nil, 1), false, false},
		{"version 1", change(0, 0x40), false, false},
		{"a padded report first", change(0, 0xa0), false, false},
		{"a report of more blocks than it holds", change(0, 0x81), false, false},
		{"longer than the datagram", change(3, 200), false, false},
		{"shorter than the datagram", append(report(), 0x80), false, false},
		{"padding before the end", media.AppendBye(append(report(), 0xa0, 222, 0, 0), 1), false, false},
		{"padding at the end", append(report(), 0xa0, 222, 0, 1, 0, 0, 0, 4), true, false},
		{"RTP", []byte{0x80, 0, 0, 1, 0, 0, 0, 160, 0, 0, 0, 1}, false, false},
		{"four bytes", []byte{0x80, 201, 0, 0}, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, ok := media.ParseCompound(tt.in, 7)
			if ok != tt.ok || ok && c.Bye != tt.bye {
				t.Errorf("got %t, %+v", ok, c)
			}
		})
	}
}

func TestNTP(t *testing.T) {
	t.Parallel()
	if got, want := media.NTP(time.Unix(0, 5e8)), uint64(2208988800)<<32|1<<31; got != want {
		t.Errorf("got %x, want %x", got, want)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte{0x80, 0, 0, 1, 0, 0, 0, 160, 0, 0, 0, 1, 0xff})
	f.Add([]byte{0xbf, 0x80, 0, 1, 0, 0, 0, 160, 0, 0, 0, 1, 0xff, 1, 2, 3})
	f.Add((&media.Report{SSRC: 1, Sent: true, HasAbout: true}).Append(nil, "x"))
	f.Fuzz(func(t *testing.T, p []byte) {
		if h, payload, ok := media.ParseRTP(p); ok && (len(payload)+media.HeaderSize > len(p) || h.PayloadType > 127) {
			t.Errorf("%+v with %d of %d bytes", h, len(payload), len(p))
		}
		media.ParseCompound(p, 0)
	})
}
