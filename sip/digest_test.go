package sip_test

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"partyline/control"
	"partyline/sip"
	"partyline/sip/uatest"
)

// viaTrunk has the bridge call through a phone that plays the trunk.
func viaTrunk(t *testing.T, change func(*sip.Trunk)) *calling {
	t.Helper()
	trunk := &sip.Trunk{Domain: "sip.example.net", CallerID: "+4930500", Username: "partyline", Password: "hush"}
	r := newRig(t, func(o *sip.Options) { o.Trunks = map[string]*sip.Trunk{"carrier": trunk} })
	c := &calling{rig: r, phone: uatest.NewPhone(t, r.addr("udp"))}
	at := netip.MustParseAddrPort(c.phone.Addr())
	trunk.Host, trunk.Port = at.Addr().String(), at.Port()
	if change != nil {
		change(trunk)
	}
	c.dial(sip.Outgoing{Leg: control.NewID[control.LegID]("leg_"), Call: "call_a", Trunk: "carrier", User: "+4930123417"})
	return c
}

func challenge(name, value string) uatest.Header { return uatest.Header{Name: name, Value: value} }

// response is what RFC 7616 §3.4.1 makes of the password, written here once more.
func response(credentials, method string) string {
	field := func(name string) string {
		m := regexp.MustCompile(`[ ,]` + name + `="?([^",]*)"?`).FindStringSubmatch(credentials)
		if m == nil {
			return ""
		}
		return m[1]
	}
	h := func(s string) string {
		if field("algorithm") == "SHA-256" {
			sum := sha256.Sum256([]byte(s))
			return hex.EncodeToString(sum[:])
		}
		sum := md5.Sum([]byte(s))
		return hex.EncodeToString(sum[:])
	}
	a1, a2 := h("partyline:"+field("realm")+":hush"), h(method+":"+field("uri"))
	if field("qop") == "" {
		return h(a1 + ":" + field("nonce") + ":" + a2)
	}
	return h(strings.Join([]string{a1, field("nonce"), field("nc"), field("cnonce"), field("qop"), a2}, ":"))
}

func TestTrunkIsGivenThePassword(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status     int
		challenges []uatest.Header
		want       string // in the credentials
	}{
		"MD5":               {401, []uatest.Header{challenge("WWW-Authenticate", `Digest realm="sip.example.net", nonce="n1", algorithm=MD5, qop="auth"`)}, "algorithm=MD5"},
		"of old":            {401, []uatest.Header{challenge("WWW-Authenticate", `Digest realm="sip.example.net", nonce="n1"`)}, `nonce="n1"`},
		"SHA-256":           {407, []uatest.Header{challenge("Proxy-Authenticate", `Digest realm="sip.example.net", nonce="n2", algorithm=SHA-256, qop="auth,auth-int"`)}, "algorithm=SHA-256"},
		"the better of two": {401, []uatest.Header{challenge("WWW-Authenticate", `Digest realm="sip.example.net", nonce="n1", algorithm=MD5`), challenge("WWW-Authenticate", `Digest realm="sip.example.net", nonce="n2", algorithm=SHA-256, qop="auth"`)}, `nonce="n2"`},
		"one of two realms": {401, []uatest.Header{challenge("WWW-Authenticate", `Digest realm="other", nonce="n1", algorithm=SHA-256`), challenge("WWW-Authenticate", `Digest realm="sip.example.net", nonce="n2"`)}, `nonce="n2"`},
	} {
		c := viaTrunk(t, nil)
		invite := c.phone.ExpectRequest("INVITE")
		if invite.Start != "INVITE sip:+4930123417@sip.example.net SIP/2.0" || !strings.HasPrefix(invite.Get("From"), "<sip:+4930500@sip.example.net>;tag=") {
			t.Errorf("%s:\n%s", name, invite.Bytes())
		}
		c.phone.Answer(invite, tt.status, "x", "", tt.challenges...)
		again := c.phone.ExpectRequest("INVITE")
		header := "Authorization"
		if tt.status == 407 {
			header = "Proxy-Authorization"
		}
		got := again.Get(header)
		if !strings.Contains(got, tt.want) || !strings.Contains(got, `response="`+response(got, "INVITE")+`"`) || !strings.Contains(got, `uri="sip:+4930123417@sip.example.net"`) || strings.Contains(got, "hush") {
			t.Errorf("%s: %s", name, got)
		}
		if again.Get("Call-ID") != invite.Get("Call-ID") || again.Get("CSeq") != "2 INVITE" || again.Tag("From") != invite.Tag("From") || again.Tag("To") != "" {
			t.Errorf("%s: second INVITE\n%s", name, again.Bytes())
		}
		c.phone.Answer(again, 200, "a", uatest.Offer(4000, "0"))
		if ack := c.phone.ExpectRequest("ACK"); ack.Get("CSeq") != "2 ACK" || ack.Get("Authorization")+ack.Get("Proxy-Authorization") != "" {
			t.Errorf("%s: ACK\n%s", name, ack.Bytes())
		}
		c.callee.Await(t, "answered")
		c.callee.Line.HangUp("bye")
		bye := c.phone.ExpectRequest("BYE")
		c.phone.Answer(bye, tt.status, "a", "", tt.challenges...)
		c.phone.Reply(c.phone.ExpectRequest("BYE"), 200)
	}
}

