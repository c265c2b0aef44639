package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
	"partyline/config"
	"partyline/mixer"
	"partyline/sip/uatest"
)

// TestBadInputHarmsNobody sends all sorts of nonsense to a bridge on which somebody talks: each gets a clear refusal or
// silence, changes nothing, and what he says goes on being heard.
func TestBadInputHarmsNobody(t *testing.T) {
	realAudio(t)
	checkLeaks(t)
	b := newBridge(t, bridgeOptions{
		sip: []string{"udp:127.0.0.1:0", "tcp:127.0.0.1:0"},
		change: func(cfg *config.Config) {
			cfg.Limits.Calls, cfg.Limits.CallsPerSecond, cfg.Limits.RequestBodyBytes = 30, 40, 1<<20
		},
	})
	v := newVictim(b)
	for _, attack := range []struct {
		name string
		do   func()
	}{
		{"malformed SIP over UDP", v.malformedUDP},
		{"malformed SIP over TCP", v.malformedTCP},
		{"no common codec", v.noCodec},
		{"a flood of INVITEs", v.flood},
		{"wrong RTP from the right source", v.wrongRTP},
		{"RTP from elsewhere", v.foreignRTP},
		{"wrong requests to the API", v.wrongRequests},
		{"an endless body", v.endlessBody},
	} {
		from, before := v.listener.Recorder().Pos(), b.strain()
		attack.do()
		v.goesOn(attack.name, from, before)
	}
	if db := loudestTone(v.listener.Recorder(), foreignHz, victimAmplitude); db > -30 {
		t.Errorf("what was smuggled in is heard at %.1f dB", db)
	}
	if diff := cmp.Diff(v.before, v.state()); diff != "" {
		t.Errorf("the meeting has changed:\n%s", diff)
	}
	b.continuous(v.listener)
}

const (
	victimHz, foreignHz = 1000, 2100
	victimAmplitude     = 4000
)

// victim is a meeting in which one talks and one listens. What the talker sends comes by way of a relay, so that a test can
// send as he would.
type victim struct {
	*bridge
	meeting          bridgeapi.Meeting
	rooms            []bridgeapi.Room
	way              *relay
	talker, listener *phone.Call
	before           map[string]any
}

func newVictim(b *bridge) *victim {
	b.t.Helper()
	v := &victim{bridge: b, way: newRelay(b.t, badNetwork{})}
	v.meeting, v.rooms = b.meeting(bridgeapi.NewMeeting{}, "Red", "Blue")
	v.listener = b.dial(v.meeting.AccessCode, phone.Options{Record: 60 * time.Second})
	v.talker = b.dial(v.meeting.AccessCode, phone.Options{Source: phone.Tone(victimHz, victimAmplitude), Relay: v.way.to})
	b.participant(v.meeting, v.listener, inMainRoom)
	b.participant(v.meeting, v.talker, inMainRoom)
	await(b.t, "tone", func() error { return hearsTone(v.listener.Recorder(), 0, victimHz, victimAmplitude) })
	v.before = v.state()
	return v
}

// state is all that the API shows of the meeting.
func (v *victim) state() map[string]any {
	v.t.Helper()
	all := map[string]any{}
	for _, part := range []string{"", "/rooms", "/participants", "/help-requests", "/broadcasts"} {
		var shown any
		must(v.t, v.api.Do(soon(v.t), "GET", "/v1/meetings/"+v.meeting.ID+part, nil, &shown))
		all[part] = shown
	}
	return all
}

// goesOn waits until the talker is heard after an attack, and looks whether he was heard while it went on. Where the
// machine had no time for the mixer or the telephones, that is not held against the bridge.
func (v *victim) goesOn(what string, from int64, before strain) {
	v.t.Helper()
	rec := v.listener.Recorder()
	after, strained := rec.Pos(), v.strain().since(before)
	await(v.t, "tone after "+what, func() error { return hearsTone(rec, after, victimHz, victimAmplitude) })
	heard, all := 0, 0
	for at := from; at+1600 < after; at += 1600 {
		all++
		if toneDB(rec.Range(at, at+1600), victimHz, victimAmplitude) > -6 {
			heard++
		}
	}
	switch {
	case heard >= all*3/4:
	case strained:
		v.t.Logf("%s: this machine is busy: the talker was heard in %d of %d stretches of 200 ms", what, heard, all)
	default:
		v.t.Errorf("%s: the talker was heard in %d of %d stretches of 200 ms meanwhile", what, heard, all)
	}
}

