package sip_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"partyline/control"
	"partyline/sip"
	"partyline/sip/certtest"
	"partyline/sip/guard"
	"partyline/sip/uatest"
)

// rig is a user agent on loopback with fakes behind it.
type rig struct {
	t        *testing.T
	ua       *sip.UA
	media    *uatest.Media
	admitter *uatest.Admitter
	trusts   *certtest.Authority
	tls      sip.TLS
	stop     func() // ends Serve and waits for it
}

// transports are the networks that every behaviour over the wire is tested on.
var transports = []string{"udp", "tcp", "tls"}

// newRig starts a user agent that listens on a free UDP, TCP and TLS port; adjust changes the options first.
func newRig(t *testing.T, adjust func(*sip.Options)) *rig {
	t.Helper()
	r := &rig{t: t, media: &uatest.Media{}, admitter: &uatest.Admitter{}, trusts: certtest.New(t)}
	own := r.trusts.Pair("127.0.0.1", "::1", "bridge.test")
	r.tls = sip.TLS{
		Server: guard.TLS{Config: &tls.Config{Certificates: []tls.Certificate{own}}},
		Client: func() (*tls.Config, error) { return &tls.Config{RootCAs: r.trusts.Pool}, nil },
	}
	o := sip.Options{
		Listen:   []sip.Listen{{Network: "udp", Addr: "127.0.0.1:0"}, {Network: "tcp", Addr: "127.0.0.1:0"}, {Network: "tls", Addr: "127.0.0.1:0"}},
		TLS:      r.tls,
		Logger:   slog.New(slog.NewTextHandler(outputOf(t), &slog.HandlerOptions{Level: slog.LevelDebug})),
		Media:    r.media,
		Admitter: r.admitter,
		Guard:    guard.Options{Rates: guard.Rates{TrustedInvites: guard.Rate{PerSecond: 1e6, Burst: 1e6}}},
	}
	if adjust != nil {
		adjust(&o)
	}
	ua, err := sip.New(o)
	if err != nil {
		t.Fatal(err)
	}
	r.ua = ua
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- ua.Serve(ctx) }()
	stopped := false
	r.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	}
	t.Cleanup(r.stop)
	return r
}

// output is a test's output. sipgo's goroutines are not waited for, and a test must not be written to after its end.
type output struct {
	mu sync.Mutex
	w  io.Writer
}

func outputOf(t *testing.T) *output {
	o := &output{w: t.Output()}
	t.Cleanup(func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.w = io.Discard
	})
	return o
}

// Write writes, until the test is over.
func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.w.Write(b)
}

// addr is where the user agent listens.
func (r *rig) addr(network string) net.Addr {
	for _, a := range r.ua.Addrs() {
		if a.Network() == "tls" && network == "tls" {
			return uatest.Trust{Addr: a, Config: &tls.Config{RootCAs: r.trusts.Pool}}
		}
		if a.Network() == network {
			return a
		}
	}
	r.t.Fatalf("no %s listener", network)
	return nil
}

// dial makes a call over a new phone.
func (r *rig) dial(network, offer string) (*uatest.Call, *uatest.Caller, *uatest.MediaLeg) {
	r.t.Helper()
	call := uatest.NewPhone(r.t, r.addr(network)).Call("300")
	call.Dial(offer)
	caller := r.caller(call)
	caller.Await(r.t, "answered")
	return call, caller, r.media.Leg(caller.Call.Leg)
}

// caller finds the conversation of a call.
func (r *rig) caller(call *uatest.Call) *uatest.Caller {
	r.t.Helper()
	for n := 0; ; n++ {
		if c := r.admitter.Caller(r.t, n); c.Call.CallID == call.ID {
			return c
		}
	}
}

// forEachTransport runs a test over UDP, TCP and TLS.
func forEachTransport(t *testing.T, f func(t *testing.T, network string)) {
	for _, network := range transports {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			f(t, network)
		})
	}
}

func check(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{})); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// throughJSON is the state as another process would read it.
func throughJSON(t *testing.T, s sip.State) sip.State {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var back sip.State
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	return back
}

func suspend(t *testing.T, ua *sip.UA, leg control.LegID) sip.State {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	s, err := ua.Suspend(ctx, leg)
	if err != nil {
		t.Fatal(err)
	}
	return throughJSON(t, s)
}
