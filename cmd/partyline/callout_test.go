package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
	"partyline/config"
	"partyline/control"
	"partyline/mixer/media"
)

// callState is a call out as the API shows it.
type callState struct {
	ID, State, Outcome, Reason, Number, Name, Participant, Leg string
}

// localTelephones lets a bridge call telephones on this machine.
func localTelephones(cfg *config.Config) {
	cfg.DialOut.Hosts = []config.Prefix{{Prefix: netip.MustParsePrefix("127.0.0.0/8")}}
}

// callOut has the bridge call.
func (b *bridge) callOut(m bridgeapi.Meeting, body map[string]any) (c callState) {
	b.t.Helper()
	must(b.t, b.api.Do(soon(b.t), "POST", "/v1/meetings/"+m.ID+"/calls", body, &c))
	return c
}

// becomes waits until a call is in a state, with an outcome if it has ended.
func (b *bridge) becomes(m bridgeapi.Meeting, c callState, want string) (now callState) {
	b.t.Helper()
	await(b.t, "call", func() error {
		if err := b.api.Do(b.t.Context(), "GET", "/v1/meetings/"+m.ID+"/calls/"+c.ID, nil, &now); err != nil {
			return err
		}
		if strings.TrimSpace(now.State+" "+now.Outcome) != want {
			return fmt.Errorf("the call is %+v, not %s", now, want)
		}
		return nil
	})
	return now
}

// incoming hands over the calls that come to the telephones of a bridge's test.
func (b *bridge) incoming() <-chan *phone.Incoming {
	calls := make(chan *phone.Incoming)
	b.set.OnCall(func(i *phone.Incoming) {
		select {
		case calls <- i:
		case <-b.t.Context().Done():
		}
	})
	return calls
}

func (b *bridge) next(calls <-chan *phone.Incoming) *phone.Incoming {
	b.t.Helper()
	select {
	case i := <-calls:
		return i
	case <-soon(b.t).Done():
		b.t.Fatal("nobody calls")
		return nil
	}
}

// uri is a telephone of the bridge's test.
func (b *bridge) uri(user string) string { return fmt.Sprintf("sip:%s@%s", user, b.set.Addr()) }

