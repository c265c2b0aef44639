package sip

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// newRequest makes a request within the dialog (RFC 3261 §12.2.1.1).
func (l *leg) newRequest(method sipmsg.RequestMethod) (*sipmsg.Request, error) {
	l.state.Dialog.LocalSeq++
	return l.state.newRequest(method)
}

func (s *State) newRequest(method sipmsg.RequestMethod) (*sipmsg.Request, error) {
	d := &s.Dialog
	hop, err := d.hop()
	if err != nil {
		return nil, err
	}
	network := hop.network(s.Flow.Network)
	req := sipmsg.NewRequest(method, hop.uri)
	req.AppendHeader(s.Flow.via(network))
	for _, r := range hop.routes {
		req.AppendHeader(sipmsg.NewHeader("Route", r))
	}
	from := sipmsg.NewHeader("From", fmt.Sprintf("<%s>;tag=%s", d.LocalURI, d.LocalTag))
	to := "<" + d.RemoteURI + ">"
	if d.RemoteTag != "" {
		to += ";tag=" + d.RemoteTag
	}
	callID := sipmsg.CallIDHeader(d.CallID)
	hops := sipmsg.MaxForwardsHeader(70)
	for _, h := range []sipmsg.Header{
		from, sipmsg.NewHeader("To", to), &callID,
		&sipmsg.CSeqHeader{SeqNo: d.LocalSeq, MethodName: method}, &hops, sipmsg.NewHeader("Contact", d.Contact),
	} {
		req.AppendHeader(h)
	}
	req.SetBody(nil)
	req.SetTransport(strings.ToUpper(network))
	req.SetDestination(s.destination(hop))
	return req, nil
}

// hop is where a request within a dialog goes first, and what it says there.
type hop struct {
	uri     sipmsg.Uri // the request URI
	to      sipmsg.Uri // whom to send it to
	routes  []string   // Route headers
	through bool       // a proxy asked to stay on the path
}

// hop applies the route set, with loose and strict routers (RFC 3261 §12.2.1.1).
func (d *Dialog) hop() (hop, error) {
	var target sipmsg.Uri
	if err := sipmsg.ParseUri(d.Target, &target); err != nil {
		return hop{}, fmt.Errorf("sip: remote target: %w", err)
	}
	if len(d.RouteSet) == 0 {
		return hop{uri: target, to: target}, nil
	}
	var first sipmsg.Uri
	if _, err := sipmsg.ParseAddressValue(d.RouteSet[0], &first, nil); err != nil {
		return hop{}, fmt.Errorf("sip: route set: %w", err)
	}
	if first.UriParams.Has("lr") {
		return hop{uri: target, to: first, routes: d.RouteSet, through: true}, nil
	}
	strict := append(append([]string(nil), d.RouteSet[1:]...), "<"+d.Target+">")
	return hop{uri: first, to: first, routes: strict, through: true}, nil
}

// network is the transport that the next hop asks for, or else that of the dialog. What began over TLS stays there.
func (h hop) network(dialog string) string {
	if dialog == "tls" {
		return dialog
	}
	if t, ok := h.to.UriParams.Get("transport"); ok {
		switch t = strings.ToLower(t); t {
		case "udp", "tcp":
			return t
		}
	}
	return dialog
}

// destination is the address of the next hop. A phone behind a NAT names an address in Contact that nobody else can
// reach; what it sent the INVITE from can be. Nor may a stranger send us to such an address by a Record-Route: what is
// there is ours. A trunk's proxies may have one.
func (s *State) destination(h hop) string {
	port := h.to.Port
	if port == 0 {
		port = sipmsg.DefaultPort(s.Flow.Network)
	}
	addr, err := netip.ParseAddr(strings.Trim(h.to.Host, "[]"))
	src := s.Flow.Source
	known := h.through && s.Call.Trusted
	if err == nil && !known && addr.Unmap() != src.Addr() && !public(addr.Unmap()) {
		return src.String()
	}
	return net.JoinHostPort(strings.Trim(h.to.Host, "[]"), strconv.Itoa(port))
}

var carrierNAT = netip.MustParsePrefix("100.64.0.0/10") // RFC 6598

// public says whether an address means one host, and the same one everywhere.
func public(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsPrivate() && !carrierNAT.Contains(a)
}

