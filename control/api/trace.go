package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"partyline/control"
	"partyline/control/access"
)

// Trace is what is kept of the signalling of a call, and what is counted of its media.
type Trace struct {
	CallID   string
	Legs     []TraceLeg
	Running  bool
	Dropped  int // messages left out after the first ones
	Messages []TraceMessage
}

// TraceLeg is a leg of a traced call.
type TraceLeg struct {
	ID     control.LegID
	Ended  time.Time // zero: it runs
	Reason string    // of its end
	RTP    RTPCounts
}

// TraceMessage is one SIP message.
type TraceMessage struct {
	At      time.Time
	Out     bool // the bridge has sent it
	Network string
	Remote  netip.AddrPort
	Text    string
	Cut     int // bytes left out at its end
}

// RTPCounts is what is counted of a leg's media.
type RTPCounts struct {
	PacketsIn    uint64  `json:"packets_in" example:"9041" doc:"RTP packets that came."`
	PacketsOut   uint64  `json:"packets_out" example:"9050" doc:"RTP packets that were sent."`
	ReportsIn    uint64  `json:"reports_in" example:"36" doc:"RTCP packets that came."`
	ReportsOut   uint64  `json:"reports_out" example:"36" doc:"RTCP packets that were sent."`
	Lost         uint64  `json:"lost" example:"4" doc:"Packets that never came."`
	Late         uint64  `json:"late" example:"0" doc:"Packets that came too late to be played."`
	Duplicates   uint64  `json:"duplicates" example:"0" doc:"Packets that had come already."`
	Concealed    uint64  `json:"concealed" example:"4" doc:"Frames of 20 ms that were made up for lost ones."`
	WrongSource  uint64  `json:"wrong_source" example:"0" doc:"Packets from an address that is not the far end's."`
	WrongPayload uint64  `json:"wrong_payload" example:"0" doc:"Packets of a payload type that was not agreed on."`
	Invalid      uint64  `json:"invalid" example:"0" doc:"Packets that are no RTP."`
	SSRCChanges  uint64  `json:"ssrc_changes" example:"0" doc:"How often the far end began a new stream."`
	RoundTripMS  float64 `json:"round_trip_ms,omitempty" example:"38.5" doc:"Round-trip time by RTCP; absent: not known."`
}

// CallTrace is a call as an operator reads it.
type CallTrace struct {
	CallID   string      `json:"call_id" example:"a84b4c76e66710@192.0.2.7" doc:"Call-ID of the SIP dialog."`
	Running  bool        `json:"running" example:"false" doc:"Whether the call goes on."`
	Legs     []TracedLeg `json:"legs" nullable:"false" doc:"The legs that the call had; none: it was refused."`
	Messages []TracedSIP `json:"messages" nullable:"false" doc:"The SIP messages, oldest first: the first 6, and then the last ones, at most 100 in 32 KiB."`
	Dropped  int         `json:"dropped" example:"0" doc:"Messages left out after the first 6."`
}

// TracedLeg is a leg of a traced call.
type TracedLeg struct {
	ID      control.LegID `json:"id" example:"leg_abcdefghijklmnop" doc:"The leg's id."`
	EndedAt *time.Time    `json:"ended_at,omitempty" doc:"When it ended; absent: it runs."`
	Reason  string        `json:"reason,omitempty" example:"far_end" doc:"How it ended."`
	RTP     RTPCounts     `json:"rtp" doc:"What is counted of its media."`
}

// TracedSIP is a SIP message of a traced call.
type TracedSIP struct {
	At        time.Time `json:"at" doc:"When it came, or was sent."`
	Direction string    `json:"direction" enum:"in,out" doc:"in: it came; out: the bridge has sent it."`
	Transport string    `json:"transport" example:"udp" doc:"How it travelled."`
	Remote    string    `json:"remote,omitempty" example:"192.0.2.7:5060" doc:"The far end; absent: a name that was not looked up yet."`
	Text      string    `json:"text" example:"BYE sip:bridge@192.0.2.1:5060 SIP/2.0" doc:"The message. Credentials, keys of SRTP and pressed keys are replaced by x."`
	Cut       int       `json:"cut,omitempty" example:"120" doc:"Bytes left out at its end; a message is kept to 4 KiB."`
}

