package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
	"partyline/config"
	"partyline/mixer/media"
	"partyline/sip/certtest"
)

// tlsBridge is a bridge that speaks TLS alone, and telephones that do too.
func tlsBridge(t *testing.T, a *certtest.Authority) *bridge {
	t.Helper()
	cert, key := a.Files("bridge", "127.0.0.1", "bridge.test")
	set, err := phone.NewSet(phone.SetOptions{TLS: &tls.Config{RootCAs: a.Pool, Certificates: []tls.Certificate{a.Pair("127.0.0.1")}}})
	must(t, err)
	t.Cleanup(func() { _ = set.Close() })
	return newBridge(t, bridgeOptions{set: set, change: func(c *config.Config) {
		c.SIP.Listen = config.Listeners{{Network: "tls", Addr: c.SIP.Listen[0].Addr}}
		c.SIP.TLS = config.SIPTLS{Cert: cert, Key: key, CA: a.File}
	}})
}

// TestCallsOverTLS: two telephones call, key in the code, hear each other, are held and resumed, and are hung up on from
// either end.
func TestCallsOverTLS(t *testing.T) {
	checkLeaks(t)
	b := tlsBridge(t, certtest.New(t))
	b.talkOver("tls", "tls")
}

// talkOver has telephones call over these networks and key in the code: they hear one another. Each is held and resumed, the
// first hangs up, and the others are hung up on.
func (b *bridge) talkOver(networks ...string) {
	t := b.t
	t.Helper()
	m, _ := b.meeting(bridgeapi.NewMeeting{})
	tones, err := phone.Plan(len(networks))
	must(t, err)
	voices := &phone.Matrix{Window: tones.Window}
	for n, network := range networks {
		v := phone.Voice{Hz: tones.Hz[n], Amplitude: phone.Loudness(len(networks)), Name: network}
		v.Call, err = b.set.Dial(soon(t), "bridge@"+b.sipAddr(network)+";transport="+network, phone.Options{
			Network: network, From: fmt.Sprint("+49301234", n), Source: phone.Tone(v.Hz, v.Amplitude),
		})
		must(t, err)
		must(t, v.Call.SendDigits(soon(t), m.AccessCode+"#"))
		voices.Voices = append(voices.Voices, v)
	}
	await(t, "all in the main room", func() error { return b.inMainRoom(m, len(networks)) })
	must(t, voices.Wait(soon(t), phone.SameRoom(together(len(networks)))))
	for _, v := range voices.Voices {
		must(t, v.Call.Hold(soon(t), media.SendOnly))
		must(t, v.Call.Resume(soon(t)))
	}
	must(t, voices.Wait(soon(t), phone.SameRoom(together(len(networks)))))
	must(t, voices.Voices[0].Call.Hangup(soon(t)))
	await(t, "one fewer", func() error { return b.inMainRoom(m, len(networks)-1) })
	must(t, b.api.Do(soon(t), "DELETE", "/v1/meetings/"+m.ID, nil, nil))
	for _, v := range voices.Voices {
		select {
		case <-v.Call.Done():
		case <-soon(t).Done():
			t.Fatalf("the bridge's BYE over %s did not come", v.Name)
		}
	}
}

// inMainRoom says whether so many are in the main room.
func (b *bridge) inMainRoom(m bridgeapi.Meeting, want int) error {
	people, err := b.api.Participants(b.t.Context(), m.ID)
	if err != nil {
		return err
	}
	got := 0
	for _, p := range people {
		if p.Location.Room == bridgeapi.MainRoom && len(p.Legs) == 1 {
			got++
		}
	}
	if got != want {
		return fmt.Errorf("%d are there: %+v", got, people)
	}
	return nil
}

