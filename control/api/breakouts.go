package api

import (
	"context"
	"math/rand/v2"
	"net/http"
	"time"

	"partyline/control"
	"partyline/control/access"
)

func (a *API) breakoutRoutes(r routes) {
	const base, tag = "/v1/meetings/{meeting}/breakouts", "breakouts"
	handle(r, needs(access.MeetingsWrite).speakers(), op(http.MethodPost, base+"/start", "start-breakouts", tag, "Open the breakouts and move everybody at once"), a.startBreakouts)
	stop := op(http.MethodPost, base+"/stop", "stop-breakouts", tag, "Bring everybody back to the main room")
	stop.Description = "With a countdown people are told and stay until it is over. Stopping closing breakouts again brings people back sooner, never later."
	handle(r, needs(access.MeetingsWrite).speakers(), stop, a.stopBreakouts)
	handle(r, needs(access.MeetingsWrite).speakers(), op(http.MethodPost, base+"/reset", "reset-breakouts", tag, "Clear every assignment and bring everybody back"), a.resetBreakouts)
	shuffle := op(http.MethodPost, base+"/shuffle", "shuffle-breakouts", tag, "Deal everybody anew")
	shuffle.Description = "While the breakouts are idle this makes a plan: everybody on the roster is assigned, those who are here first. While they are open everybody here is moved at once, in one event. " +
		"Rooms that are locked get nobody; speakers stay as they are unless they are included."
	handle(r, needs(access.MeetingsWrite).speakers(), shuffle, a.shuffleBreakouts)
	extend := op(http.MethodPost, base+"/extend", "extend-breakouts", tag, "Let the breakouts go on for longer")
	extend.Description = "The time is added to the end. While the breakouts are closing this takes the countdown back: they are open again, and end so much later than they would have. " +
		"Breakouts without an end have none that could be moved: wrong_state."
	handle(r, needs(access.MeetingsWrite).speakers(), extend, a.extendBreakouts)
}

// BreakoutsChanged is what starting, stopping or resetting came to.
type BreakoutsChanged struct {
	CommandID control.CommandID `json:"command_id" example:"cmd_abcdefghijklmnop" doc:"Names the command in the events."`
	Seq       uint64            `json:"seq" doc:"Sequence of the command's last event."`
	Breakouts Breakouts         `json:"breakouts" doc:"State of the breakouts now."`
	OutcomePage
}

// StartBreakouts is the request to open the breakouts.
type StartBreakouts struct {
	Distribution    string `json:"distribution,omitempty" enum:"random,plan,manual" doc:"random: spread evenly; plan: by assignment; manual: by assignment, the rest stay in the main room. Absent: plan if anybody is assigned, else random."`
	Unassigned      string `json:"unassigned,omitempty" enum:"random,main" doc:"Where people without an assignment go. Absent: random, but main with manual."`
	DurationS       int    `json:"duration_s,omitempty" minimum:"0" maximum:"86400" example:"900" doc:"After how many seconds the breakouts end by themselves; 0: never."`
	IncludeSpeakers bool   `json:"include_speakers,omitempty" doc:"Speakers are spread too; else they stay in the main room unless assigned."`
	Seed            uint64 `json:"seed,omitempty" maximum:"9007199254740991" doc:"Makes a random distribution repeatable; 0: drawn."`
}

type startBreakoutsInput struct {
	MeetingPath
	Conditional
	Body *StartBreakouts `required:"false"`
}

func (a *API) startBreakouts(ctx context.Context, in *startBreakoutsInput) (*reply[BreakoutsChanged], error) {
	b := in.Body
	if b == nil {
		b = &StartBreakouts{}
	}
	seed := b.Seed
	if seed == 0 {
		seed = rand.Uint64()
	}
	return a.breakouts(ctx, in.Meeting, control.StartBreakouts{
		Distribution: b.Distribution, Unassigned: b.Unassigned, Seed: seed,
		Duration: time.Duration(b.DurationS) * time.Second, IncludeSpeakers: b.IncludeSpeakers,
	}, in.checkPlan)
}

// StopBreakouts is the request to end the breakouts.
type StopBreakouts struct {
	CountdownS *int `json:"countdown_s,omitempty" minimum:"0" maximum:"3600" example:"10" doc:"Seconds until people are brought back; 0: at once; absent: return_countdown_s of the options."`
}

type stopBreakoutsInput struct {
	MeetingPath
	Body *StopBreakouts `required:"false"`
}

func (a *API) stopBreakouts(ctx context.Context, in *stopBreakoutsInput) (*reply[BreakoutsChanged], error) {
	stop := control.StopBreakouts{Countdown: control.DefaultCountdown}
	if in.Body != nil && in.Body.CountdownS != nil {
		stop.Countdown = time.Duration(*in.Body.CountdownS) * time.Second
	}
	return a.breakouts(ctx, in.Meeting, stop, nil)
}

type resetBreakoutsInput struct {
	MeetingPath
	Conditional
	Body *emptyBody `required:"false"`
}

func (a *API) resetBreakouts(ctx context.Context, in *resetBreakoutsInput) (*reply[BreakoutsChanged], error) {
	return a.breakouts(ctx, in.Meeting, control.ResetBreakouts{}, in.checkPlan)
}

// ShuffleBreakouts is the request to deal everybody anew.
type ShuffleBreakouts struct {
	IncludeSpeakers bool   `json:"include_speakers,omitempty" doc:"Speakers are dealt too; else they stay as they are."`
	Seed            uint64 `json:"seed,omitempty" maximum:"9007199254740991" example:"7" doc:"Makes it repeatable; 0: drawn."`
}

type shuffleBreakoutsInput struct {
	MeetingPath
	Conditional
	Body *ShuffleBreakouts `required:"false"`
}

func (a *API) shuffleBreakouts(ctx context.Context, in *shuffleBreakoutsInput) (*reply[BreakoutsChanged], error) {
	shuffle := control.ShuffleBreakouts{}
	if in.Body != nil {
		shuffle = control.ShuffleBreakouts(*in.Body)
	}
	return a.breakouts(ctx, in.Meeting, shuffle, in.checkPlan)
}

// ExtendBreakouts is the request to let the breakouts go on.
type ExtendBreakouts struct {
	DurationS int `json:"duration_s" minimum:"1" maximum:"86400" example:"300" doc:"How many seconds longer. They never go on for more than 86,400 s from now."`
}

type extendBreakoutsInput struct {
	MeetingPath
	Body ExtendBreakouts
}

func (a *API) extendBreakouts(ctx context.Context, in *extendBreakoutsInput) (*reply[BreakoutsChanged], error) {
	return a.breakouts(ctx, in.Meeting, control.ExtendBreakouts{Duration: time.Duration(in.Body.DurationS) * time.Second}, nil)
}

func (a *API) breakouts(ctx context.Context, id control.MeetingID, c control.Command, check func(*control.State) error) (*reply[BreakoutsChanged], error) {
	m, err := a.meeting(id)
	if err != nil {
		return nil, err
	}
	return run(ctx, a, m, command[BreakoutsChanged]{
		do: c, check: check,
		answer: func(d done) BreakoutsChanged {
			return BreakoutsChanged{CommandID: d.command, Seq: d.seq(), Breakouts: breakoutsOf(after(d)), OutcomePage: outcomePage(d.value)}
		},
	})
}
