package sip

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
	"github.com/google/go-cmp/cmp"
)

// fieldsOf is a request with some headers, "Name: value" each.
func fieldsOf(lines ...string) *sipmsg.Request {
	req := sipmsg.NewRequest(sipmsg.UPDATE, sipmsg.Uri{Scheme: "sip", Host: "127.0.0.1"})
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		req.AppendHeader(sipmsg.NewHeader(name, value))
	}
	return req
}

func show(headers []sipmsg.Header) string {
	var b strings.Builder
	for _, h := range headers {
		if h.Name() != "Supported" {
			fmt.Fprintf(&b, "%s: %s\n", h.Name(), h.Value())
		}
	}
	return strings.TrimSpace(b.String())
}

// TestSessionAccepted: what a request asks for, what our 2xx says (RFC 4028 §9, Table 2).
func TestSessionAccepted(t *testing.T) {
	t.Parallel()
	const timer = "Supported: timer"
	peer, ours := SessionTimer{Expires: 600, Shared: true}, SessionTimer{Expires: 600, Shared: true, Ours: true}
	cases := map[string]struct {
		before SessionTimer
		fields []string
		want   string
		status int // 0: accepted
	}{
		"no timer over there: it is for us alone":     {want: "Session-Expires: 1800;refresher=uas"},
		"a timer, and no wish":                        {fields: []string{timer}, want: "Session-Expires: 1800;refresher=uas\nRequire: timer"},
		"under its compact names":                     {fields: []string{"k: 100rel, timer", "x: 600;refresher=uac"}, want: "Session-Expires: 600;refresher=uac\nRequire: timer"},
		"the caller refreshes":                        {fields: []string{timer, "Session-Expires: 600;refresher=uac"}, want: "Session-Expires: 600;refresher=uac\nRequire: timer"},
		"we are asked to":                             {fields: []string{timer, "Session-Expires: 600;refresher=uas"}, want: "Session-Expires: 600;refresher=uas\nRequire: timer"},
		"the choice is ours":                          {fields: []string{timer, "Session-Expires: 600"}, want: "Session-Expires: 600;refresher=uas\nRequire: timer"},
		"another parameter, in capitals":              {fields: []string{timer, "Session-Expires: 600 ; x=1 ; Refresher=UAC"}, want: "Session-Expires: 600;refresher=uac\nRequire: timer"},
		"longer than we want":                         {fields: []string{timer, "Session-Expires: 7200;refresher=uac"}, want: "Session-Expires: 1800;refresher=uac\nRequire: timer"},
		"longer than we want, and no less on the way": {fields: []string{timer, "Session-Expires: 7200", "Min-SE: 3600"}, want: "Session-Expires: 3600;refresher=uas\nRequire: timer"},
		"for ever":                          {fields: []string{timer, "Session-Expires: 4294967295"}, want: "Session-Expires: 1800;refresher=uas\nRequire: timer"},
		"a proxy asks for a caller without": {fields: []string{"Session-Expires: 600"}, want: "Session-Expires: 600;refresher=uas"},
		"who has no timer does not refresh": {fields: []string{"Session-Expires: 600;refresher=uac"}, want: "Session-Expires: 600;refresher=uas"},
		"too short, for a caller without":   {fields: []string{"Session-Expires: 10"}, want: "Session-Expires: 90;refresher=uas"},
		"the shortest":                      {fields: []string{timer, "Session-Expires: 90"}, want: "Session-Expires: 90;refresher=uas\nRequire: timer"},
		"required":                          {fields: []string{"Require: timer", "Session-Expires: 90;refresher=uac"}, want: "Session-Expires: 90;refresher=uac\nRequire: timer"},
		"too short":                         {fields: []string{timer, "Session-Expires: 89"}, status: 422},
		"not a number":                      {fields: []string{timer, "Session-Expires: soon"}, status: 400},
		"zero":                              {fields: []string{timer, "Session-Expires: 0"}, status: 400},
		"negative":                          {fields: []string{timer, "Session-Expires: -600"}, status: 400},
		"twice":                             {fields: []string{timer, "Session-Expires: 600", "Session-Expires: 700"}, status: 400},
		"a refresher who is nobody":         {fields: []string{timer, "Session-Expires: 600;refresher=me"}, status: 400},
		"Min-SE not a number":               {fields: []string{timer, "Min-SE: x"}, status: 400},
		"again, he goes on":                 {before: peer, fields: []string{timer, "Session-Expires: 600"}, want: "Session-Expires: 600;refresher=uac\nRequire: timer"},
		"again, we go on":                   {before: ours, fields: []string{timer, "Session-Expires: 600"}, want: "Session-Expires: 600;refresher=uas\nRequire: timer"},
		"again, and now he does":            {before: ours, fields: []string{timer, "Session-Expires: 600;refresher=uac"}, want: "Session-Expires: 600;refresher=uac\nRequire: timer"},
		"again, and he has forgotten that he has timers": {before: peer, want: "Session-Expires: 1800;refresher=uas"},
	}
	rules := sessionRules{want: 1800, min: 90}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, err := readSession(fieldsOf(c.fields...))
			if err == nil {
				err = rules.check(f)
			}
			if c.status != 0 {
				if err == nil || refuse(err).status != c.status {
					t.Fatalf("error %v, want %d", err, c.status)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, show(c.before.accept(f, rules, time.Now()).answer())); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// TestSessionAdopted: what we ask for, what the 2xx says, what we ask for next.
func TestSessionAdopted(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		fields []string
		want   SessionTimer
	}{
		"nothing: it is for us alone": {nil, SessionTimer{Expires: 1800, Ours: true}},
		"we refresh":                  {[]string{"Require: timer", "Session-Expires: 1800;refresher=uac"}, SessionTimer{Expires: 1800, Ours: true, Shared: true}},
		"they refresh":                {[]string{"Session-Expires: 300;refresher=uas"}, SessionTimer{Expires: 300, Shared: true}},
		"nobody is named":             {[]string{"Session-Expires: 300"}, SessionTimer{Expires: 300, Ours: true, Shared: true}},
		"shorter than there is":       {[]string{"Session-Expires: 1;refresher=uac"}, SessionTimer{Expires: 90, Ours: true, Shared: true}},
		"they take UPDATE":            {[]string{"Allow: INVITE, UPDATE"}, SessionTimer{Expires: 1800, Ours: true, Update: true}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, err := readSession(fieldsOf(c.fields...))
			if err != nil {
				t.Fatal(err)
			}
			got := SessionTimer{Expires: 1800}.adopt(f, sessionRules{want: 1800, min: 90}, time.Time{})
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestSessionSchedule(t *testing.T) {
	t.Parallel()
	for expires, want := range map[int][2]time.Duration{
		90:   {45 * time.Second, 60 * time.Second},
		96:   {48 * time.Second, 64 * time.Second},
		1800: {900 * time.Second, 1768 * time.Second},
		3:    {1500 * time.Millisecond, 2 * time.Second},
	} {
		s := SessionTimer{Expires: expires, Since: time.Unix(0, 0)}
		got := [2]time.Duration{s.refreshAt().Sub(s.Since), s.endAt().Sub(s.Since)}
		if got != want {
			t.Errorf("%d s: refreshed and ended after %v, want %v", expires, got, want)
		}
	}
}

func TestSessionRaised(t *testing.T) {
	t.Parallel()
	asked := SessionTimer{Expires: 1800}
	for min, want := range map[string]string{
		"Min-SE: 3600":       "Session-Expires: 3600\nMin-SE: 3600",
		"Min-SE: 120":        "Session-Expires: 1800\nMin-SE: 120",
		"Min-SE: 4000000000": "", // no telephone means that
		"X: 1":               "",
	} {
		f, err := readSession(fieldsOf(min))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if next, ok := asked.raise(f); ok {
			got = show(next.ask(true))
		}
		if got != want {
			t.Errorf("after %s we ask for %q, want %q", min, got, want)
		}
	}
}

// sessionBench makes a bench whose call has a session timer, from what its INVITE says.
func sessionBench(t *testing.T, lines ...string) *bench {
	b := newBench(t)
	b.leg.opt.SessionExpires = 30 * time.Minute
	b.with(b.first, lines...)
	b.reply = func(req *sipmsg.Request) *sipmsg.Response {
		if req.Method != sipmsg.UPDATE {
			return response(200)
		}
		return response(200, "Session-Expires: "+strings.Split(req.GetHeader("Session-Expires").Value(), ";")[0]+";refresher=uac", "Allow: UPDATE")
	}
	return b
}

func (b *bench) with(in *incoming, lines ...string) *incoming {
	for _, h := range fieldsOf(lines...).Headers() {
		in.req.AppendHeader(h)
	}
	return in
}

func response(status int, lines ...string) *sipmsg.Response {
	res := sipmsg.NewResponse(status, "Whatever")
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		res.AppendHeader(sipmsg.NewHeader(name, value))
	}
	return res
}

// TestHourRefreshedByUs: a call of 60 minutes whose sessions last 5; it ends because the far end does not answer any more.
func TestHourRefreshedByUs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := sessionBench(t, "Supported: timer", "Session-Expires: 300;refresher=uas", "Allow: INVITE, UPDATE")
		b.run()
		b.ack(1, "")
		time.Sleep(time.Hour + time.Second)
		synctest.Wait()
		b.mu.Lock()
		b.reply = func(*sipmsg.Request) *sipmsg.Response { return nil }
		b.mu.Unlock()
		<-b.leg.done
		want := []string{"0s 200", "0s start", "0s answered"}
		for n := range 25 {
			want = append(want, fmt.Sprintf("%s UPDATE %d", time.Duration(n+1)*150*time.Second, n+1))
		}
		gone := time.Duration(25)*150*time.Second + refreshWait
		want = append(want, gone.String()+" closed", gone.String()+" gone: no reply to the refresh of the session", gone.String()+" BYE 26",
			(gone+byeWait).String()+" forgotten")
		b.diff(t, want...)
	})
}