// strain is how the mixer and the telephones have kept time so far.
type strain struct {
	mixer mixer.Counters
	pace  phone.PacerStats
}

func (b *bridge) strain() strain { return strain{b.app.engine.Counters(), b.set.Stats()} }

// since says whether since then one in twenty came late.
func (s strain) since(then strain) bool {
	late := s.mixer.LateTicks + s.mixer.SkippedTicks - then.mixer.LateTicks - then.mixer.SkippedTicks
	s.pace.Late.Subtract(&then.pace.Late)
	return late*20 > s.mixer.Ticks-then.mixer.Ticks || s.pace.Late.Quantile(0.95) > 5*time.Millisecond
}

// tortures are the messages of RFC 4475 that no call comes of.
func tortures(t *testing.T) (all [][]byte) {
	t.Helper()
	text, err := os.ReadFile("../../sip/guard/testdata/rfc4475.txt")
	must(t, err)
	for part := range strings.SplitSeq(string(text), "\n=== ") {
		title, message, _ := strings.Cut(part, "\n")
		if strings.HasSuffix(title, " 200") && strings.HasPrefix(message, "INVITE") || len(all) == 0 && !strings.Contains(title, ",") {
			continue
		}
		all = append(all, []byte(strings.ReplaceAll(message, "\n", "\r\n")+"\r\n"))
	}
	if len(all) < 40 {
		t.Fatalf("%d messages", len(all))
	}
	return all
}

// nonsense is a request that has been damaged in many ways, and bytes that never were one.
func nonsense(request []byte) (all [][]byte) {
	random := rand.New(rand.NewPCG(4475, 0))
	for range 200 {
		damaged := slices.Clone(request)
		for range 1 + random.IntN(20) {
			damaged[random.IntN(len(damaged))] = byte(random.Uint32())
		}
		junk := make([]byte, random.IntN(1400))
		for i := range junk {
			junk[i] = byte(random.Uint32())
		}
		all = append(all, damaged, damaged[:random.IntN(len(damaged))], junk)
	}
	return append(all, bytes.Repeat([]byte("INVITE "), 8000), bytes.Repeat([]byte{0}, 1400), []byte("\r\n\r\n"), nil)
}

func (v *victim) malformedUDP() {
	v.t.Helper()
	stranger := uatest.NewPhone(v.t, v.app.SIPAddrs()[0])
	defer stranger.Close()
	options := stranger.Call("x").Request("OPTIONS", "")
	for some := range slices.Chunk(append(tortures(v.t), nonsense(options.Bytes())...), 8) {
		for _, message := range some {
			stranger.SendRaw(message)
		}
		again := stranger.Call("x").Request("OPTIONS", "")
		stranger.Send(again)
		stranger.Expect(again, 200)
	}
	if n := v.app.ua.Stats().Calls; n != 2 {
		v.t.Errorf("%d calls", n)
	}
}

func (v *victim) malformedTCP() {
	v.t.Helper()
	addr := v.app.SIPAddrs()[1].String()
	stranger := uatest.NewPhone(v.t, v.app.SIPAddrs()[1])
	options := stranger.Call("x").Request("OPTIONS", "").Bytes()
	stranger.Close()
	for _, message := range append(tortures(v.t), nonsense(options)[:60]...) {
		conn, err := net.Dial("tcp", addr)
		must(v.t, err)
		_, _ = conn.Write(message) // the bridge may hang up in the middle of it
		must(v.t, conn.Close())
	}
	again := uatest.NewPhone(v.t, v.app.SIPAddrs()[1])
	defer again.Close()
	request := again.Call("x").Request("OPTIONS", "")
	again.Send(request)
	again.Expect(request, 200)
}

func (v *victim) noCodec() {
	v.t.Helper()
	stranger := uatest.NewPhone(v.t, v.app.SIPAddrs()[0])
	defer stranger.Close()
	for _, offer := range []string{uatest.Offer(4000, "9 18"), "v=0\r\n", "no description at all", uatest.Offer(0, "0")} {
		call := stranger.Call(v.meeting.AccessCode)
		refused := stranger.Response(call.Invite(offer))
		call.AckRefusal(refused)
		if s := refused.Status(); s < 400 || s > 499 {
			v.t.Errorf("%q is answered with %s", offer, refused.Start)
		}
	}
}