// TestCalleeComesIntoABreakout: before he presses 1 he hears nobody and nobody hears him, then those of his room alone.
func TestCalleeComesIntoABreakout(t *testing.T) {
	realAudio(t)
	t.Parallel()
	b := newBridge(t, bridgeOptions{change: localTelephones})
	m, rooms := b.meeting(bridgeapi.NewMeeting{}, "Red", "Blue")
	ann, bob, eve := newTalker(600), newTalker(1000), newTalker(1700)
	annCall := b.dial(m.AccessCode, phone.Options{Source: ann, Record: 30 * time.Second})
	bobCall := b.dial(m.AccessCode, phone.Options{Source: bob, Record: 30 * time.Second})
	for call, room := range map[*phone.Call]string{annCall: rooms[0].ID, bobCall: rooms[1].ID} {
		must(t, b.api.Assign(soon(t), m.ID, b.participant(m, call, inMainRoom).ID, room))
	}
	must(t, b.api.StartBreakouts(soon(t), m.ID))
	b.participant(m, annCall, inRoom(rooms[0].ID))
	b.participant(m, bobCall, inRoom(rooms[1].ID))

	calls := b.incoming()
	c := b.callOut(m, map[string]any{"to": b.uri("eve"), "name": "Eve", "room": rooms[0].ID})
	in := b.next(calls)
	in.Ring()
	b.becomes(m, c, "ringing")
	eveCall, err := in.Answer(phone.Options{Source: eve, Record: 30 * time.Second})
	must(t, err)
	b.becomes(m, c, "answered")
	await(t, "a second of what Eve hears", func() error {
		if n := eveCall.Recorder().Pos(); n < phone.Rate {
			return fmt.Errorf("%d samples", n)
		}
		return nil
	})
	hears := func(call *phone.Call, from int64, who *talker, want bool) {
		t.Helper()
		sound := call.Recorder().Range(from, call.Recorder().Pos())
		if db := toneDB(sound, who.hz, who.amplitude); (db > -20) != want || !want && db > -50 {
			t.Errorf("hears %.0f Hz at %.1f dB, wanted %t", who.hz, db, want)
		}
	}
	for call, strangers := range map[*phone.Call][]*talker{eveCall: {ann, bob}, annCall: {eve, bob}, bobCall: {eve, ann}} {
		for _, who := range strangers {
			hears(call, call.Recorder().Pos()-phone.Rate, who, false)
		}
	}
	must(t, eveCall.SendDigits(soon(t), "1"))
	b.becomes(m, c, "joined")
	if p := b.participant(m, eveCall, inRoom(rooms[0].ID)); p.Name != "Eve" || p.ID != c.Participant || p.Role != "audience" {
		t.Errorf("%+v", p)
	}
	from, annFrom, bobFrom := eveCall.Recorder().Pos(), annCall.Recorder().Pos(), bobCall.Recorder().Pos()
	await(t, "Ann's tone at Eve", func() error { return hearsTone(eveCall.Recorder(), from, ann.hz, ann.amplitude) })
	await(t, "Eve's tone at Ann", func() error { return hearsTone(annCall.Recorder(), annFrom, eve.hz, eve.amplitude) })
	hears(eveCall, from, bob, false)
	hears(bobCall, bobFrom, eve, false)

	var legs struct {
		Items []struct{ ID, Direction, Number string }
	}
	must(t, b.api.Do(soon(t), "GET", "/v1/legs", nil, &legs))
	for _, l := range legs.Items {
		if (l.Direction == "outbound") != (l.ID == c.Leg) {
			t.Errorf("%+v", l)
		}
	}
	must(t, eveCall.Hold(soon(t), media.Inactive))
	must(t, eveCall.Resume(soon(t)))
	must(t, b.api.Do(soon(t), "DELETE", "/v1/meetings/"+m.ID+"/calls/"+c.ID, nil, nil))
	<-eveCall.Done()
	b.becomes(m, c, "ended hung_up")
}

