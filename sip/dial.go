package sip

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"partyline/control"
)

// Trunk is a peer that calls go out through.
type Trunk struct {
	Host               string // name or address
	Port               uint16
	Network            string // "udp", "tcp" or "tls"; empty: udp
	Domain             string // host of both sides' addresses; empty: Host
	CallerID           string // user part of From; empty: Username
	Username, Password string // sent to this trunk alone, and only if it asks for them with Realm
	Realm              string // empty: Domain
}

func (t *Trunk) domain() string { return cmp.Or(t.Domain, t.Host) }

// trunk returns a trunk by its name; nil: there is none of that name.
func (o *Options) trunk(name string) *Trunk {
	if name == "" {
		return nil
	}
	return o.Trunks[name]
}

// Outgoing is a call that is to be made.
type Outgoing struct {
	Leg   control.LegID // required
	Call  control.CallID
	Trunk string         // name of the trunk; empty: straight to Addr
	User  string         // a number, or the user part of a SIP address
	Addr  netip.AddrPort // without Trunk: where he is
	Ring  time.Duration  // how long his telephone rings; 0: 45 s
	Limit time.Duration  // how long the call lasts at most; 0: for ever
}

// dialing is what a leg needs until its call is answered.
type dialing struct {
	Outgoing
	ua     *UA
	trunk  *Trunk // nil: none
	callee control.Callee
	rang   bool
	early  map[string]*early // who rings, by tag
}

// Dial makes a call. It returns at once: what becomes of the call is told to the conversation that meet makes, unless there
// is an error. Like every leg it is hung up by [UA.HangUp], and a call that rings is taken back by it.
func (u *UA) Dial(o Outgoing, meet func(control.Call, control.Line) (control.Callee, error)) error {
	d := &dialing{Outgoing: o, ua: u, trunk: u.opt.trunk(o.Trunk), early: make(map[string]*early)}
	d.Ring = orDefault(d.Ring, defaultRing)
	if err := d.validate(); err != nil {
		return err
	}
	l := u.newLeg(d.newState())
	l.dialing = d
	if err := u.legs.add(l); err != nil {
		return fmt.Errorf("sip: dial: %w", err)
	}
	u.traces.Begin(l.dialog.callID, string(l.id))
	var err error
	if d.callee, err = meet(l.state.Call, l); err != nil {
		l.forget()
		return fmt.Errorf("sip: dial: %w", err)
	}
	l.caller = d.callee
	u.count.dialed.Add(1)
	go l.Run(l.life, l.state) // UA.Serve waits for it, by way of the table
	return nil
}

