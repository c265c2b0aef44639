package main

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"

	"partyline/config"
	"partyline/control"
	"partyline/control/attendant"
	"partyline/control/dialout"
	"partyline/mixer"
	"partyline/sip"
)

// dialer makes the calls that meetings want. It is control.Dialer, and alone knows who may be called, how, and what the
// callee hears.
type dialer struct {
	// immutable once the sockets are bound
	cfg       config.DialOut
	trunk     string // that numbers are called through; empty: none
	policy    dialout.Policy
	log       *slog.Logger
	engine    *mixer.Engine
	registry  *control.Registry
	attendant *attendant.Attendant
	ua        *sip.UA
}

func newDialer(cfg config.Config, engine *mixer.Engine, log *slog.Logger) (*dialer, error) {
	d := &dialer{cfg: cfg.DialOut, log: log, engine: engine, policy: dialout.Policy{Allow: cfg.DialOut.Allow, Deny: cfg.DialOut.Deny}}
	for _, p := range cfg.DialOut.Hosts {
		d.policy.Hosts = append(d.policy.Hosts, p.Prefix)
	}
	trunk, err := cfg.DialOut.Through(cfg.SIP.Trunks)
	if err != nil {
		return nil, err
	}
	if trunk != nil {
		d.trunk = trunk.Name
	}
	return d, nil
}

// limits are those of the configuration.
func (d *dialer) limits() control.CallLimits {
	return control.CallLimits{
		Parallel: d.cfg.Parallel, MeetingParallel: d.cfg.MeetingParallel, PerMinute: d.cfg.PerMinute, PerHour: d.cfg.PerHour,
		PerDay: d.cfg.PerDay, MeetingPerDay: d.cfg.MeetingPerDay, MinutesPerDay: d.cfg.MinutesPerDay,
	}
}

// Allowed implements control.Dialer.
func (d *dialer) Allowed(to string) (string, error) {
	if d.engine.Overloaded() {
		return "", control.Errorf(control.CodeOverloaded, "the mixer is overloaded")
	}
	dest, err := d.check(to)
	if err != nil {
		return "", err
	}
	return dest.String(), nil
}

// check asks the policy. The bridge itself is nobody to call: it would talk to itself, for all to hear.
func (d *dialer) check(to string) (dialout.Destination, error) {
	dest, err := d.policy.Check(to)
	if err == nil && dest.Number == "" && d.own(dest.Addr) {
		err = &control.Error{Code: control.CodeNotAllowed, Field: "to", Message: "this is the bridge itself", Hint: "name a telephone"}
	}
	return dest, err
}

// own says whether an address is one of ours.
func (d *dialer) own(at netip.AddrPort) bool {
	for _, l := range d.ua.Addrs() {
		ours, err := netip.ParseAddrPort(l.String())
		if err == nil && ours.Port() == cmp.Or(at.Port(), 5060) && (ours.Addr().IsUnspecified() || ours.Addr().Unmap() == at.Addr()) {
			return true
		}
	}
	return false
}

// Dial implements control.Dialer. That the destination is allowed is asked once more, where the call leaves.
func (d *dialer) Dial(meeting control.MeetingID, c control.OutgoingCall) {
	dest, err := d.check(c.Number)
	if err == nil {
		err = d.dial(meeting, c, dest)
	}
	if err != nil {
		d.log.Error("call cannot be made", "meeting", meeting, "leg", c.Leg, "err", err)
		d.failed(meeting, c.ID)
	}
}

func (d *dialer) dial(meeting control.MeetingID, c control.OutgoingCall, dest dialout.Destination) error {
	out := sip.Outgoing{Leg: c.Leg, Call: c.ID, User: dest.Number, Ring: d.cfg.Ring.Duration, Limit: d.cfg.MaxDuration.Duration}
	if dest.Number == "" {
		out.User, out.Addr = dest.User, dest.Addr
	} else if out.Trunk = d.trunk; out.Trunk == "" {
		return errors.New("no trunk to call through")
	}
	return d.ua.Dial(out, func(call control.Call, line control.Line) (control.Callee, error) {
		return d.attendant.Invite(meeting, call, line)
	})
}

// failed tells the meeting of a call that was never made.
func (d *dialer) failed(meeting control.MeetingID, id control.CallID) {
	m, err := d.registry.Meeting(meeting)
	if err != nil {
		return // it is gone, and its calls with it
	}
	m.Submit(control.CallOver{ID: id, Outcome: control.CallFailed, Reason: "the call could not be made"}, control.Meta{Actor: control.System}, nil)
}

// HangUp implements control.Dialer.
func (d *dialer) HangUp(leg control.LegID, reason string) { d.ua.HangUp(leg, reason) }

// sipTrunks are those that calls go out through.
func sipTrunks(trunks []config.Trunk) (map[string]*sip.Trunk, error) {
	out := make(map[string]*sip.Trunk)
	for i := range trunks {
		t := &trunks[i]
		if t.Outbound.Host == "" {
			continue
		}
		host, port, err := t.Outbound.HostPort()
		if err != nil {
			return nil, err
		}
		password, err := t.Outbound.Password()
		if err != nil {
			return nil, fmt.Errorf("sip.trunks[%d].outbound: %w", i, err)
		}
		o := t.Outbound
		out[t.Name] = &sip.Trunk{
			Host: host, Port: port, Network: o.Transport, Domain: o.Domain, CallerID: o.CallerID, Username: o.Username, Password: password, Realm: o.Realm,
		}
	}
	return out, nil
}

// describeDialOut says whom the bridge would call.
func describeDialOut(cfg config.Config, print func(format string, args ...any)) error {
	d := cfg.DialOut
	if d.Off() {
		print("  call                     nobody (dial_out.allow)\n")
		return nil
	}
	trunk, err := d.Through(cfg.SIP.Trunks)
	if err != nil {
		return err
	}
	if len(d.Allow) > 0 {
		print("  call                     %v through %s (%s), but no premium and special numbers\n", d.Allow, trunk.Name, trunk.Outbound.Host)
		if _, err := netip.ParseAddr(trunk.Outbound.Host); err != nil {
			print("    whose host is looked up for every call; its own addresses are taken calls from: %v\n", trunk.Addresses)
		}
		if _, err := trunk.Outbound.Password(); err != nil {
			return fmt.Errorf("trunk %s: %w", trunk.Name, err)
		}
	}
	if len(d.Deny) > 0 {
		print("    and not                %v\n", d.Deny)
	}
	if len(d.Hosts) > 0 {
		print("  call SIP addresses at    %v\n", d.Hosts)
	}
	print("    at most                %d calls at a time (%d of a meeting), %d a minute, %d an hour, %d a day (%d of a meeting), %d minutes a day\n",
		d.Parallel, d.MeetingParallel, d.PerMinute, d.PerHour, d.PerDay, d.MeetingPerDay, d.MinutesPerDay)
	return nil
}