// TestHourRefreshedByTheFarEnd: the same, refreshed by UPDATE and re-INVITE in turn; then it stops.
func TestHourRefreshedByTheFarEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const timer = "Session-Expires: 300;refresher=uac"
		b := sessionBench(t, "Supported: timer", timer)
		b.run()
		b.ack(1, "")
		for n := range 24 {
			time.Sleep(150 * time.Second)
			seq := uint32(n + 2)
			if n%2 == 0 {
				b.post(b.with(b.request(sipmsg.UPDATE, seq, ""), "Supported: timer", timer))
			} else {
				b.post(b.with(b.request(sipmsg.INVITE, seq, testOffer), "Supported: timer", timer))
				synctest.Wait()
				b.ack(seq, "")
			}
			synctest.Wait()
		}
		<-b.leg.done
		tail := b.log[len(b.log)-4:]
		if want := []string{"1h4m28s closed", "1h4m28s gone: the session has expired", "1h4m28s BYE 1", "1h4m28s forgotten"}; !slices.Equal(tail, want) {
			t.Errorf("the end: %q, want %q", tail, want)
		}
	})
}

// TestRefreshByReinvite: the far end does not take UPDATE, so our description is said again as it was.
func TestRefreshByReinvite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := sessionBench(t, "Supported: timer", "Session-Expires: 90;refresher=uas", "Allow: INVITE, ACK, BYE")
		var offers []string
		b.reply = func(req *sipmsg.Request) *sipmsg.Response {
			if req.Method != sipmsg.INVITE {
				return response(200)
			}
			offers = append(offers, string(req.Body()))
			res := response(200, "Session-Expires: 90;refresher=uac", "Content-Type: application/sdp")
			res.SetBody([]byte(testOffer))
			return res
		}
		b.run()
		b.ack(1, "")
		time.Sleep(100 * time.Second)
		b.leg.HangUp("over")
		<-b.leg.done
		b.diff(t, "0s 200", "0s start", "0s answered", "45s INVITE 1", "45s ACK 1", "45s update", "1m30s INVITE 2", "1m30s ACK 2", "1m30s update",
			"1m40s closed", "1m40s gone: over", "1m40s BYE 3", "1m40s forgotten")
		if len(offers) != 2 || offers[0] != offers[1] || !strings.HasPrefix(offers[0], "v=0\r\no=partyline 1 1 IN IP4 127.0.0.1\r\n") {
			t.Errorf("offers: %q", offers)
		}
	})
}

