package sip_test

import (
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"partyline/control"
	"partyline/sip"
	"partyline/sip/uatest"
)

// TestLongReply: sipgo by itself leaves a request unanswered whose reply is above 1,300 bytes.
func TestLongReply(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	call := uatest.NewPhone(t, r.addr("udp")).Call("300")
	invite := call.Request("INVITE", uatest.Offer(4000, "0 101"))
	for i := range 30 {
		invite.Headers = append(invite.Headers, uatest.Header{Name: "Record-Route", Value: fmt.Sprintf("<sip:%s;lr;proxy=%040d>", call.Phone.Addr(), i)})
	}
	call.InviteWith(invite)
	if ok := call.Answered(); len(ok.Bytes()) < 2000 {
		t.Errorf("a reply of %d bytes", len(ok.Bytes()))
	}
	call.Ack("")
	call.Bye()
}

// TestSlowAdmission: the caller hears 100 Trying while somebody thinks about him.
func TestSlowAdmission(t *testing.T) {
	t.Parallel()
	forEachTransport(t, func(t *testing.T, network string) {
		release := make(chan struct{})
		r := newRig(t, func(o *sip.Options) {
			o.Admitter.(*uatest.Admitter).Decide = func(control.Call) error { <-release; return nil }
		})
		call := uatest.NewPhone(t, r.addr(network)).Call("300")
		call.Phone.Trying(call.Invite(uatest.Offer(4000, "0 101")))
		close(release)
		call.Answered()
		call.Ack("")
		call.Bye()
	})
}

func TestListenOnEveryAddress(t *testing.T) {
	t.Parallel()
	for _, network := range transports {
		r := newRig(t, func(o *sip.Options) { o.Listen = []sip.Listen{{Network: network, Addr: "0.0.0.0:0"}} })
		_, port, err := net.SplitHostPort(r.addr(network).String())
		if err != nil {
			t.Fatal(err)
		}
		var server net.Addr = hostPort{network, net.JoinHostPort("127.0.0.1", port)}
		if secure, ok := r.addr(network).(uatest.Trust); ok {
			server = uatest.Trust{Addr: server, Config: secure.Config}
		}
		call := uatest.NewPhone(t, server).Call("300")
		call.Invite(uatest.Offer(4000, "0"))
		ok := call.Answered()
		if !strings.Contains(ok.Get("Contact"), "127.0.0.1:"+port) || !strings.Contains(ok.Body, "c=IN IP4 127.0.0.1") {
			t.Errorf("an address that is none:\n%s", ok.Bytes())
		}
		call.Ack("")
		caller := r.caller(call)
		caller.Await(t, "answered")
		caller.Line.HangUp("over")
		call.Phone.Reply(call.Phone.ExpectRequest("BYE"), 200)
		caller.Await(t, "gone: over")
	}
}

func TestIPv6(t *testing.T) {
	t.Parallel()
	probe, err := net.ListenPacket("udp6", "[::1]:0")
	if err != nil {
		t.Skipf("no IPv6 on loopback: %v", err)
	}
	if err := probe.Close(); err != nil {
		t.Fatal(err)
	}
	for _, network := range transports {
		r := newRig(t, func(o *sip.Options) { o.Listen = []sip.Listen{{Network: network, Addr: "[::1]:0"}} })
		call := uatest.NewPhone(t, r.addr(network)).Call("300")
		answer := call.Dial(strings.ReplaceAll(uatest.Offer(4000, "0"), "IP4 127.0.0.1", "IP6 ::1"))
		if !strings.Contains(answer, "c=IN IP6 ::1\r\n") {
			t.Errorf("answer:\n%s", answer)
		}
		caller := r.caller(call)
		caller.Await(t, "answered")
		caller.Line.HangUp("over")
		call.Phone.Reply(call.Phone.ExpectRequest("BYE"), 200)
		caller.Await(t, "gone: over")
	}
}

type hostPort struct{ network, address string }