// TestNobodyElseIsGivenThePassword (CVE-2021-41158): whoever asks, with the trunk's realm or not.
func TestNobodyElseIsGivenThePassword(t *testing.T) {
	t.Parallel()
	mine := challenge("WWW-Authenticate", `Digest realm="sip.example.net", nonce="n1"`)
	t.Run("another realm", func(t *testing.T) {
		t.Parallel()
		c := viaTrunk(t, nil)
		c.phone.Answer(c.phone.ExpectRequest("INVITE"), 401, "x", "", challenge("WWW-Authenticate", `Digest realm="evil.example", nonce="n1"`))
		c.callee.Await(t, "unanswered: failed, the trunk did not take our credentials")
		c.nothingElse(c.phone)
	})
	t.Run("again and again", func(t *testing.T) {
		t.Parallel()
		c := viaTrunk(t, nil)
		c.phone.Answer(c.phone.ExpectRequest("INVITE"), 401, "x", "", mine)
		c.phone.Answer(c.phone.ExpectRequest("INVITE"), 401, "x", "", mine)
		c.callee.Await(t, "unanswered: failed, the trunk did not take our credentials")
		c.nothingElse(c.phone)
	})
	t.Run("an algorithm that is broken", func(t *testing.T) {
		t.Parallel()
		c := viaTrunk(t, nil)
		c.phone.Answer(c.phone.ExpectRequest("INVITE"), 401, "x", "", challenge("WWW-Authenticate", `Digest realm="sip.example.net", nonce="n1", algorithm=MD4`), challenge("WWW-Authenticate", `Basic realm="sip.example.net"`))
		c.callee.Await(t, "unanswered: failed, the trunk did not take our credentials")
		c.nothingElse(c.phone)
	})
	t.Run("from elsewhere, in our own transaction", func(t *testing.T) {
		t.Parallel()
		c := viaTrunk(t, nil)
		invite := c.phone.ExpectRequest("INVITE")
		other, err := net.ListenPacket("udp", "127.0.0.2:0")
		if err != nil {
			t.Skip(err)
		}
		defer other.Close()
		text := c.phone.Message(invite, 401, "x", mine)
		if _, err := other.WriteTo(text.Bytes(), c.phone.Server()); err != nil {
			t.Fatal(err)
		}
		c.callee.Await(t, "unanswered: failed, the trunk did not take our credentials")
		c.nothingElse(c.phone)
	})
	t.Run("who is called", func(t *testing.T) {
		t.Parallel()
		c := viaTrunk(t, nil)
		invite := c.phone.ExpectRequest("INVITE")
		elsewhere := uatest.NewPhone(t, c.addr("udp"))
		ok := c.phone.Message(invite, 200, "a")
		ok.Body = uatest.Offer(4000, "0")
		ok.Set("Content-Type", "application/sdp")
		ok.Set("Contact", "<sip:callee@"+elsewhere.Addr()+">")
		c.phone.Send(ok)
		elsewhere.ExpectRequest("ACK")
		c.callee.Await(t, "answered")
		c.callee.Line.HangUp("bye")
		bye := elsewhere.ExpectRequest("BYE")
		elsewhere.Answer(bye, 401, "a", "", mine)
		c.callee.Await(t, "gone: bye")
		c.nothingElse(elsewhere)
		c.nothingElse(c.phone)
	})
	t.Run("who calls", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, func(o *sip.Options) {
			o.Trunks = map[string]*sip.Trunk{"carrier": {Host: "127.0.0.1", Domain: "sip.example.net", Username: "partyline", Password: "hush"}}
		})
		call, caller, _ := r.dial("udp", uatest.Offer(4000, "0 101"))
		caller.Line.HangUp("bye")
		bye := call.Phone.ExpectRequest("BYE")
		call.Phone.Answer(bye, 401, call.LocalTag, "", mine)
		(&calling{rig: r}).nothingElse(call.Phone)
	})
	t.Run("who is called straight", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, func(o *sip.Options) {
			o.Trunks = map[string]*sip.Trunk{"": {Host: "127.0.0.1", Domain: "sip.example.net", Username: "partyline", Password: "hush"}}
		})
		c := call(t, r, nil)
		c.phone.Answer(c.phone.ExpectRequest("INVITE"), 401, "x", "", mine)
		c.callee.Await(t, "unanswered: failed, the trunk did not take our credentials")
		c.nothingElse(c.phone)
	})
}

// nothingElse looks, when the leg is gone, whether a phone has got anything with credentials, or anything new.
func (c *calling) nothingElse(phone *uatest.Phone) {
	c.t.Helper()
	await(c.t, "legs", func() int { return c.ua.Stats().Calls }, 0)
	for _, m := range phone.Unread() {
		if m.Get("Authorization") != "" || m.Get("Proxy-Authorization") != "" {
			c.t.Errorf("credentials for somebody else:\n%s", m.Bytes())
		}
		if m.Status() == 0 && !strings.HasPrefix(m.Start, "ACK ") {
			c.t.Errorf("%s", m.Start)
		}
	}
}