// TestCalleeDoesNotComeIn: every way of not coming in, and what the API says of it.
func TestCalleeDoesNotComeIn(t *testing.T) {
	realAudio(t)
	t.Parallel()
	b := newBridge(t, bridgeOptions{change: func(cfg *config.Config) {
		localTelephones(cfg)
		cfg.DialOut.Ring.Duration = 2 * time.Second
		cfg.DialOut.PerMinute = 1000
	}})
	m, _ := b.meeting(bridgeapi.NewMeeting{})
	err := b.api.Do(soon(t), "POST", "/v1/meetings/"+m.ID+"/calls", map[string]any{"to": "sip:bridge@" + b.sipAddr("udp")}, nil)
	if p, ok := errors.AsType[*bridgeapi.Problem](err); !ok || p.Status != 403 {
		t.Errorf("the bridge calls itself: %v", err)
	}
	calls := b.incoming()
	answer := func(in *phone.Incoming) *phone.Call {
		call, err := in.Answer(phone.Options{})
		must(t, err)
		return call
	}
	for name, tt := range map[string]struct {
		act  func(c callState, in *phone.Incoming)
		want string
	}{
		"busy":       {func(_ callState, in *phone.Incoming) { in.Refuse(486, "Busy Here") }, "ended busy"},
		"declined":   {func(_ callState, in *phone.Incoming) { in.Refuse(603, "Decline") }, "ended declined"},
		"redirected": {func(_ callState, in *phone.Incoming) { in.Refuse(302, "Moved Temporarily") }, "ended failed"},
		"no answer":  {func(_ callState, in *phone.Incoming) { in.Ring(); <-in.Cancelled }, "ended no_answer"},
		"taken back": {func(c callState, in *phone.Incoming) {
			in.Ring()
			must(t, b.api.Do(soon(t), "DELETE", "/v1/meetings/"+m.ID+"/calls/"+c.ID, nil, nil))
			<-in.Cancelled
		}, "ended cancelled"},
		"hangs up": {func(c callState, in *phone.Incoming) {
			call := answer(in)
			b.becomes(m, c, "answered")
			must(t, call.Hangup(soon(t)))
		}, "ended declined"},
		"presses 2": {func(c callState, in *phone.Incoming) {
			call := answer(in)
			b.becomes(m, c, "answered")
			must(t, call.SendDigits(soon(t), "2"))
			<-call.Done()
		}, "ended declined"},
		"an answering machine": {func(_ callState, in *phone.Incoming) {
			call := answer(in)
			<-call.Done()
			if err, ok := errors.AsType[*phone.End](call.Err()); !ok || !strings.Contains(err.Reason, "invitation not confirmed") {
				t.Errorf("ended with %v", call.Err())
			}
		}, "ended not_confirmed"},
	} {
		c := b.callOut(m, map[string]any{"to": b.uri("eve")})
		tt.act(c, b.next(calls))
		now := b.becomes(m, c, tt.want)
		if people, err := b.api.Participants(soon(t), m.ID); err != nil || len(people) != 0 {
			t.Errorf("%s: %+v, %v", name, people, err)
		}
		if now.Number != fmt.Sprintf("sip:eve@%s", b.set.Addr()) {
			t.Errorf("%s: %+v", name, now)
		}
	}
	await(t, "the end of all calls", func() error {
		if n := b.app.registry.Stats().CallsOut; n != 0 {
			return fmt.Errorf("%d calls", n)
		}
		return nil
	})
	text, err := b.api.Fetch(soon(t), "/metrics")
	must(t, err)
	for _, want := range []string{`partyline_calls_out_total{outcome="declined"} 3`, `partyline_calls_out_total{outcome="busy"} 1`, "partyline_calls_out 0"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
}

// countingTrunk counts the calls that come to it, and lets them ring.
type countingTrunk struct {
	conn    net.PacketConn
	invites sync.Map // by Call-ID
	count   atomic.Int64
	wrong   atomic.Pointer[string]
}

func newCountingTrunk(t *testing.T, allowed string) *countingTrunk {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	must(t, err)
	trunk := &countingTrunk{conn: conn}
	var reading sync.WaitGroup
	reading.Go(func() { trunk.read(allowed) })
	t.Cleanup(func() { must(t, conn.Close()); reading.Wait() })
	return trunk
}

func (c *countingTrunk) read(allowed string) {
	buf := make([]byte, 65536)
	for {
		n, from, err := c.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		text := string(buf[:n])
		header := func(name string) string {
			_, rest, _ := strings.Cut(text, "\r\n"+name+": ")
			value, _, _ := strings.Cut(rest, "\r\n")
			return value
		}
		status := "180 Ringing"
		switch {
		case strings.HasPrefix(text, "INVITE "):
			if _, again := c.invites.LoadOrStore(header("Call-ID"), true); !again {
				c.count.Add(1)
			}
			if !strings.HasPrefix(text, "INVITE sip:"+allowed) {
				c.wrong.Store(&text)
			}
		case strings.HasPrefix(text, "CANCEL "):
			c.reply(from, header, "200 OK", header("CSeq"))
			c.reply(from, header, "487 Request Terminated", strings.Replace(header("CSeq"), "CANCEL", "INVITE", 1))
			continue
		default:
			continue
		}
		c.reply(from, header, status, header("CSeq"))
	}
}

func (c *countingTrunk) reply(to net.Addr, header func(string) string, status, cseq string) {
	text := fmt.Sprintf("SIP/2.0 %s\r\nVia: %s\r\nFrom: %s\r\nTo: %s;tag=trunk\r\nCall-ID: %s\r\nCSeq: %s\r\nContact: <sip:trunk@%s>\r\nContent-Length: 0\r\n\r\n",
		status, header("Via"), header("From"), header("To"), header("Call-ID"), cseq, c.conn.LocalAddr())
	_, _ = c.conn.WriteTo([]byte(text), to) // a trunk that has gone answers nothing
}

// callsBy lets a bridge call numbers in Berlin by a trunk.
func callsBy(trunk *countingTrunk, more func(*config.DialOut)) func(*config.Config) {
	return func(cfg *config.Config) {
		cfg.SIP.Trunks = []config.Trunk{{
			Name: "carrier", Addresses: []config.Prefix{{Prefix: netip.MustParsePrefix("127.0.0.1/32")}},
			Outbound: config.Outbound{Host: trunk.conn.LocalAddr().String(), Domain: "sip.example.net", CallerID: "+4930500"},
		}}
		cfg.DialOut.Allow = []string{"+4930"}
		cfg.DialOut.PerMinute, cfg.DialOut.PerHour, cfg.DialOut.PerDay, cfg.DialOut.MeetingPerDay = 10_000, 10_000, 10_000, 10_000
		more(&cfg.DialOut)
	}
}

// TestNoCallLeavesTheAllowList: of 10,000 made-up destinations none reaches the trunk that is not allowed.
func TestNoCallLeavesTheAllowList(t *testing.T) {
	checkLeaks(t)
	trunk := newCountingTrunk(t, "+4930")
	b := newBridge(t, bridgeOptions{log: slog.New(slog.DiscardHandler), change: callsBy(trunk, func(d *config.DialOut) {
		d.Parallel, d.MeetingParallel = 10_000, 50
	})})
	m, _ := b.meeting(bridgeapi.NewMeeting{})
	meeting, err := b.app.registry.Meeting(control.MeetingID(m.ID))
	must(t, err)
	rnd, made := rand.New(rand.NewPCG(4, 2)), 0
	for i := range 10_000 {
		to := destination(rnd)
		if i%200 == 0 {
			to = fmt.Sprintf("+49 30 %06d", i)
		}
		if _, err := meeting.Do(t.Context(), control.CallOut{To: to}, control.Meta{Actor: "test"}); err == nil {
			made++
		}
	}
	if made < 40 || made > 50 {
		t.Errorf("%d calls were made", made)
	}
	await(t, "the calls", func() error {
		if n := trunk.count.Load(); n != int64(made) {
			return fmt.Errorf("%d INVITEs for %d calls", n, made)
		}
		return nil
	})
	if wrong := trunk.wrong.Load(); wrong != nil {
		t.Errorf("this was called:\n%s", *wrong)
	}
	must(t, b.api.DeleteMeeting(soon(t), m.ID))
}

// destination is made up of what fraud is made of.
func destination(rnd *rand.Rand) string {
	junk := make([]byte, rnd.IntN(8))
	for i := range junk {
		junk[i] = byte(rnd.IntN(256))
	}
	number := fmt.Sprint(rnd.Uint64())[:6+rnd.IntN(6)]
	return []string{
		"+49" + number, "+4930" + number + ";ext=1", "+4930" + number + "@evil.example", "+4930" + number + "\r\nX: y", "+4930" + number + "?Route=sip:x", "+881" + number,
		"sip:+4930" + number + "@127.0.0.1", "sip:" + number + "@192.0.2.1", "tel:+4930" + number, "+44" + number, "00" + number, number, "+4930%30" + number, hex.EncodeToString(junk), string(junk),
		"+49900" + number, "+1900" + number, "sips:a@127.0.0.1", "+4930" + number + ",,900", "+4930" + string(junk),
	}[rnd.IntN(20)]
}

// TestCapsAreExact: however many ask at a time, no more calls leave than are allowed.
func TestCapsAreExact(t *testing.T) {
	checkLeaks(t)
	trunk := newCountingTrunk(t, "+4930")
	b := newBridge(t, bridgeOptions{log: slog.New(slog.DiscardHandler), change: callsBy(trunk, func(d *config.DialOut) {
		d.Parallel, d.MeetingParallel = 17, 5
	})})
	var meetings []bridgeapi.Meeting
	for range 5 {
		m, _ := b.meeting(bridgeapi.NewMeeting{})
		meetings = append(meetings, m)
	}
	var made atomic.Int64
	eachOf(t, 200, func(i int) error {
		err := b.api.Do(soon(t), "POST", "/v1/meetings/"+meetings[i%5].ID+"/calls", map[string]any{"to": fmt.Sprintf("+4930%05d", i)}, nil)
		if p, ok := errors.AsType[*bridgeapi.Problem](err); ok && p.Status == 409 {
			return nil
		}
		made.Add(1)
		return err
	})
	if made.Load() != 17 {
		t.Errorf("%d calls were made", made.Load())
	}
	await(t, "the calls", func() error {
		if n := trunk.count.Load(); n != 17 {
			return fmt.Errorf("%d INVITEs", n)
		}
		return nil
	})
	for _, m := range meetings {
		must(t, b.api.DeleteMeeting(soon(t), m.ID))
	}
	await(t, "their end", func() error {
		if n := b.app.registry.Stats().CallsOut; n != 0 {
			return fmt.Errorf("%d calls", n)
		}
		return nil
	})
}

// TestSIPpIsCalled: Debian's sip-tester as whoever is called, who never presses a key.
func TestSIPpIsCalled(t *testing.T) {
	sipp, err := exec.LookPath("sipp")
	if err != nil {
		missing(t, "sipp is not installed: apt-get install sip-tester")
	}
	realAudio(t)
	checkLeaks(t)
	b := newBridge(t, bridgeOptions{change: localTelephones})
	m, _ := b.meeting(bridgeapi.NewMeeting{})
	at := freeAddr(t, "udp")
	cmd := exec.CommandContext(t.Context(), sipp, "-sn", "uas", "-i", "127.0.0.1", "-p", at[strings.LastIndex(at, ":")+1:], "-m", "1", "-nostdin", "-timeout", "60s", "-timeout_error", "-mp", mediaPort(t))
	cmd.Dir, cmd.Stdout, cmd.Stderr = t.TempDir(), t.Output(), t.Output()
	must(t, cmd.Start())
	t.Cleanup(func() { endProgram(cmd) })
	c := b.callOut(m, map[string]any{"to": "sip:service@" + at})
	b.becomes(m, c, "answered")
	must(t, b.api.Do(soon(t), "DELETE", "/v1/meetings/"+m.ID+"/calls/"+c.ID, nil, nil))
	b.becomes(m, c, "ended cancelled")
	if err := cmd.Wait(); err != nil {
		t.Errorf("sipp: %v", err)
	}
}

// TestBaresipIsCalled: a softphone answers, presses 1, and is in the meeting.
func TestBaresipIsCalled(t *testing.T) {
	baresip, err := exec.LookPath("baresip")
	if err != nil {
		missing(t, "baresip is not installed: apt-get install baresip-core")
	}
	modules := baresipModules(t, baresip)
	realAudio(t)
	checkLeaks(t)
	b := newBridge(t, bridgeOptions{change: localTelephones})
	m, _ := b.meeting(bridgeapi.NewMeeting{})
	cmd, softphone := startBaresip(t, baresip, modules, baresipOptions{})
	c := b.callOut(m, map[string]any{"to": "sip:alice@" + softphone.sip})
	softphone.await("CALL_INCOMING")
	b.becomes(m, c, "ringing")
	softphone.do("accept", "")
	softphone.await("CALL_ESTABLISHED")
	b.becomes(m, c, "answered")
	softphone.do("sndcode", "1")
	softphone.do("sndcode", "\x04")
	b.becomes(m, c, "joined")
	inMainRoomOf(t, b.api, m)
	softphone.do("hangup", "")
	softphone.await("CALL_CLOSED")
	b.becomes(m, c, "ended completed")
	softphone.do("quit", "")
	if err := cmd.Wait(); err != nil {
		t.Errorf("baresip: %v", err)
	}
	must(t, softphone.conn.Close())
}

// TestCallByTCP calls a number by a trunk over TCP, on which the hang-up of either side travels too.
func TestCallByTCP(t *testing.T) {
	realAudio(t)
	checkLeaks(t)
	set := newSet(t)
	b := newBridge(t, bridgeOptions{set: set, sip: []string{"udp:127.0.0.1:0", "tcp:127.0.0.1:0"}, change: func(cfg *config.Config) {
		cfg.SIP.Trunks = []config.Trunk{{
			Name: "carrier", Addresses: []config.Prefix{{Prefix: netip.MustParsePrefix("127.0.0.1/32")}},
			Outbound: config.Outbound{Host: set.Addr().String(), Transport: "tcp", CallerID: "+4930500"},
		}}
		cfg.DialOut.Allow = []string{"+4930"}
	}})
	m, _ := b.meeting(bridgeapi.NewMeeting{})
	calls := b.incoming()
	for _, theirs := range []bool{true, false} {
		c := b.callOut(m, map[string]any{"to": "+49 30 123417"})
		in := b.next(calls)
		if in.Number != "+4930123417" || in.From != "+4930500" {
			t.Errorf("%s calls %s", in.From, in.Number)
		}
		call, err := in.Answer(phone.Options{})
		must(t, err)
		b.becomes(m, c, "answered")
		must(t, call.SendDigits(soon(t), "1"))
		b.becomes(m, c, "joined")
		if theirs {
			must(t, call.Hangup(soon(t)))
			b.becomes(m, c, "ended completed")
			continue
		}
		must(t, b.api.Do(soon(t), "DELETE", "/v1/meetings/"+m.ID+"/calls/"+c.ID, nil, nil))
		<-call.Done()
		b.becomes(m, c, "ended hung_up")
	}
}

// TestCalleesOutliveTheApp: who is in stays in, who is still being asked is asked again, and both calls end as any.
func TestCalleesOutliveTheApp(t *testing.T) {
	realAudio(t)
	checkLeaks(t)
	dir := t.TempDir()
	first := newBridge(t, bridgeOptions{stateDir: dir, change: localTelephones})
	m, _ := first.meeting(bridgeapi.NewMeeting{})
	calls := first.incoming()
	answered := func(user string) (callState, *phone.Call) {
		c := first.callOut(m, map[string]any{"to": first.uri(user), "name": user})
		call, err := first.next(calls).Answer(phone.Options{Source: phone.Tone(700, 3000)})
		must(t, err)
		first.becomes(m, c, "answered")
		return c, call
	}
	in, inCall := answered("ann")
	must(t, inCall.SendDigits(soon(t), "1"))
	first.becomes(m, in, "joined")
	asked, askedCall := answered("bob")
	ringing := first.callOut(m, map[string]any{"to": first.uri("eve")})
	first.next(calls).Ring()
	first.becomes(m, ringing, "ringing")

	must(t, first.api.Do(soon(t), "DELETE", "/v1/meetings/"+m.ID+"/calls/"+ringing.ID, nil, nil))
	await(t, "the end of the call that rings", func() error {
		if n := len(first.app.ua.Legs()); n != 2 {
			return fmt.Errorf("%d legs", n)
		}
		return nil
	})
	states := first.suspend()
	first.stop()
	b := newBridge(t, bridgeOptions{stateDir: dir, change: localTelephones, sip: []string{"udp:" + first.sipAddr("udp")}, calls: states, set: first.set})
	if now := b.becomes(m, in, "joined"); now.Participant != in.Participant {
		t.Errorf("%+v", now)
	}
	b.becomes(m, asked, "answered")
	await(t, "the prompt after the restart", func() error { return askedCall.SendDigits(soon(t), "1") })
	b.becomes(m, asked, "joined")
	b.participant(m, askedCall, inMainRoom)
	if n := b.app.registry.Stats().CallsOut; n != 2 {
		t.Errorf("%d calls are counted", n)
	}
	must(t, inCall.Hangup(soon(t)))
	b.becomes(m, in, "ended completed")
	must(t, b.api.Do(soon(t), "DELETE", "/v1/meetings/"+m.ID+"/calls/"+asked.ID, nil, nil))
	<-askedCall.Done()
	b.becomes(m, asked, "ended hung_up")
	await(t, "the end of all calls", func() error {
		if n := b.app.registry.Stats().CallsOut; n != 0 {
			return fmt.Errorf("%d calls", n)
		}
		return nil
	})
}