func (a hostPort) Network() string { return a.network }
func (a hostPort) String() string  { return a.address }

// sipp runs a scenario of Debian's sip-tester.
func (r *rig) sipp(network, scenario string, more ...string) {
	r.t.Helper()
	if network == "tls" {
		r.t.Skip("Debian's sipp has no TLS")
	}
	program, err := exec.LookPath("sipp")
	if err != nil {
		if os.Getenv("CI") == "true" {
			r.t.Fatal("sipp is not installed: apt-get install sip-tester")
		}
		r.t.Skip("sipp is not installed: apt-get install sip-tester")
	}
	if scenario, err = filepath.Abs(scenario); err != nil {
		r.t.Fatal(err)
	}
	mode := map[string]string{"udp": "u1", "tcp": "t1"}[network]
	cmd := exec.CommandContext(r.t.Context(), program, append([]string{r.addr(network).String(), "-t", mode, "-i", "127.0.0.1", "-sf", scenario,
		"-nostdin", "-timeout", "60s", "-timeout_error", "-trace_err", "-s", "300"}, more...)...)
	cmd.Dir = r.t.TempDir()
	if out, err := cmd.CombinedOutput(); err != nil {
		logs, _ := filepath.Glob(filepath.Join(cmd.Dir, "*errors.log")) // the pattern is right
		for _, l := range logs {
			text, err := os.ReadFile(l)
			r.t.Logf("%s (%v)", text, err)
		}
		r.t.Fatalf("sipp: %v\n%s", err, out)
	}
}

// TestDialogsWithSIPp runs the scenarios of testdata/dialogs: each is named after what it shows.
func TestDialogsWithSIPp(t *testing.T) {
	t.Parallel()
	scenarios, err := filepath.Glob("testdata/dialogs/*.xml")
	if err != nil || len(scenarios) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, scenario := range scenarios {
		t.Run(strings.TrimSuffix(filepath.Base(scenario), ".xml"), func(t *testing.T) {
			t.Parallel()
			forEachTransport(t, func(t *testing.T, network string) {
				r := newRig(t, func(o *sip.Options) { brief(o); o.T1, o.T2 = time.Minute, time.Minute })
				r.sipp(network, scenario, "-m", "3", "-r", "10")
				await(t, "calls", func() int { return r.ua.Stats().Calls }, 0)
			})
		})
	}
}

// TestSIPp lets a caller that is none of ours call: Debian's sip-tester.
func TestSIPp(t *testing.T) {
	t.Parallel()
	forEachTransport(t, func(t *testing.T, network string) {
		r := newRig(t, func(o *sip.Options) { o.T1, o.T2 = time.Minute, time.Minute }) // sipp takes a repeated 200 for the next one
		r.sipp(network, "testdata/sipp.xml", "-m", "50", "-r", "100", "-l", "20")
		if s := r.ua.Stats(); s.Answered != 50 {
			t.Errorf("answered %d calls of 50: %+v", s.Answered, s)
		}
		for n := range 50 {
			keys := slices.DeleteFunc(r.admitter.Caller(t, n).Entries(), func(e string) bool { return !strings.HasPrefix(e, "digit") })
			check(t, "keys by INFO", keys, []string{"digit 5", "digit #"})
		}
	})
}

// TestCloseBeforeServe: the sockets of a bridge that could not start are free again.
func TestCloseBeforeServe(t *testing.T) {
	t.Parallel()
	o := sip.Options{
		Listen: []sip.Listen{{Network: "udp", Addr: "127.0.0.1:0"}, {Network: "tcp", Addr: "127.0.0.1:0"}},
		Logger: slog.New(slog.DiscardHandler), Media: &uatest.Media{}, Admitter: &uatest.Admitter{},
	}
	ua, err := sip.New(o)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range ua.Addrs() {
		o.Listen[i].Addr = a.String()
	}
	ua.Close()
	again, err := sip.New(o)
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}
