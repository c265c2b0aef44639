package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"partyline/control"
	"partyline/control/access"
)

func (a *API) legRoutes(r routes) {
	handle(r, needs(access.Calls), op(http.MethodGet, "/v1/legs", "list-legs", "legs", "List the media connections of this bridge"), a.listLegs)
	handle(r, needs(access.Calls), op(http.MethodDelete, "/v1/legs/{leg}", "hang-up", "legs", "End a media connection"), a.hangUp)
}

// LegState is a media connection as the bridge sees it, whatever meeting it is in.
type LegState struct {
	ID        control.LegID     `json:"id" example:"leg_abcdefghijklmnop" doc:"Opaque id."`
	Kind      string            `json:"kind" enum:"phone,link,browser" doc:"How it is connected."`
	Direction string            `json:"direction" enum:"inbound,outbound" doc:"Who called whom; outbound: the bridge did."`
	State     string            `json:"state" example:"confirmed" doc:"State of the dialog."`
	Number    string            `json:"number,omitempty" example:"+49•••417" doc:"The far end's number, masked."`
	CallID    string            `json:"call_id,omitempty" doc:"Call-ID of the SIP dialog."`
	Remote    string            `json:"remote,omitempty" example:"192.0.2.7:5060" doc:"Where it comes from."`
	Codec     string            `json:"codec,omitempty" example:"PCMU" doc:"What is spoken on it."`
	SRTP      string            `json:"srtp,omitempty" example:"AES_CM_128_HMAC_SHA1_80" doc:"The suite that its audio is encrypted by, or none."`
	Since     *time.Time        `json:"since,omitempty" doc:"When it came."`
	Meeting   control.MeetingID `json:"meeting,omitempty" example:"mtg_abcdefghijklmnop" doc:"The meeting it is in; absent: still with the attendant."`
	Quality   *LegQuality       `json:"quality,omitempty" doc:"How it sounds, over the last 10 s; absent: while it is held, or nothing comes."`
}

// LegQuality is how a connection sounds.
type LegQuality struct {
	In          *WayQuality `json:"in,omitempty" doc:"What the far end says, on its way to the room."`
	Out         *WayQuality `json:"out,omitempty" doc:"What the far end hears, by its own reports (RTCP); absent: it sends none."`
	RoundTripMS *float64    `json:"round_trip_ms,omitempty" minimum:"0" example:"38.5" doc:"To the far end and back, by its reports; absent: not known."`
	Poor        bool        `json:"poor" example:"false" doc:"One direction has had an r below 60 for 10 s, and has not been better for as long since."`
}

// WayQuality is how one direction sounds.
type WayQuality struct {
	LossPercent      float64  `json:"loss_percent" minimum:"0" maximum:"100" example:"0.4" doc:"Packets that were not there when they were to be played, of those sent; outwards, those that did not arrive."`
	ConcealedPercent *float64 `json:"concealed_percent,omitempty" minimum:"0" maximum:"100" example:"0.5" doc:"Frames of 20 ms that were made up; inwards only."`
	JitterMS         float64  `json:"jitter_ms" minimum:"0" example:"1.9" doc:"Interarrival jitter (RFC 3550)."`
	DelayMS          float64  `json:"delay_ms" minimum:"0" example:"49" doc:"What is known of the delay: half the round trip, the length of a packet and the buffer (outwards taken to be twice the jitter)."`
	R                float64  `json:"r" minimum:"0" maximum:"100" example:"91.8" doc:"Rating of the E-model (ITU-T G.107) of this way; 93.2 is the best there is by narrowband telephone, below 60 is bad."`
	MOS              float64  `json:"mos" minimum:"1" maximum:"4.5" example:"4.38" doc:"The opinion that people would have of it by that model, 1 to 4.5."`
}

func legStateOf(l LegInfo) LegState {
	v := LegState{ID: l.ID, Kind: string(l.Kind), Direction: "inbound", State: l.State, Number: control.MaskNumber(l.Number),
		CallID: l.CallID, Codec: l.Codec, SRTP: l.SRTP, Since: timeOf(l.Since), Meeting: l.Meeting, Quality: l.Quality}
	if l.Outbound {
		v.Direction = "outbound"
	}
	if l.Remote.IsValid() {
		v.Remote = l.Remote.String()
	}
	return v
}

func (a *API) listLegs(_ context.Context, in *PageQuery) (*list[LegState], error) {
	var legs []LegInfo
	if a.opt.Legs != nil {
		legs = slices.Clone(a.opt.Legs())
	}
	slices.SortFunc(legs, func(x, y LegInfo) int { return cmp.Compare(x.ID, y.ID) })
	byID := make(map[control.LegID]LegInfo, len(legs))
	ids := make([]control.LegID, 0, len(legs))
	for _, l := range legs {
		byID[l.ID], ids = l, append(ids, l.ID)
	}
	return pageOf(*in, ids, func(id control.LegID) LegState { return legStateOf(byID[id]) })
}

// LegPath is the path of one leg.
type LegPath struct {
	Leg control.LegID `path:"leg" example:"leg_abcdefghijklmnop" doc:"The leg's id."`
}

func (a *API) hangUp(_ context.Context, in *LegPath) (*struct{}, error) {
	if a.opt.HangUp == nil || !a.opt.HangUp(in.Leg) {
		return nil, control.Errorf(control.CodeNotFound, "there is no such leg")
	}
	return nil, nil
}