// flood sends many more calls than the bridge may take: it takes as many as it may, and refuses the others with 503 and a
// time to come back.
func (v *victim) flood() {
	v.t.Helper()
	stranger := uatest.NewPhone(v.t, v.app.SIPAddrs()[0])
	defer stranger.Close()
	var answered []*uatest.Call
	refused := 0
	for range 40 {
		calls := make([]*uatest.Call, 15)
		requests := make([]*uatest.Message, len(calls))
		for i := range calls {
			calls[i] = stranger.Call("attendant")
			requests[i] = calls[i].Invite(uatest.Offer(40000, "0 101"))
		}
		for i, call := range calls {
			switch res := stranger.Response(requests[i]); {
			case res.Status() == 503 && res.Get("Retry-After") != "":
				call.AckRefusal(res)
				refused++
			case res.Status() == 200:
				call.RemoteTag, call.Target = res.Tag("To"), strings.Trim(res.Get("Contact"), "<>")
				call.Ack("")
				answered = append(answered, call)
			default:
				v.t.Fatalf("a call is answered with %s, Retry-After %q", res.Start, res.Get("Retry-After"))
			}
		}
	}
	if len(answered) > 28 || len(answered)+refused != 600 {
		v.t.Errorf("of a flood %d calls were taken and %d refused", len(answered), refused)
	}
	for _, call := range answered {
		call.Bye()
	}
	await(v.t, "end of the flood", func() error {
		if n := v.app.ua.Stats().Calls; n != 2 {
			return fmt.Errorf("%d calls", n)
		}
		return nil
	})
}

// smuggled is RTP with a tone that nobody must hear.
func smuggled(payloadType uint8, n, size int) []byte {
	payload := make([]byte, size)
	for i := range payload {
		payload[i] = byte(128 + 100*math.Sin(2*math.Pi*foreignHz*float64(i)/phone.Rate))
	}
	return rtp(payloadType, uint16(n), uint32(160*n), false, payload)
}

func (v *victim) wrongRTP() {
	v.t.Helper()
	before := v.legStats(v.talker)
	v.way.mu.Lock()
	to := v.way.bridge
	v.way.mu.Unlock()
	const each = 40
	for n := range each {
		morePackets(v.t, v.listener.Recorder(), 1) // the next frame, so that the kernel need not drop any
		for _, p := range [][]byte{
			smuggled(96, n, 160),                             // a payload type that was not agreed on
			smuggled(0, n, 0),                                // nothing in it
			smuggled(0, n, 900),                              // more than a telephone sends
			smuggled(0, n, 160)[:11],                         // half a header
			append([]byte{0x40}, smuggled(0, n, 160)[1:]...), // version 1
			bytes.Repeat([]byte{0xFF}, 2000),
		} {
			_, err := v.way.far.WriteToUDPAddrPort(p, to)
			must(v.t, err)
		}
	}
	await(v.t, "count of what was dropped", func() error {
		now := v.legStats(v.talker)
		payload, invalid := now.WrongPayload-before.WrongPayload, now.Invalid-before.Invalid
		if payload < each || invalid < 5*each {
			return fmt.Errorf("%d of a wrong payload type, %d invalid", payload, invalid)
		}
		return nil
	})
	if now := v.legStats(v.talker); now.SSRCChanges != before.SSRCChanges {
		v.t.Error("nonsense was taken for another stream")
	}
}

func (v *victim) foreignRTP() {
	v.t.Helper()
	before := v.legStats(v.talker)
	v.way.mu.Lock()
	to := v.way.bridge
	v.way.mu.Unlock()
	for _, source := range []string{"127.0.0.1:0", "127.0.0.2:0"} {
		conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort(source)))
		if err != nil {
			v.t.Logf("no socket on %s: %v", source, err)
			continue
		}
		for n := range 200 {
			_, err := conn.WriteToUDPAddrPort(smuggled(0, n, 160), to)
			must(v.t, err)
		}
		must(v.t, conn.Close())
	}
	await(v.t, "count of what was dropped", func() error {
		if n := v.legStats(v.talker).WrongSource - before.WrongSource; n < 100 {
			return fmt.Errorf("%d of a wrong source", n)
		}
		return nil
	})
}

