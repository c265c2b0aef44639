package guard

import (
	"bytes"
	"net/netip"
	"slices"
	"testing"

	"github.com/emiago/sipgo/sip"
)

func seed(f *testing.F) {
	for _, m := range loadTorture(f, "testdata/rfc4475.txt") {
		f.Add(m.data)
	}
	f.Add([]byte(options("a", stranger)))
	f.Add([]byte(invite("b", netip.MustParseAddrPort("[2001:db8::9]:5060"))))
	f.Add([]byte("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nTo: <sip:a@b>;tag=1\r\nFrom: <sip:a@b>;tag=2\r\nCall-ID: x\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n"))
	f.Add([]byte("\r\n\r\n\x00"))
}

// FuzzInspect: whatever comes, nothing panics, what is handed on can be parsed
// and answered by the stack and comes out the same a second time, and a
// stranger gets no more than he is due.
func FuzzInspect(f *testing.F) {
	seed(f)
	g := New(Options{Rates: generous})
	f.Fuzz(func(t *testing.T, data []byte) {
		now := g.now()
		in := inbound{data: data, peer: stranger}
		g.inspect(&in, now)
		if len(in.reply) > amplified(len(data)) || len(in.reply) > 0 && (len(in.out) > 0 || status(in.reply) < 400) {
			t.Fatalf("reply %q", in.reply)
		}
		if head, _, _ := bytes.Cut(in.reply, []byte("\r\n\r\n")); bytes.ContainsAny(bytes.ReplaceAll(head, []byte("\r\n"), nil), "\r\n\x00\x1b") {
			t.Fatalf("control characters in reply %q", in.reply)
		}
		if len(in.out) == 0 {
			return
		}
		out := slices.Clone(in.out)
		msg, err := sip.ParseMessage(out)
		if err != nil {
			t.Fatalf("the stack cannot parse %q: %v", out, err)
		}
		again := inbound{data: out, peer: stranger}
		g.inspect(&again, now)
		if !bytes.Contains(out, []byte(ownBranch)) && !bytes.Equal(out, again.out) {
			t.Fatalf("not canonical:\n%q\n%q", out, again.out)
		}
		if req, ok := msg.(*sip.Request); ok && !req.IsAck() {
			answer(t, g, req, now)
		}
	})
}

// answer checks the way back of a request that was handed on.
func answer(t *testing.T, g *Guard, req *sip.Request, now int64) {
	res := sip.NewResponseFromRequest(req, 404, "Not Found", nil)
	o := outbound{data: []byte(res.String()), to: netip.MustParseAddrPort("[100::1]:5060")}
	if err := g.release(&o, nil, false, now); err != nil {
		t.Fatalf("no way back: %v: %q", err, o.data)
	}
	if o.to.Addr() != stranger.Addr() {
		t.Fatalf("answered to %s: %q", o.to, o.data)
	}
	if bytes.Contains(o.data, []byte(ancientBranch)) {
		t.Fatalf("marks left: %q", o.data)
	}
}

// FuzzStream: how a stream is cut into segments makes no difference.
func FuzzStream(f *testing.F) {
	for _, m := range loadTorture(f, "testdata/rfc4475.txt") {
		f.Add(m.data, uint8(7))
	}
	f.Add([]byte(options("a", stranger)+"\r\n\r\n"+invite("b", stranger)), uint8(1))
	r := newRules(Options{}.withDefaults())
	f.Fuzz(func(t *testing.T, data []byte, step uint8) {
		whole := frames(r, data, len(data))
		parts := frames(r, data, int(step)+1)
		if !slices.Equal(whole, parts) {
			t.Fatalf("whole %q\nparts %q", whole, parts)
		}
	})
}

// frames runs a stream through a framer, step bytes at a time.
func frames(r *rules, data []byte, step int) (found []string) {
	fr := framer{rules: r}
	var buf []byte
	for len(data) > 0 {
		n := min(step, len(data))
		buf, data = append(buf, data[:n]...), data[n:]
		for more := true; more; {
			kind, n, why := fr.next(buf, new(message))
			switch kind {
			case frameMessage:
				found = append(found, string(buf[:n]))
			case frameBroken:
				return append(found, "broken: "+why.phrase)
			case frameMore:
				more = false
			case frameBlank:
			}
			buf = buf[n:]
		}
	}
	return found
}
