package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
	"partyline/mixer/codec"
	"partyline/mixer/media"
)

// keyWay presses one key in one way, and returns when it is let go.
type keyWay func(ctx context.Context, call *phone.Call, key string) error

func byEvent(ctx context.Context, call *phone.Call, key string) error {
	return call.SendDigits(ctx, key)
}
func byTone(ctx context.Context, call *phone.Call, key string) error {
	return call.SendTones(ctx, key, 0, 0)
}
func byShortTone(ctx context.Context, call *phone.Call, key string) error {
	return call.SendTones(ctx, key, 40*time.Millisecond, 60*time.Millisecond)
}
func byRelay(ctx context.Context, call *phone.Call, key string) error {
	return call.SendInfo(ctx, key, true)
}
func byInfo(ctx context.Context, call *phone.Call, key string) error {
	return call.SendInfo(ctx, key, false)
}

// byLeak is a gateway that notices the tone only after its beginning, and sends an event then.
func byLeak(ctx context.Context, call *phone.Call, key string) error {
	if err := call.SendTones(ctx, key, 20*time.Millisecond, time.Millisecond); err != nil {
		return err
	}
	return call.SendDigits(ctx, key)
}

// lateInfo is a gateway that sends the INFO when the key is let go.
func lateInfo(ctx context.Context, call *phone.Call, key string) error {
	select {
	case <-time.After(120 * time.Millisecond):
	case <-ctx.Done():
	}
	return byRelay(ctx, call, key)
}

// TestKeysInEveryWay: telephones that send their keys as events, as tones, by INFO, or in several of these ways at once, over
// networks that lose 5 % of the packets, send others twice, and never send the end of an event. Each keys in the meeting's
// code, mutes himself and takes it back, and another caller, who listens all the time, hears none of it.
func TestKeysInEveryWay(t *testing.T) {
	realAudio(t)
	checkLeaks(t)
	b := newBridge(t, bridgeOptions{sip: []string{"udp:127.0.0.1:0", "tcp:127.0.0.1:0"}})
	m, _ := b.meeting(bridgeapi.NewMeeting{})
	ear := b.dial(m.AccessCode, phone.Options{Record: time.Minute})
	b.participant(m, ear, inMainRoom)
	from := ear.Recorder().Pos()

	loss := func(seed uint64) *badNetwork { return &badNetwork{seed: seed, loss: 0.05, twice: 0.2} }
	noEvents, noEnds := phone.Options{NoEvents: true}, phone.Options{NoEnds: true}
	tests := []struct {
		name string
		o    phone.Options
		bad  *badNetwork
		ways []keyWay
		// Only tones tell the keys.
		tones bool
	}{
		{"events", phone.Options{}, nil, []keyWay{byEvent}, false},
		{"events without ends", noEnds, nil, []keyWay{byEvent}, false},
		{"events without ends, 5 % lost, 20 % twice", noEnds, loss(1), []keyWay{byEvent}, false},
		{"events, PCMA, 5 % lost, 20 % twice", phone.Options{Codecs: []media.Codec{media.PCMA}}, loss(2), []keyWay{byEvent}, false},
		{"tones", noEvents, nil, []keyWay{byTone}, true},
		{"tones of 40 ms", noEvents, nil, []keyWay{byShortTone}, true},
		{"tones of 40 ms, PCMA, packets of 30 ms", phone.Options{NoEvents: true, Codecs: []media.Codec{media.PCMA}, Ptime: 30 * time.Millisecond}, nil, []keyWay{byShortTone}, true},
		{"tones, 20 % twice", noEvents, &badNetwork{seed: 3, twice: 0.2}, []keyWay{byTone}, true},
		{"tones, jitter", noEvents, &badNetwork{seed: 4, jitter: 15 * time.Millisecond}, []keyWay{byTone}, true},
		{"relay", noEvents, nil, []keyWay{byRelay}, false},
		{"relay over TCP", phone.Options{Network: "tcp"}, nil, []keyWay{byRelay}, false},
		{"short form", phone.Options{}, nil, []keyWay{byInfo}, false},
		{"events and relay", phone.Options{}, nil, []keyWay{byEvent, byRelay}, false},
		{"events and late relay, 5 % lost, 20 % twice", noEnds, loss(5), []keyWay{byEvent, lateInfo}, false},
		{"tones and relay", noEvents, nil, []keyWay{byTone, byRelay}, false},
		{"tones and late short form, 5 % lost", noEvents, loss(6), []keyWay{byTone, lateInfo}, false},
		{"events, their beginning as a tone, and relay", phone.Options{}, nil, []keyWay{byLeak, byRelay}, false},
		{"events, their beginning as a tone, and late relay, 5 % lost", noEnds, loss(7), []keyWay{byLeak, lateInfo}, false},
	}
	keys := 0
	for _, tt := range tests {
		keys += len(m.AccessCode) + 5
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := &bridge{t: t, app: b.app, api: b.api, set: b.set}
			for try := 1; ; try++ {
				if tt.bad != nil {
					tt.o.Relay = newRelay(t, *tt.bad).to
				}
				call := b.dial("attendant", tt.o)
				morePackets(t, call.Recorder(), 10) // nobody is so quick that the first packets of a call are his first key
				err := b.keysWork(m, call, tt.ways)
				if err != nil && call.Err() != nil && tt.tones && try < 3 { // a code that lacks a digit, three times
					t.Logf("once more: %v", err)
					continue
				}
				stats := b.legStats(call)
				must(t, call.Hangup(soon(t)))
				if err == nil {
					return
				}
				// A machine that is late with a packet may take the 20 ms away that a tone needs. No other way has that excuse.
				if stats.Concealed == 0 || try == 3 || !tt.tones {
					t.Fatalf("%v; %s", err, reception(stats))
				}
				t.Logf("once more: %v; %s", err, reception(stats))
			}
		})
	}
	t.Cleanup(func() { earHeardNoKeys(t, ear, from, keys) }) // after the parallel ones, before the bridge stops
}

