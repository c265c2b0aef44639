package sip_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"partyline/control"
	"partyline/sip"
	"partyline/sip/uatest"
)

// TestContactOverTLS: our address is a SIPS URI where RFC 3261 §12.1.1 wants one, else it has transport=tls.
func TestContactOverTLS(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	at := r.addr("tls").String()
	sips := func(name string) func(*uatest.Message) {
		return func(m *uatest.Message) { m.Set(name, strings.Replace(m.Get(name), "<sip:", "<sips:", 1)) }
	}
	for _, c := range []struct {
		name   string
		change func(*uatest.Message)
		want   string
	}{
		{"SIP", func(*uatest.Message) {}, "<sip:" + at + ";transport=tls>"},
		{"SIPS called", func(m *uatest.Message) { m.Start = strings.Replace(m.Start, " sip:", " sips:", 1) }, "<sips:" + at + ">"},
		{"SIPS in Contact", sips("Contact"), "<sips:" + at + ">"},
		{"SIPS in From alone", sips("From"), "<sip:" + at + ";transport=tls>"},
		{"a proxy by SIPS", func(m *uatest.Message) { m.Set("Record-Route", "<sips:127.0.0.1:5061;lr>") }, "<sips:" + at + ">"},
		{"a proxy by SIP before a SIPS contact", func(m *uatest.Message) {
			m.Set("Record-Route", "<sip:127.0.0.1:5061;transport=tls;lr>")
			sips("Contact")(m)
		}, "<sip:" + at + ";transport=tls>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			call := uatest.NewPhone(t, r.addr("tls")).Call("300")
			invite := call.Request("INVITE", uatest.Offer(4000, "0"))
			c.change(invite)
			call.InviteWith(invite)
			ok := call.Answered()
			check(t, "Contact", ok.Get("Contact"), c.want)
			call.Ack("")
			caller := r.caller(call)
			caller.Await(t, "answered")
			caller.Line.HangUp("over") // over the connection there is, whatever the route says
			bye := call.Phone.ExpectRequest("BYE")
			if !strings.HasPrefix(bye.Get("Via"), "SIP/2.0/TLS "+at+";") || bye.Get("Contact") != c.want {
				t.Errorf("BYE:\n%s", bye.Bytes())
			}
			call.Phone.Reply(bye, 200)
			caller.Await(t, "gone: over")
		})
	}
}

// TestSIPSWithoutTLS: what is for TLS alone is refused elsewhere.
func TestSIPSWithoutTLS(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	for _, network := range []string{"udp", "tcp"} {
		call := uatest.NewPhone(t, r.addr(network)).Call("300")
		invite := call.Request("INVITE", uatest.Offer(4000, "0"))
		invite.Start = strings.Replace(invite.Start, " sip:", " sips:", 1)
		call.InviteWith(invite)
		call.Refused(416)
		call = uatest.NewPhone(t, r.addr(network)).Call("300")
		invite = call.Request("INVITE", uatest.Offer(4000, "0"))
		invite.Set("Contact", "<sips:caller@"+call.Phone.Addr()+">")
		call.InviteWith(invite)
		call.Refused(400)
	}
}

// listenTLS is where a phone takes TLS connections, under that name.
func listenTLS(t *testing.T, r *rig, name string) net.Listener {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{r.trusts.Pair(name)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// TestTLSConnectionGone: a request of ours goes over a new connection, if the far end can prove who it is.
func TestTLSConnectionGone(t *testing.T) {
	t.Parallel()
	for name, proves := range map[string]bool{"127.0.0.1": true, "other.test": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			l := listenTLS(t, r, name)
			call := uatest.NewPhone(t, r.addr("tls")).Call("300")
			invite := call.Request("INVITE", uatest.Offer(4000, "0"))
			invite.Set("Contact", "<sip:caller@"+l.Addr().String()+";transport=tls>")
			call.InviteWith(invite)
			call.Answered()
			call.Ack("")
			caller := r.caller(call)
			caller.Await(t, "answered")
			call.Phone.Close()
			awaitConnections(t, r, 0)
			caller.Line.HangUp("over")
			if !proves {
				c, err := l.Accept()
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				if n, err := c.Read(make([]byte, 1)); n != 0 || err == nil {
					t.Errorf("%d bytes for whoever answers there, %v", n, err)
				}
				caller.Await(t, "gone: over")
				return
			}
			again := uatest.Accept(t, l, r.addr("tls"))
			bye := again.ExpectRequest("BYE")
			check(t, "dialog", bye.Tag("From")+bye.Tag("To"), call.RemoteTag+call.LocalTag)
			again.Reply(bye, 200)
			caller.Await(t, "gone: over")
		})
	}
}

