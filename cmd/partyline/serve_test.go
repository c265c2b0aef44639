package main

import (
	"io"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"

	"partyline/cmd/internal/phone"
)

// TestFirstSignalDrains: the first signal ends the calls with BYE and the process with success.
func TestFirstSignalDrains(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			checkLeaks(t)
			p, _, m := serveMeeting(t)
			set := newSet(t)
			call, err := set.Dial(soon(t), "sip:"+m.AccessCode+"@"+p.sip, phone.Options{})
			must(t, err)
			p.end(signal)
			if end := endOf(t, call); !end.Remote || !strings.Contains(end.Reason, "shuts down") {
				t.Errorf("the call ended so: %v", end)
			}
		})
	}
}

// TestMetricsTellOfCalls reads the numbers that an operator watches while a call is up.
func TestMetricsTellOfCalls(t *testing.T) {
	checkLeaks(t)
	b := newBridge(t, bridgeOptions{})
	call := b.dial("attendant", phone.Options{})
	morePackets(t, call.Recorder(), 25)
	res, err := http.Get(b.app.URL() + "/metrics")
	must(t, err)
	text, err := io.ReadAll(res.Body)
	must(t, err)
	must(t, res.Body.Close())
	http.DefaultClient.CloseIdleConnections()
	for _, want := range []string{
		"partyline_calls 1\n", "partyline_sip_invites_total 1\n", "partyline_ready 1\n", "partyline_meetings 0\n",
		`partyline_rtp_port_pairs{state="used"} 1`, `partyline_rtp_packets_total{direction="out"}`, "partyline_mixer_tick_seconds_bucket",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q among the metrics", want)
		}
	}
}