// keysWork lets a caller key in the code, mute himself and take it back.
func (b *bridge) keysWork(m bridgeapi.Meeting, call *phone.Call, ways []keyWay) error {
	ctx, stop := context.WithTimeout(b.t.Context(), patience)
	defer stop()
	is := func(what string, cond func(bridgeapi.Participant) bool) error {
		return phone.Await(ctx, func() error {
			people, err := b.api.ByCallID(ctx, m.ID)
			if p, ok := people[call.ID()]; err == nil && (!ok || !cond(p)) {
				return fmt.Errorf("he is not %s: %+v", what, p)
			}
			return err
		})
	}
	return errors.Join(
		press(ctx, call, ways, m.AccessCode+"#"), is("in the main room", inMainRoom),
		press(ctx, call, ways, "*6"), is("muted", func(p bridgeapi.Participant) bool { return p.Muted }),
		press(ctx, call, ways, "*6"), is("unmuted", func(p bridgeapi.Participant) bool { return !p.Muted }),
	)
}

// press presses keys, each in all the ways at once.
func press(ctx context.Context, call *phone.Call, ways []keyWay, keys string) error {
	for _, key := range keys {
		errs := make([]error, len(ways))
		var all sync.WaitGroup
		for i, way := range ways {
			all.Go(func() { errs[i] = way(ctx, call, string(key)) }) // waited for below
		}
		all.Wait()
		if err := errors.Join(errs...); err != nil {
			return err
		}
	}
	return nil
}

// earHeardNoKeys: what reaches the ears of another is less than 40 ms of each key, and nothing of most.
func earHeardNoKeys(t *testing.T, ear *phone.Call, from int64, keys int) {
	t.Helper()
	loud := 0
	for at := from; ; at += 160 {
		sound := ear.Recorder().Range(at, at+160)
		if sound == nil {
			break
		}
		if phone.Analyse(sound).LevelDBFS() > -50 {
			loud++
		}
	}
	t.Logf("%d frames are loud, of %d keys", loud, keys)
	if loud > keys {
		t.Errorf("the keys are heard: %d frames are loud, of %d keys", loud, keys)
	}
}

