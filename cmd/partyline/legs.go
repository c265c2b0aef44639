package main

import (
	"cmp"
	"math"
	"time"

	"partyline/control"
	"partyline/control/api"
	"partyline/mixer"
)

// legs lists the calls, with the meeting that each is in.
func (a *App) legs() []api.LegInfo {
	in := a.media.meetingOf()
	var list []api.LegInfo
	for _, l := range a.ua.Legs() {
		info := api.LegInfo{
			ID:       l.ID,
			Kind:     control.PhoneLeg,
			Number:   l.From,
			Outbound: l.Outbound,
			CallID:   l.CallID,
			Remote:   l.Source,
			Codec:    l.Codec.String(),
			SRTP:     cmp.Or(l.SRTP, "none"),
			State:    legState(l.Confirmed, l.Held),
			Since:    l.Since,
			Meeting:  in[l.ID],
			Quality:  a.media.quality(l.ID),
		}
		list = append(list, info)
	}
	return list
}

// quality says how a call sounds; nil: not known.
func (w *mediaWire) quality(id control.LegID) *api.LegQuality {
	leg := w.leg(id)
	if leg == nil {
		return nil
	}
	s := leg.Stats()
	if !s.In.Known {
		return nil
	}
	q := &api.LegQuality{In: wayQuality(s.In), Out: wayQuality(s.Out), Poor: s.Poor}
	q.In.ConcealedPercent = new(percent(s.In.Concealed))
	if s.RoundTrip > 0 {
		q.RoundTripMS = new(milliseconds(s.RoundTrip))
	}
	return q
}

func wayQuality(w mixer.Way) *api.WayQuality {
	if !w.Known {
		return nil
	}
	return &api.WayQuality{
		LossPercent: percent(w.Loss), JitterMS: milliseconds(w.Jitter), DelayMS: milliseconds(w.Delay),
		R: math.Round(10*w.R) / 10, MOS: math.Round(100*w.MOS()) / 100,
	}
}

func percent(share float64) float64 { return math.Round(1e4*share) / 100 }

func milliseconds(d time.Duration) float64 { return math.Round(d.Seconds()*1e4) / 10 }

func legState(confirmed, held bool) string {
	switch {
	case held:
		return "held"
	case confirmed:
		return "confirmed"
	default:
		return "early"
	}
}

// hangUp ends a call and says whether there was one.
func (a *App) hangUp(id control.LegID) bool { return a.ua.HangUp(id, "ended by an admin") }