// validate refuses what could say more in a request than whom to call. Whether he may be called is decided before.
func (d *dialing) validate() error {
	switch {
	case d.Leg == "":
		return errors.New("sip: dial: no leg")
	case d.User == "" || len(d.User) > 64 || strings.Trim(d.User, "+._-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "":
		return errors.New("sip: dial: this cannot be called")
	case d.Trunk != "" && d.trunk == nil:
		return fmt.Errorf("sip: dial: no trunk is named %q", d.Trunk)
	case d.trunk == nil && !d.Addr.Addr().IsValid():
		return errors.New("sip: dial: nowhere to call")
	}
	return nil
}

// newState is the state of a call of which nothing is known yet but whom it is for.
func (d *dialing) newState() State {
	id := fmt.Sprintf("%016x%016x", rand.Uint64(), rand.Uint64())
	s := State{
		Leg: d.Leg, Since: time.Now(), Trunk: d.Trunk,
		Dialog: Dialog{CallID: id, LocalTag: sipmsg.GenerateTagN(16)},
		Call:   control.Call{Leg: d.Leg, Out: d.Call, From: d.User, CallID: id},
	}
	if d.trunk != nil {
		s.Call.Trusted, s.Call.To = true, cmp.Or(d.trunk.CallerID, d.trunk.Username)
	}
	return s
}

// locate finds out where the call goes, by which of our sockets, and what both sides are called.
func (l *leg) locate(ctx context.Context) error {
	d := l.dialing
	network, far, err := d.destination(ctx)
	if err != nil {
		return err
	}
	s := d.ua.socketTo(network, far.Addr())
	if s == nil {
		return fmt.Errorf("sip: no %s socket towards %s", network, far.Addr())
	}
	flow := Flow{Network: network, Listener: s.addr().String(), Source: far, Local: localAddr(s.addr(), far)}
	flow.SentBy = d.ua.sentBy(flow)
	if network == "tls" {
		flow.Name = d.trunk.Host
	}
	l.state.Flow, l.state.Call.Source = flow, far
	l.state.SDP = d.ua.newSession(flow, d.Trunk)
	if err := l.state.SDP.Policy.Possible(); err != nil {
		return err
	}
	if d.trunk == nil {
		l.state.Call.Trusted = far.Addr().IsLoopback() || l.opt.Trust != nil && l.opt.Trust(far.Addr())
	}
	l.name(flow, far)
	l.log = l.log.With("remote", far)
	d.ua.legs.meet(l, far.Addr())
	l.media, err = l.opt.Media.Open(l.id, flow.Local.Addr())
	if err != nil {
		return fmt.Errorf("sip: open media: %w", err)
	}
	return nil
}

// name writes down the addresses of both sides.
func (l *leg) name(flow Flow, far netip.AddrPort) {
	d, dialog := l.dialing, &l.state.Dialog
	dialog.Contact = d.ua.contact(flow, false)
	if d.trunk == nil {
		dialog.LocalURI = "sip:partyline@" + cmp.Or(l.opt.Domain, flow.SentBy.String())
		dialog.RemoteURI = "sip:" + d.User + "@" + far.String()
	} else {
		host := d.trunk.domain()
		if ip, err := netip.ParseAddr(host); err == nil && ip.Is6() {
			host = "[" + host + "]"
		}
		dialog.LocalURI = "sip:" + cmp.Or(d.trunk.CallerID, d.trunk.Username, "partyline") + "@" + host
		dialog.RemoteURI = "sip:" + d.User + "@" + host
	}
	dialog.Target = dialog.RemoteURI
}

// destination is where the INVITE goes. The host of a trunk is looked up anew for every call: by its address records, not
// by those that name a service (RFC 3263 has both).
func (d *dialing) destination(ctx context.Context) (network string, far netip.AddrPort, err error) {
	if d.trunk == nil {
		return "udp", netip.AddrPortFrom(d.Addr.Addr().Unmap(), cmp.Or(d.Addr.Port(), 5060)), nil
	}
	network, port := cmp.Or(d.trunk.Network, "udp"), d.trunk.Port
	if port == 0 {
		port = uint16(sipmsg.DefaultPort(network))
	}
	if ip, err := netip.ParseAddr(d.trunk.Host); err == nil {
		return network, netip.AddrPortFrom(ip.Unmap(), port), nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookupWait)
	defer cancel()
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", d.trunk.Host)
	if err != nil {
		return network, far, fmt.Errorf("sip: trunk: %w", err)
	}
	for _, ip := range ips {
		if d.ua.socketTo(network, ip.Unmap()) != nil {
			return network, netip.AddrPortFrom(ip.Unmap(), port), nil
		}
	}
	return network, far, fmt.Errorf("sip: trunk: no socket reaches any of %v", ips)
}

// socketTo is the socket of that network by which an address can be reached.
func (u *UA) socketTo(network string, far netip.Addr) *socket {
	for _, s := range u.sockets {
		bound, err := netip.ParseAddrPort(s.addr().String())
		if err != nil || s.network != network {
			continue
		}
		at := bound.Addr().Unmap()
		every := at.IsUnspecified() && (at.Is6() || far.Is4())
		if every || at.Is4() == far.Is4() && at.IsLoopback() == far.IsLoopback() {
			return s
		}
	}
	return nil
}

// sentBy is our address as the far end is to see it.
func (u *UA) sentBy(f Flow) netip.AddrPort {
	if u.opt.Advertise.IsValid() && !f.Source.Addr().IsLoopback() {
		return netip.AddrPortFrom(u.opt.Advertise.Unmap(), f.Local.Port())
	}
	return f.Local
}