// TestRefreshRefused: what a far end may answer to a refresh, and what comes of it.
func TestRefreshRefused(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		timer   bool // the far end has timers
		replies []*sipmsg.Response
		want    []string // requests of ours, in seconds
		end     string
	}{
		"no such call":                      {true, []*sipmsg.Response{response(481)}, []string{"45 UPDATE", "45 BYE"}, "no reply to the refresh of the session"},
		"nobody there, says a proxy":        {true, []*sipmsg.Response{response(408)}, []string{"45 UPDATE", "45 BYE"}, "no reply to the refresh of the session"},
		"refused for good":                  {true, []*sipmsg.Response{response(500), response(500), response(500)}, []string{"45 UPDATE", "50 UPDATE", "55 UPDATE", "60 BYE"}, "the session has expired"},
		"refused by who knows no timers":    {false, []*sipmsg.Response{response(488), response(488)}, []string{"45 UPDATE", "90 UPDATE"}, "over"},
		"too short for somebody on the way": {true, []*sipmsg.Response{response(422, "Min-SE: 120"), response(200, "Session-Expires: 120;refresher=uac")}, []string{"45 UPDATE", "45 UPDATE", "105 UPDATE"}, "over"},
		"a password that we do not have":    {true, []*sipmsg.Response{response(407), response(200, "Session-Expires: 90;refresher=uac")}, []string{"45 UPDATE", "50 UPDATE", "95 UPDATE"}, "over"},
		"no UPDATE after all":               {true, []*sipmsg.Response{response(405), response(500)}, []string{"45 UPDATE", "50 INVITE", "55 INVITE", "60 BYE"}, "the session has expired"},
		"he takes over":                     {true, []*sipmsg.Response{response(200, "Session-Expires: 90;refresher=uas")}, []string{"45 UPDATE", "105 BYE"}, "the session has expired"},
		"he does not say anything about it": {true, []*sipmsg.Response{response(200), response(200)}, []string{"45 UPDATE", "90 UPDATE"}, "over"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				lines := []string{"Session-Expires: 90;refresher=uas", "Allow: UPDATE"}
				if c.timer {
					lines = append(lines, "Supported: timer")
				}
				b := sessionBench(t, lines...)
				var got []string
				b.reply = func(req *sipmsg.Request) *sipmsg.Response {
					got = append(got, fmt.Sprintf("%.0f %s", time.Since(b.start).Seconds(), req.Method))
					if req.Method == sipmsg.BYE {
						return response(200)
					}
					n := min(len(got), len(c.replies)) - 1
					return c.replies[n]
				}
				b.run()
				b.ack(1, "")
				select {
				case <-b.leg.done:
				case <-time.After(107 * time.Second):
					b.leg.end(&End{Kind: FarEnd, Text: "over"})
					<-b.leg.done
				}
				if d := cmp.Diff(c.want, got); d != "" {
					t.Errorf("requests (-want +got):\n%s", d)
				}
				if !slices.ContainsFunc(b.log, func(s string) bool { return strings.HasSuffix(s, "gone: "+c.end) }) {
					t.Errorf("ended otherwise: %q", b.log)
				}
			})
		})
	}
}