// TestCertificateIsRenewed: the bridge shows the new certificate when the files have changed, and the old one while they are broken.
func TestCertificateIsRenewed(t *testing.T) {
	checkLeaks(t)
	a := certtest.New(t)
	b := tlsBridge(t, a)
	shown := func() *x509.Certificate {
		t.Helper()
		c, err := tls.Dial("tcp", b.sipAddr("tls"), &tls.Config{RootCAs: a.Pool})
		must(t, err)
		defer c.Close()
		return c.ConnectionState().PeerCertificates[0]
	}
	before := shown()
	cert, key := a.Files("bridge", "127.0.0.1", "renewed.test")
	future := time.Now().Add(2 * time.Second) // some file systems count in seconds
	must(t, os.Chtimes(cert, future, future))
	must(t, os.Chtimes(key, future, future))
	if after := shown(); after.DNSNames[0] != "renewed.test" || before.DNSNames[0] != "bridge.test" {
		t.Errorf("shown: %v, then %v", before.DNSNames, after.DNSNames)
	}
	must(t, os.WriteFile(cert, []byte("no certificate"), 0o600))
	if after := shown(); after.DNSNames[0] != "renewed.test" {
		t.Errorf("shown while the file is broken: %v", after.DNSNames)
	}
	if _, err := tls.Dial("tcp", b.sipAddr("tls"), &tls.Config{RootCAs: a.Pool, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
}

// TestCheckTellsOfCertificates: `check` says which certificate there is and when it expires, or what is wrong with it.
func TestCheckTellsOfCertificates(t *testing.T) {
	a := certtest.New(t)
	cert, key := a.Files("bridge", "sip.example.net", "192.0.2.7")
	none := t.TempDir() + "/none.pem"
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"a good one", []string{"--sip-tls-cert", cert, "--sip-tls-key", key}, cert + " (of sip.example.net, 192.0.2.7, expires " + time.Now().UTC().Format("2006-01-02T")},
		{"no key", []string{"--sip-tls-cert", cert}, "sip.tls: name cert and key"},
		{"none", nil, "needs a certificate"},
		{"no file", []string{"--sip-tls-cert", none, "--sip-tls-key", key}, "sip.tls.cert: stat " + none},
		{"not its key", []string{"--sip-tls-cert", a.File, "--sip-tls-key", key}, "sip.tls.cert: tls: private key does not match"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := program(t.Context(), append([]string{"check", "--sip-listen", "tls:127.0.0.1", "--state-dir", t.TempDir()}, c.args...)...)
			out, err := cmd.CombinedOutput()
			if bad := c.name != "a good one"; bad != (err != nil) || !strings.Contains(string(out), c.want) {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// TestCallOverIPv6: SIP and RTP over IPv6, by each network, to one bridge.
func TestCallOverIPv6(t *testing.T) {
	probe, err := net.ListenPacket("udp6", "[::1]:0")
	if err != nil {
		t.Skipf("no IPv6 on loopback: %v", err)
	}
	must(t, probe.Close())
	checkLeaks(t)
	a := certtest.New(t)
	cert, key := a.Files("bridge", "::1")
	set, err := phone.NewSet(phone.SetOptions{Local: netip.IPv6Loopback(), TLS: &tls.Config{RootCAs: a.Pool}})
	must(t, err)
	t.Cleanup(func() { _ = set.Close() })
	b := newBridge(t, bridgeOptions{set: set, sip: []string{"udp:[::1]:0", "tcp:[::1]:0"}, change: func(c *config.Config) {
		c.SIP.Listen = append(c.SIP.Listen, config.Listen{Network: "tls", Addr: c.SIP.Listen[0].Addr})
		c.SIP.TLS = config.SIPTLS{Cert: cert, Key: key}
	}})
	b.talkOver("udp", "tcp", "tls")
}

// TestBaresipOverTLS lets baresip call over TLS, with the certificate checked.
func TestBaresipOverTLS(t *testing.T) {
	a := certtest.New(t)
	cert, key := a.Files("bridge", "127.0.0.1")
	own, ownKey := a.Files("baresip", "127.0.0.1")
	both, err := os.ReadFile(own)
	must(t, err)
	second, err := os.ReadFile(ownKey)
	must(t, err)
	must(t, os.WriteFile(own, append(both, second...), 0o600))
	baresipTalks(t, baresipOptions{
		transport: "tls", config: "sip_cafile " + a.File + "\nsip_verify_server yes\nsip_certificate " + own + "\n",
	}, "--sip-listen", "tls:127.0.0.1:0", "--sip-tls-cert", cert, "--sip-tls-key", key)
}

// TestBaresipOverIPv6 lets baresip call over IPv6, by UDP and TCP.
func TestBaresipOverIPv6(t *testing.T) {
	probe, err := net.ListenPacket("udp6", "[::1]:0")
	if err != nil {
		t.Skipf("no IPv6 on loopback: %v", err)
	}
	must(t, probe.Close())
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			baresipTalks(t, baresipOptions{host: "[::1]", transport: transport, args: []string{"-6"}}, "--sip-listen", transport+":[::1]:0")
		})
	}
}

// baresipTalks lets baresip call, key in the code, be held and resumed, and be hung up on.
func baresipTalks(t *testing.T, o baresipOptions, args ...string) {
	t.Helper()
	program, err := exec.LookPath("baresip")
	if err != nil {
		missing(t, "baresip is not installed: apt-get install baresip-core")
	}
	checkLeaks(t)
	p := serve(t, t.TempDir(), args...)
	api := bridgeapi.New(p.url, p.key)
	t.Cleanup(api.Close)
	m, err := api.CreateMeeting(soon(t), bridgeapi.NewMeeting{Title: t.Name()})
	must(t, err)
	cmd, softphone := startBaresip(t, program, baresipModules(t, program), o)
	softphone.do("dial", "sip:bridge@"+p.at[o.transport])
	softphone.await("CALL_ESTABLISHED")
	for _, key := range m.AccessCode + "#" {
		softphone.do("sndcode", string(key))
		softphone.do("sndcode", "\x04") // the key is let go
	}
	found := inMainRoomOf(t, api, m)
	softphone.do("hold", "")
	softphone.do("resume", "")
	must(t, api.Do(soon(t), "DELETE", "/v1/legs/"+found.Legs[0].ID, nil, nil))
	softphone.await("CALL_CLOSED")
	softphone.do("quit", "")
	if err := cmd.Wait(); err != nil {
		t.Errorf("baresip: %v", err)
	}
	must(t, softphone.conn.Close())
}

// TestCallOutThroughATLSTrunk: a number is called through a trunk over TLS; who cannot prove that he is the trunk gets no call.
func TestCallOutThroughATLSTrunk(t *testing.T) {
	for _, c := range []struct {
		name, host, ends string
	}{
		{"the trunk", "127.0.0.1", "ended hung_up"},
		{"somebody else", "127.0.0.2", "ended failed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			checkLeaks(t)
			a := certtest.New(t)
			cert, key := a.Files("bridge", "127.0.0.1")
			set, err := phone.NewSet(phone.SetOptions{TLS: &tls.Config{RootCAs: a.Pool, Certificates: []tls.Certificate{a.Pair(c.host)}}})
			must(t, err)
			t.Cleanup(func() { _ = set.Close() })
			b := newBridge(t, bridgeOptions{set: set, change: func(cfg *config.Config) {
				cfg.SIP.Listen = config.Listeners{{Network: "tls", Addr: cfg.SIP.Listen[0].Addr}}
				cfg.SIP.TLS = config.SIPTLS{Cert: cert, Key: key, CA: a.File}
				cfg.SIP.Trunks = []config.Trunk{{
					Name: "carrier", Addresses: []config.Prefix{{Prefix: netip.MustParsePrefix("127.0.0.1/32")}},
					Outbound: config.Outbound{Host: set.AddrTLS().String(), Transport: "tls", CallerID: "+493012345"},
				}}
				cfg.DialOut.Allow = []string{"+49"}
				must(t, cfg.Validate())
			}})
			m, _ := b.meeting(bridgeapi.NewMeeting{})
			calls := b.incoming()
			out := b.callOut(m, map[string]any{"to": "+4930123417"})
			if c.ends == "ended hung_up" {
				in := b.next(calls)
				in.Ring()
				call, err := in.Answer(phone.Options{})
				must(t, err)
				b.becomes(m, out, "answered")
				must(t, call.SendDigits(soon(t), "1"))
				b.becomes(m, out, "joined")
				must(t, b.api.Do(soon(t), "DELETE", "/v1/meetings/"+m.ID+"/calls/"+out.ID, nil, nil))
				<-call.Done()
			}
			b.becomes(m, out, c.ends)
		})
	}
}