// TestSIPpSendsKeys lets Debian's sip-tester key in the code by INFO, and as tones.
func TestSIPpSendsKeys(t *testing.T) {
	sipp, err := exec.LookPath("sipp")
	if err != nil {
		missing(t, "sipp is not installed: apt-get install sip-tester")
	}
	if os.Geteuid() != 0 {
		missing(t, "sipp sends captured packets for root only")
	}
	checkLeaks(t)
	p, api, m := serveMeeting(t)
	scenario, err := os.ReadFile("testdata/sipp.xml")
	must(t, err)
	const play = `  <nop><action><exec play_pcap_audio="keys.pcap"/></action></nop>` + "\n"
	plain := strings.NewReplacer("RTP/AVP 0 101", "RTP/AVP 0", "      a=rtpmap:101 telephone-event/8000\n", "", "      a=fmtp:101 0-16\n", "").Replace(string(scenario))
	for name, text := range map[string]string{
		"info":  strings.Replace(plain, play, infoSteps(m.AccessCode+"#"), 1),
		"tones": plain,
	} {
		if name == "info" && !strings.Contains(text, "INFO") || strings.Contains(text, "101") {
			t.Fatal("the scenario is another than it was")
		}
		dir := t.TempDir()
		must(t, os.WriteFile(filepath.Join(dir, "sipp.xml"), []byte(text), 0o644))
		must(t, os.WriteFile(filepath.Join(dir, "keys.pcap"), tonesPCAP(m.AccessCode+"#"), 0o644))
		cmd := exec.CommandContext(t.Context(), sipp, p.sip, "-i", "127.0.0.1", "-sf", "sipp.xml", "-s", "bridge", "-m", "1",
			"-nostdin", "-timeout", "60s", "-timeout_error", "-trace_err", "-mp", mediaPort(t))
		cmd.Dir, cmd.Stdout, cmd.Stderr = dir, t.Output(), t.Output()
		must(t, cmd.Start())
		t.Cleanup(func() { endProgram(cmd) })
		found := inMainRoomOf(t, api, m)
		must(t, api.Do(soon(t), "DELETE", "/v1/legs/"+found.Legs[0].ID, nil, nil)) // the scenario ends with our BYE
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: sipp: %v", name, err)
		}
		await(t, "nobody in the main room", func() error {
			people, err := api.Participants(t.Context(), m.ID)
			for _, p := range people {
				if p.Location.Room == bridgeapi.MainRoom {
					err = errors.Join(err, fmt.Errorf("%s is there", p.Name))
				}
			}
			return err
		})
	}
}

// infoSteps are the steps of a scenario that send keys by INFO.
func infoSteps(keys string) string {
	var b strings.Builder
	for i, key := range keys {
		fmt.Fprintf(&b, `  <send retrans="500"><![CDATA[
      INFO sip:[service]@[remote_ip]:[remote_port] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      From: sipp <sip:sipp@[local_ip]:[local_port]>;tag=[pid]t[call_number]
      [last_To:]
      Call-ID: [call_id]
      CSeq: %d INFO
      Max-Forwards: 70
      Content-Type: application/dtmf-relay
      Content-Length: [len]

      Signal=%c
      Duration=100
  ]]></send>
  <recv response="200"/>
`, 2+i, key)
	}
	return b.String()
}

// tonesPCAP is a capture of keys as tones for sipp to play: 80 ms each, 80 ms apart.
func tonesPCAP(keys string) []byte {
	b := pcapHeader()
	at, seq := time.Duration(0), uint16(1)
	for pcm := phone.AppendTones(make([]int16, 1600), keys, 80*time.Millisecond, 80*time.Millisecond); len(pcm) >= 160; pcm = pcm[160:] {
		payload := make([]byte, 160)
		codec.Encode(media.PCMU, payload, pcm[:160])
		b = appendPacket(b, at, rtp(0, seq, uint32(at*8000/time.Second), seq == 1, payload))
		at, seq = at+20*time.Millisecond, seq+1
	}
	return b
}