// wrongRequests are refused, each with the status that fits, and change nothing.
func (v *victim) wrongRequests() {
	v.t.Helper()
	other, rooms := v.meetingOfOthers()
	long := strings.Repeat("x", 10_000)
	me := v.participant(v.meeting, v.talker, nil).ID
	base := "/v1/meetings/" + v.meeting.ID
	for _, r := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/v1/meetings", `{`, 400},
		{"POST", "/v1/meetings", `[]`, 422},
		{"POST", "/v1/meetings", `{"title":"a","titel":"b"}`, 422},
		{"POST", "/v1/meetings", `{"title":"` + long + `"}`, 422},
		{"POST", "/v1/meetings", `{"title":7}`, 422},
		{"POST", base + "/rooms", `{"name":"` + long + `"}`, 422},
		{"POST", base + "/rooms", `{"name":"Red"}`, 409},
		{"POST", base + "/rooms", `{"count":301}`, 422},
		{"POST", base + "/rooms", `{"count":299}`, 409},
		{"PATCH", base + "/rooms/" + v.rooms[1].ID, `{"name":"Red"}`, 409},
		{"PATCH", base + "/rooms/" + rooms[0].ID, `{"name":"Green"}`, 404},
		{"DELETE", base + "/rooms/" + rooms[0].ID, ``, 404},
		{"PUT", base + "/participants/" + me + "/assignment", `{"room":"` + rooms[0].ID + `"}`, 404},
		{"POST", base + "/participants/" + me + "/move", `{"room":"` + rooms[0].ID + `"}`, 404},
		{"POST", "/v1/meetings/" + other.ID + "/participants/" + me + "/move", `{"room":"` + rooms[0].ID + `"}`, 404},
		{"POST", base + "/breakouts/stop", ``, 409},
		{"POST", base + "/broadcasts", `{"audio":"aud_none"}`, 404},
		{"POST", base + "/audio", `not a recording`, 415},
		{"GET", "/v1/meetings/mtg_none", ``, 404},
		{"GET", base + "/rooms?limit=abc", ``, 422},
		{"TRACE", base, ``, 405},
	} {
		status, problem := v.request(r.method, r.path, strings.NewReader(r.body))
		if status != r.status || problem.Code == "" || problem.Detail == "" {
			v.t.Errorf("%s %s %.40s: %d %+v, want %d", r.method, r.path, r.body, status, problem, r.status)
		}
	}
}

// meetingOfOthers has as many rooms as a meeting may have: another one is refused.
func (v *victim) meetingOfOthers() (bridgeapi.Meeting, []bridgeapi.Room) {
	v.t.Helper()
	m, rooms := v.bridge.meeting(bridgeapi.NewMeeting{Title: "Others"}, numbered(300)...)
	status, problem := v.request("POST", "/v1/meetings/"+m.ID+"/rooms", strings.NewReader(`{"name":"one more"}`))
	if status != 409 || problem.Code != "limit_reached" {
		v.t.Errorf("the 301st room: %d %+v", status, problem)
	}
	return m, rooms
}

// problem is what an error answer says (RFC 9457).
type problem struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

func (v *victim) request(method, path string, body io.Reader) (status int, p problem) {
	v.t.Helper()
	req, err := http.NewRequestWithContext(soon(v.t), method, v.app.URL()+path, body)
	must(v.t, err)
	req.Header.Set("Authorization", "Bearer "+v.app.Key())
	req.Header.Set("Content-Type", "application/json")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	must(v.t, err)
	text, err := io.ReadAll(res.Body)
	must(v.t, errors.Join(err, res.Body.Close()))
	if err := json.Unmarshal(text, &p); err != nil {
		v.t.Errorf("%s %s is answered with %.100q", method, path, text)
	}
	return res.StatusCode, p
}

// endlessBody sends a body that would have a gigabyte: the bridge answers long before, and takes no more.
func (v *victim) endlessBody() {
	v.t.Helper()
	body := &endless{left: 1 << 30}
	status, problem := v.request("POST", "/v1/meetings", body)
	if status != http.StatusRequestEntityTooLarge || problem.Code == "" {
		v.t.Errorf("an endless body: %d %+v", status, problem)
	}
	if sent := 1<<30 - body.left; sent > 64<<20 {
		v.t.Errorf("the bridge took %d bytes", sent)
	}
}

// endless is a body without a length.
type endless struct{ left int }

// Read gives blanks, which JSON may begin with.
func (e *endless) Read(p []byte) (int, error) {
	n := min(len(p), e.left)
	for i := range p[:n] {
		p[i] = ' '
	}
	if e.left -= n; n == 0 {
		return 0, io.EOF
	}
	return n, nil
}
