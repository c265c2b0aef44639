package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
	"partyline/config"
	"partyline/mixer/media"
	"partyline/mixer/prompt"
)

// kindsOfSRTP are telephones that encrypt in every way that the bridge knows, and one that does not.
var kindsOfSRTP = []phone.Options{
	{SRTP: phone.SRTP{Suite: "AES_CM_128_HMAC_SHA1_80"}},
	{SRTP: phone.SRTP{Suite: "AES_CM_128_HMAC_SHA1_32"}, Network: "tcp"},
	{SRTP: phone.SRTP{Suite: "AEAD_AES_128_GCM"}, Codecs: []media.Codec{media.PCMA}},
	{SRTP: phone.SRTP{Suite: "AEAD_AES_256_GCM", Beside: true}, Network: "tcp"},
	{SRTP: phone.SRTP{Suite: "AES_CM_128_HMAC_SHA1_80", Beside: true}, LateOffer: true},
	{},
}

// TestEncryptedCallers hear one another and are heard, with keys, holds, new SRTP keys and moves between rooms.
func TestEncryptedCallers(t *testing.T) {
	realAudio(t)
	b := newBridge(t, bridgeOptions{sip: []string{"udp:127.0.0.1:0", "tcp:127.0.0.1:0"}})
	n := len(kindsOfSRTP)
	c := newCrowd(b, crowdOptions{callers: n, rooms: 2, phone: func(i int) phone.Options { return kindsOfSRTP[i] }})
	c.hears("in the main room", together(n))
	c.showsSuites()
	for _, call := range c.calls {
		if secured, _ := call.Secured(); !secured {
			continue
		}
		must(t, call.Rekey(soon(t)))
	}
	c.hears("with new keys", together(n))
	must(t, c.calls[0].Hold(soon(t), media.SendOnly))
	c.heardBy(1, 0, false)
	must(t, c.calls[0].Resume(soon(t)))
	c.heardBy(1, 0, true)
	must(t, c.calls[0].SendDigits(soon(t), "*6"))
	c.heardBy(1, 0, false)
	must(t, c.calls[0].SendDigits(soon(t), "*6"))
	c.heardBy(1, 0, true)
	where := []int{0, 1, 0, 1, 0, 1}
	c.assign(where)
	must(t, c.start("manual"))
	c.hears("in their rooms", where)
	for i, call := range c.calls {
		if _, unread := call.Secured(); unread > 0 {
			t.Errorf("caller %d could not read %d packets", i, unread)
		}
	}
	if drops := b.app.engine.Counters().Drops; drops["srtp_auth"]+drops["srtp_replay"] > 0 {
		t.Errorf("drops %v", drops)
	}
}

// showsSuites looks whether the API tells how each call is encrypted.
func (c *crowd) showsSuites() {
	c.t.Helper()
	var list struct {
		Items []struct {
			CallID string `json:"call_id"`
			SRTP   string `json:"srtp"`
		} `json:"items"`
	}
	must(c.t, c.api.Do(soon(c.t), "GET", "/v1/legs", nil, &list))
	for i, call := range c.calls {
		want := kindsOfSRTP[i].SRTP.Suite
		if want == "" {
			want = "none"
		}
		for _, leg := range list.Items {
			if leg.CallID == call.ID() && leg.SRTP != want {
				c.t.Errorf("caller %d is shown with %q, want %q", i, leg.SRTP, want)
			}
		}
	}
	if len(list.Items) != len(c.calls) {
		c.t.Errorf("%d legs", len(list.Items))
	}
}

// TestWrongSRTPKeyIsSilence: a caller whose packets are under another key than he has named is not heard at all.
func TestWrongSRTPKeyIsSilence(t *testing.T) {
	realAudio(t)
	b := newBridge(t, bridgeOptions{})
	c := newCrowd(b, crowdOptions{callers: 2, phone: func(i int) phone.Options {
		return phone.Options{SRTP: phone.SRTP{Suite: "AES_CM_128_HMAC_SHA1_80", WrongKey: i == 0}}
	}})
	c.heardBy(0, 1, true)
	c.heardBy(1, 0, false)
	await(t, "the packets are counted", func() error {
		if n := b.app.engine.Counters().Drops["srtp_auth"]; n < 100 {
			return fmt.Errorf("%d", n)
		}
		return nil
	})
}

// TestSRTPIsNeverLeftOutSilently: what the policy does not allow is refused.
func TestSRTPIsNeverLeftOutSilently(t *testing.T) {
	for policy, refused := range map[string]phone.Options{
		"require": {},
		"off":     {SRTP: phone.SRTP{Suite: "AES_CM_128_HMAC_SHA1_80"}},
	} {
		b := newBridge(t, bridgeOptions{change: func(cfg *config.Config) { cfg.SIP.SRTP = policy }})
		m, _ := b.meeting(bridgeapi.NewMeeting{})
		_, err := b.tryDial(m.AccessCode, refused)
		if e, ok := errors.AsType[*phone.StatusError](err); !ok || e.Code != 488 {
			t.Errorf("%s: %v", policy, err)
		}
	}
}