// awaitConnections waits until so many connections are open.
func awaitConnections(t *testing.T, r *rig, want int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for r.ua.GuardStats().Connections != want {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%d connections are open", r.ua.GuardStats().Connections)
		}
	}
}

// TestCallOutOverTLS: the trunk has to be who it is said to be; then the whole call goes over one connection.
func TestCallOutOverTLS(t *testing.T) {
	t.Parallel()
	for name, proves := range map[string]bool{"127.0.0.1": true, "other.test": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			trunk := &sip.Trunk{Host: "127.0.0.1", Network: "tls", CallerID: "+493012345"}
			r := newRig(t, func(o *sip.Options) { o.Trunks = map[string]*sip.Trunk{"carrier": trunk} })
			l := listenTLS(t, r, name)
			trunk.Port = netip.MustParseAddrPort(l.Addr().String()).Port()
			c := &calling{rig: r}
			c.dial(sip.Outgoing{Leg: control.NewID[control.LegID]("leg_"), Call: "call_a", User: "+4930123417", Trunk: "carrier"})
			if !proves {
				refused, err := l.Accept()
				if err != nil {
					t.Fatal(err)
				}
				defer refused.Close()
				if n, err := refused.Read(make([]byte, 1)); n != 0 || err == nil {
					t.Errorf("%d bytes for whoever answers there, %v", n, err)
				}
				c.callee.Await(t, "unanswered: failed, the call could not be made")
				return
			}
			phone := uatest.Accept(t, l, r.addr("tls"))
			invite := phone.ExpectRequest("INVITE")
			if want := "<sip:" + r.addr("tls").String() + ";transport=tls>"; invite.Get("Contact") != want || !strings.HasPrefix(invite.Get("Via"), "SIP/2.0/TLS ") {
				t.Errorf("INVITE:\n%s", invite.Bytes())
			}
			phone.Answer(invite, 180, "a", "")
			c.callee.Await(t, "ringing")
			phone.Answer(invite, 200, "a", uatest.Offer(4002, "0 101"))
			phone.ExpectRequest("ACK")
			c.callee.Await(t, "answered")
			phone.Called(invite, "a").Do("OPTIONS", "", 200)
			c.callee.Line.HangUp("over")
			phone.Reply(phone.ExpectRequest("BYE"), 200)
			c.callee.Await(t, "gone: over")
		})
	}
}

// TestTrunkByCertificate: who shows a certificate of a trunk is that trunk, and who shows none is not.
func TestTrunkByCertificate(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	asking := newRig(t, func(o *sip.Options) {
		config := o.TLS.Server.Config.Clone()
		config.ClientAuth, config.ClientCAs = tls.VerifyClientCertIfGiven, r.trusts.Pool
		o.TLS.Server.Config = config
		o.TLS.Server.Trunk = func(c *x509.Certificate) string {
			if slices.Contains(c.DNSNames, "sbc.test") {
				return "carrier"
			}
			return ""
		}
	})
	for _, c := range []struct {
		name string
		show []tls.Certificate
		want string
	}{
		{"its own", []tls.Certificate{r.trusts.Pair("sbc.test")}, "carrier"},
		{"another", []tls.Certificate{r.trusts.Pair("other.test")}, ""},
		{"none", nil, ""},
	} {
		to := asking.addr("tls").(uatest.Trust)
		to.Config.Certificates = c.show
		call := uatest.NewPhone(t, to).Call("300")
		call.Dial(uatest.Offer(4000, "0"))
		check(t, c.name, asking.caller(call).Call.Trunk, c.want)
		call.Bye()
	}
	to := asking.addr("tls").(uatest.Trust)
	to.Config.Certificates = []tls.Certificate{asking.trusts.Pair("sbc.test")}
	c, err := tls.Dial("tcp", to.String(), to.Config)
	if err == nil { // TLS 1.3 tells when something is read
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(20 * time.Second))
		_, err = c.Read(make([]byte, 1))
	}
	if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a certificate for which nobody vouches: %v", err)
	}
}
