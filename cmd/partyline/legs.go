package main

import (
	"partyline/control"
	"partyline/control/api"
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
			State:    legState(l.Confirmed, l.Held),
			Since:    l.Since,
			Meeting:  in[l.ID],
		}
		list = append(list, info)
	}
	return list
}

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