// via names the address where the response is to come, under a branch of its own.
func (f Flow) via(network string) *sipmsg.ViaHeader {
	host := f.SentBy.Addr().String()
	via := &sipmsg.ViaHeader{
		ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: strings.ToUpper(network),
		Host: host, Port: int(f.SentBy.Port()),
	}
	via.Params.Add("branch", sipmsg.GenerateBranch())
	via.Params.Add("rport", "")
	return via
}

// send sends a request by the way its dialog came, and waits for the final response.
func (u *UA) send(ctx context.Context, req *sipmsg.Request, f Flow) (*sipmsg.Response, error) {
	if err := u.prepare(ctx, req, f); err != nil {
		return nil, err
	}
	tx, err := u.stack.TransactionLayer().Request(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("sip: send %s: %w", req.Method, err)
	}
	defer tx.Terminate()
	for {
		select {
		case res := <-tx.Responses():
			u.traceIn(res)
			if !res.IsProvisional() {
				return res, nil
			}
		case <-tx.Done():
			return nil, fmt.Errorf("sip: %s: %w", req.Method, tx.Err())
		case <-ctx.Done():
			return nil, fmt.Errorf("sip: %s: %w", req.Method, context.Cause(ctx))
		}
	}
}

// invite sends a re-INVITE and waits for the final response. When that has come, or is not waited for any more, the
// transaction goes on for as long as messages of it may come.
func (u *UA) invite(ctx context.Context, req *sipmsg.Request, f Flow, again func()) (*sipmsg.Response, error) {
	if err := u.prepare(ctx, req, f); err != nil {
		return nil, err
	}
	tx, err := u.stack.TransactionLayer().Request(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("sip: send %s: %w", req.Method, err)
	}
	tx.OnRetransmission(func(*sipmsg.Response) { again() })
	for {
		select {
		case res := <-tx.Responses():
			if !res.IsProvisional() {
				return res, nil // sipgo ends it, by its timers D and M
			}
		case <-tx.Done():
			return nil, fmt.Errorf("sip: %s: %w", req.Method, tx.Err())
		case <-ctx.Done():
			time.AfterFunc(byeWait, tx.Terminate) // what still comes is acknowledged
			return nil, fmt.Errorf("sip: %s: %w", req.Method, context.Cause(ctx))
		}
	}
}

// prepare chooses the socket: over UDP the one the dialog came in on, over TCP and TLS the connection it came in on if that
// still stands.
func (u *UA) prepare(ctx context.Context, req *sipmsg.Request, f Flow) error {
	switch strings.ToLower(req.Transport()) {
	case "tls":
		if err := u.prepareTLS(ctx, req, f); err != nil {
			return err
		}
		u.traceRequest(req)
		return nil
	case "tcp":
		if req.GetHeader("Route") == nil && u.connection("tcp", f.Source.String()) != nil {
			req.SetDestination(f.Source.String())
		}
		u.traceRequest(req)
		return nil
	}
	s := u.udpSocket(f)
	if s == nil {
		return errors.New("sip: no UDP socket to send from")
	}
	select {
	case <-s.ready:
	case <-ctx.Done():
		return fmt.Errorf("sip: %w", context.Cause(ctx))
	}
	at, err := netip.ParseAddrPort(s.addr().String())
	if err != nil {
		return fmt.Errorf("sip: own address: %w", err)
	}
	req.Laddr = sipmsg.Addr{IP: net.IP(at.Addr().AsSlice()), Port: int(at.Port())}
	return nil
}

// connection is the one with that peer, over TCP or TLS; nil: there is none.
func (u *UA) connection(network, peer string) sipmsg.Connection {
	c, err := u.stack.TransportLayer().GetConnection(network, peer)
	if err != nil {
		return nil
	}
	if _, err := c.TryClose(); err != nil { // gives the reference back
		u.log.Debug("connection not released", "err", err)
	}
	return c
}

// udpSocket is the socket that the dialog came in on, or else any for UDP.
func (u *UA) udpSocket(f Flow) *socket {
	var other *socket
	for _, s := range u.sockets {
		if s.network != "udp" {
			continue
		}
		if s.addr().String() == f.Listener {
			return s
		}
		if other == nil {
			other = s
		}
	}
	return other
}