func (a *API) traceRoutes(r routes) {
	const how = "The signalling of a call, of the last ones too that have ended or were refused, as JSON or, with Accept: text/plain, as a ladder for people; no media. " +
		"It names the numbers of both sides in clear, so it needs a key that may do everything. How much is kept in all, the configuration says (limits.trace_bytes)."
	leg := op(http.MethodGet, "/v1/legs/{leg}/trace", "trace-leg", "legs", "Get the trace of a leg's call")
	call := op(http.MethodGet, "/v1/traces", "trace-call", "legs", "Get the trace of a call by its Call-ID")
	for _, o := range []*huma.Operation{&leg, &call} {
		o.Description = how
		o.Responses = map[string]*huma.Response{"200": {Description: "The trace.", Content: map[string]*huma.MediaType{
			"application/json": {Schema: r.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[CallTrace](), true, "")},
			"text/plain":       {Schema: &huma.Schema{Type: huma.TypeString}, Example: ladderExample},
		}}}
	}
	handle(r, needs(access.Admin), leg, a.traceLeg)
	handle(r, needs(access.Admin), call, a.traceCall)
}

// TraceAs is the form that is asked for.
type TraceAs struct {
	Accept string `header:"Accept" example:"text/plain" doc:"text/plain asks for a ladder; anything else is answered with JSON."`
}

type traceLegInput struct {
	LegPath
	TraceAs
}

type traceCallInput struct {
	CallID string `query:"call_id" required:"true" minLength:"1" maxLength:"512" example:"a84b4c76e66710@192.0.2.7" doc:"The Call-ID."`
	TraceAs
}

type traceOutput struct {
	ContentType string `header:"Content-Type" doc:"Of the form that was asked for."`
	Body        []byte
}

func (a *API) traceLeg(_ context.Context, in *traceLegInput) (*traceOutput, error) {
	if a.opt.Trace != nil {
		if t, ok := a.opt.Trace(in.Leg); ok {
			return in.show(t)
		}
	}
	return nil, noTrace("leg")
}

func (a *API) traceCall(_ context.Context, in *traceCallInput) (*traceOutput, error) {
	if a.opt.TraceOf != nil {
		if t, ok := a.opt.TraceOf(in.CallID); ok {
			return in.show(t)
		}
	}
	return nil, noTrace("call_id")
}

func noTrace(field string) error {
	return &control.Error{Code: control.CodeNotFound, Field: field, Message: "nothing is kept of such a call",
		Hint: "what is kept is bounded by limits.trace_bytes of the configuration, and is gone when the bridge starts anew"}
}

func (as TraceAs) show(t Trace) (*traceOutput, error) {
	if wantsText(as.Accept) {
		return &traceOutput{ContentType: "text/plain; charset=utf-8", Body: []byte(ladder(t))}, nil
	}
	body, err := json.Marshal(traceOf(t))
	if err != nil {
		return nil, fmt.Errorf("api: encode trace: %w", err)
	}
	return &traceOutput{ContentType: "application/json", Body: append(body, '\n')}, nil
}

func traceOf(t Trace) CallTrace {
	v := CallTrace{CallID: t.CallID, Running: t.Running, Dropped: t.Dropped, Legs: []TracedLeg{}, Messages: []TracedSIP{}}
	for _, l := range t.Legs {
		v.Legs = append(v.Legs, TracedLeg{ID: l.ID, EndedAt: timeOf(l.Ended), Reason: l.Reason, RTP: l.RTP})
	}
	for _, m := range t.Messages {
		v.Messages = append(v.Messages, TracedSIP{At: m.At.UTC(), Direction: m.direction(), Transport: m.Network, Remote: m.remote(), Text: m.Text, Cut: m.Cut})
	}
	return v
}

func (m TraceMessage) direction() string {
	if m.Out {
		return "out"
	}
	return "in"
}

func (m TraceMessage) remote() string {
	if !m.Remote.IsValid() {
		return ""
	}
	return m.Remote.String()
}
