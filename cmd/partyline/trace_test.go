package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
	"partyline/control/api"
)

// TestTraceOfACall: a call that is over can still be read, as JSON and as a ladder, with what was counted of its RTP.
func TestTraceOfACall(t *testing.T) {
	checkLeaks(t)
	b := newBridge(t, bridgeOptions{})
	m, _ := b.meeting(bridgeapi.NewMeeting{})
	call := b.dial(m.AccessCode, phone.Options{})
	b.participant(m, call, inMainRoom)
	var legs api.Page[api.LegState]
	must(t, json.Unmarshal(b.read(t, "/v1/legs", ""), &legs))
	id := string(legs.Items[0].ID)
	var trace api.CallTrace
	await(t, "packets are counted while the call lasts", func() error {
		err := json.Unmarshal(b.read(t, "/v1/legs/"+id+"/trace", ""), &trace)
		if err == nil && trace.Legs[0].RTP.PacketsOut == 0 {
			err = errors.New("none yet")
		}
		return err
	})
	must(t, b.hangUp(call))
	await(t, "the call is over", func() error {
		err := json.Unmarshal(b.read(t, "/v1/legs/"+id+"/trace", ""), &trace)
		if err == nil && trace.Running {
			err = errors.New("it runs")
		}
		return err
	})
	if len(trace.Legs) != 1 || trace.Legs[0].Reason != "bridge" || trace.Legs[0].RTP.PacketsOut == 0 {
		t.Errorf("legs %+v", trace.Legs)
	}
	ladder := string(b.read(t, "/v1/traces?call_id="+url.QueryEscape(trace.CallID), "text/plain"))
	for _, want := range []string{"  ---->  INVITE sip:", "  <----  SIP/2.0 200 OK", "  ---->  ACK sip:", "  <----  BYE sip:", "ended by bridge"} {
		if !strings.Contains(ladder, want) {
			t.Errorf("the ladder lacks %q:\n%s", want, ladder)
		}
	}
}

// read gets what the API answers with.
func (b *bridge) read(t *testing.T, path, accept string) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(soon(t), http.MethodGet, b.app.URL()+path, http.NoBody)
	must(t, err)
	req.Header.Set("Authorization", "Bearer "+b.app.Key())
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	body, err := io.ReadAll(res.Body)
	must(t, err)
	must(t, res.Body.Close())
	if res.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %d %s", path, res.StatusCode, body)
	}
	return body
}