// TestRefreshGlare: both sides change the call at once (RFC 3261 §14.1, §14.2): each gets 491, and ours is tried again after
// up to 2 s, for the far end has made the Call-ID.
func TestRefreshGlare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := sessionBench(t, "Supported: timer", "Session-Expires: 90;refresher=uas")
		inviteCame, goOn := make(chan struct{}), make(chan struct{})
		tries := 0
		b.reply = func(req *sipmsg.Request) *sipmsg.Response {
			switch tries++; {
			case req.Method != sipmsg.INVITE:
				return response(200)
			case tries == 1:
				close(inviteCame)
				<-goOn
				return response(491)
			}
			res := response(200, "Session-Expires: 90;refresher=uac", "Content-Type: application/sdp")
			res.SetBody([]byte(testOffer))
			return res
		}
		b.run()
		b.ack(1, "")
		<-inviteCame
		b.post(b.request(sipmsg.INVITE, 2, testOffer))
		b.post(b.request(sipmsg.UPDATE, 3, testOffer))
		synctest.Wait()
		close(goOn)
		time.Sleep(2 * time.Second)
		b.leg.end(endFarEnd)
		<-b.leg.done
		if tries != 2 {
			t.Errorf("%d INVITEs", tries)
		}
		if want := []string{"45s INVITE 1", "45s 491", "45s 491"}; !slices.Equal(b.log[3:6], want) {
			t.Errorf("%q, want %q", b.log[3:6], want)
		}
	})
}

// TestResumedSession goes on where another process has stopped: an end that has come meanwhile comes at once.
func TestResumedSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := sessionBench(t)
		b.leg.invite, b.leg.started = nil, true
		b.state.Dialog.Confirmed = true
		b.state.Session = SessionTimer{Expires: 90, Shared: true, Since: time.Now().Add(-50 * time.Second)}
		b.run()
		<-b.leg.done
		b.diff(t, "10s closed", "10s gone: the session has expired", "10s BYE 1", "10s forgotten")
	})
}

func TestEndExpiredSaysSo(t *testing.T) {
	t.Parallel()
	if got, want := endExpired.reason(), `SIP;cause=408;text="the session has expired"`; got != want || !endExpired.bye() {
		t.Errorf("%s, want %s", got, want)
	}
}