// TestEncryptedCallsOutliveTheApp: another process goes on with the calls, keys and counts.
func TestEncryptedCallsOutliveTheApp(t *testing.T) {
	realAudio(t)
	dir := t.TempDir()
	first := newBridge(t, bridgeOptions{stateDir: dir})
	c := newCrowd(first, crowdOptions{callers: 2, phone: func(i int) phone.Options { return kindsOfSRTP[2*i] }})
	c.hears("before", together(2))
	states := first.suspend()
	first.stop()
	c.bridge = newBridge(t, bridgeOptions{stateDir: dir, sip: []string{"udp:" + first.sipAddr("udp")}, calls: states, set: first.set})
	c.hears("after", together(2))
	for i, call := range c.calls {
		if _, unread := call.Secured(); unread > 0 {
			t.Errorf("caller %d could not read %d packets", i, unread)
		}
	}
}

// TestBaresipEncrypts lets baresip call with SRTP that it insists on, and with SRTP that it offers beside plain RTP: it
// and a telephone of ours hear each other's tones.
func TestBaresipEncrypts(t *testing.T) {
	realAudio(t)
	baresip, err := exec.LookPath("baresip")
	if err != nil {
		missing(t, "baresip is not installed: apt-get install baresip-core")
	}
	modules := baresipModules(t, baresip)
	if found, err := filepath.Glob(filepath.Join(modules, "srtp.so")); err != nil || len(found) == 0 {
		missing(t, "baresip has no srtp module")
	}
	for _, tt := range []struct{ transport, mode string }{{"udp", "srtp-mand"}, {"tcp", "srtp-mand"}, {"udp", "srtp"}} {
		t.Run(tt.transport+" "+tt.mode, func(t *testing.T) {
			b := newBridge(t, bridgeOptions{sip: []string{"udp:127.0.0.1:0", "tcp:127.0.0.1:0"}})
			m, _ := b.meeting(bridgeapi.NewMeeting{})
			ear := b.dial(m.AccessCode, phone.Options{Source: phone.Tone(700, 8000)})
			cmd, softphone := startBaresip(t, baresip, modules, baresipOptions{transport: tt.transport, config: "module srtp.so\nmodule sndfile.so\nmodule aubridge.so\nsnd_path .\n", player: "aubridge,none", mediaenc: tt.mode})
			softphone.do("dial", fmt.Sprintf("sip:%s@%s;transport=%s", m.AccessCode, b.sipAddr(tt.transport), tt.transport))
			softphone.await("CALL_ESTABLISHED")
			await(t, "baresip's tone", func() error {
				sound := ear.Recorder().Last(400 * time.Millisecond)
				if sound == nil {
					return errors.New("too little was heard")
				}
				if level := toneDB(sound, 1100, 8000); level < -20 {
					return fmt.Errorf("%.0f dB", level)
				}
				return nil
			})
			var list struct {
				Items []struct {
					SRTP string `json:"srtp"`
				} `json:"items"`
			}
			must(t, b.api.Do(soon(t), "GET", "/v1/legs", nil, &list))
			suites := fmt.Sprint(list.Items)
			if !strings.Contains(suites, "{none}") || strings.Count(suites, "AE") != 1 {
				t.Errorf("the calls are encrypted by %s", suites)
			}
			t.Log(suites)
			morePackets(t, ear.Recorder(), 150) // meanwhile baresip hears as many
			softphone.do("hangup", "")
			softphone.await("CALL_CLOSED")
			softphone.do("quit", "")
			if err := cmd.Wait(); err != nil {
				t.Errorf("baresip: %v", err)
			}
			must(t, softphone.conn.Close())
			dumps, err := filepath.Glob(filepath.Join(cmd.Dir, "dump-*-dec.wav"))
			must(t, err)
			if len(dumps) != 1 {
				t.Fatalf("baresip has kept %v", dumps)
			}
			heard, err := os.Open(dumps[0])
			must(t, err)
			defer func() { must(t, heard.Close()) }()
			pcm, err := prompt.DecodeWAV(heard, prompt.Limits{Seconds: 60})
			must(t, err)
			loudest := -150.0
			for at := 0; at+3200 <= len(pcm); at += 1600 {
				loudest = max(loudest, toneDB(pcm[at:at+3200], 700, 8000))
			}
			if loudest < -20 {
				t.Errorf("baresip hears our telephone at %.0f dB, in %d samples", loudest, len(pcm))
			}
		})
	}
}
