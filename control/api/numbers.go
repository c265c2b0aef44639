package api

import (
	"context"
	"net/http"
	"time"

	"partyline/control"
	"partyline/control/access"
)

func (a *API) numberRoutes(r routes) {
	const all, one, tag = "/v1/numbers", "/v1/numbers/{e164}", "numbers"
	handle(r, needs(access.MeetingsRead), op(http.MethodGet, all, "list-numbers", tag, "List the numbers that are bound to meetings"), a.listNumbers)
	handle(r, needs(access.MeetingsRead), op(http.MethodGet, one, "get-number", tag, "Read which meeting a number is bound to"), a.getNumber)
	put := op(http.MethodPut, one, "put-number", tag, "Bind a number, or the name of a SIP address, to a meeting")
	put.Description = numbersDescription
	handle(r, needs(access.MeetingsWrite), put, a.putNumber)
	handle(r, needs(access.MeetingsWrite), op(http.MethodDelete, one, "delete-number", tag, "Take a number from its meeting"), a.deleteNumber)
}

const numbersDescription = "Whoever calls the number, or the SIP address with this user name, is in that meeting at once, from wherever calls are taken, without an access " +
	"code: he is asked for his PIN if the meeting asks for PINs, and waits in the lobby if he has to. Nobody is a speaker by it. A number that was bound to another meeting is " +
	"taken from that; to bind one only if it is free, look first and send If-Match. A number stays bound when its meeting ends, and is free when that is deleted. It counts before an " +
	"access code of the same digits. Calls with 00 in place of the plus, or without one, reach it too."

// Number is a number that is bound to a meeting.
type Number struct {
	Number    string            `json:"number" example:"+4930123456" doc:"A telephone number with its plus, an extension of 2 to 5 digits, or the user name of a SIP address in lower case."`
	Meeting   control.MeetingID `json:"meeting" example:"mtg_abcdefghijklmnop" doc:"Where its callers come."`
	Language  string            `json:"language,omitempty" example:"de" doc:"Of the prompts for its callers; absent: the meeting's."`
	Label     string            `json:"label,omitempty" example:"Berlin" doc:"What people call it."`
	Trunk     string            `json:"trunk,omitempty" example:"carrier" doc:"Only calls from this trunk count; absent: from everywhere."`
	CreatedAt time.Time         `json:"created_at" doc:"When it was bound first."`
}

func numberOf(n control.Number) Number {
	return Number{Number: n.Number, Meeting: n.Meeting, Language: n.Language, Label: n.Label, Trunk: n.Trunk, CreatedAt: n.CreatedAt.UTC()}
}

// NumberBinding says what a number is to be bound to.
type NumberBinding struct {
	Meeting  control.MeetingID `json:"meeting" minLength:"1" maxLength:"64" example:"mtg_abcdefghijklmnop" doc:"Where its callers come."`
	Language string            `json:"language,omitempty" minLength:"2" maxLength:"16" pattern:"^[a-zA-Z0-9-]+$" example:"de" doc:"Of the prompts for its callers; absent: the meeting's."`
	Label    string            `json:"label,omitempty" maxLength:"100" example:"Berlin" doc:"What people call it."`
	Trunk    string            `json:"trunk,omitempty" maxLength:"64" example:"carrier" doc:"Only calls from this trunk of the configuration count; absent: from everywhere."`
}

type listNumbersInput struct {
	PageQuery
	Meeting control.MeetingID `query:"meeting" maxLength:"64" doc:"Only those of this meeting."`
}

func (a *API) listNumbers(_ context.Context, in *listNumbersInput) (*list[Number], error) {
	known := map[string]control.Number{}
	var ids []string
	for _, n := range a.opt.Registry.Numbers() {
		if in.Meeting == "" || n.Meeting == in.Meeting {
			known[n.Number] = n
			ids = append(ids, n.Number)
		}
	}
	return pageOf(in.PageQuery, ids, func(number string) Number { return numberOf(known[number]) })
}

// NumberPath is the path of one number.
type NumberPath struct {
	Number string `path:"e164" minLength:"2" maxLength:"64" example:"+4930123456" doc:"The number with its plus, or the user name."`
}

type numberOutput struct {
	ETag string `header:"ETag" doc:"For If-Match."`
	Body Number
}

func (a *API) getNumber(_ context.Context, in *NumberPath) (*numberOutput, error) {
	n, err := a.opt.Registry.Number(in.Number)
	if err != nil {
		return nil, err
	}
	return &numberOutput{ETag: etagOf(numberOf(n)), Body: numberOf(n)}, nil
}

type putNumberInput struct {
	NumberPath
	Conditional
	Body NumberBinding
}

func (a *API) putNumber(ctx context.Context, in *putNumberInput) (*numberOutput, error) {
	b := in.Body
	if b.Trunk != "" && a.opt.HasTrunk != nil && !a.opt.HasTrunk(b.Trunk) {
		return nil, control.Invalid("trunk", "name one of sip.trunks in the configuration, or none", "there is no such trunk")
	}
	ctx, cancel := commandContext(ctx, a.opt.Limits.Command)
	defer cancel()
	n, _, err := a.opt.Registry.BindNumber(ctx, control.Number{Number: in.Number, Meeting: b.Meeting, Language: b.Language, Label: b.Label, Trunk: b.Trunk}, in.checkNumber)
	if err != nil {
		return nil, err
	}
	a.opt.Logger.Info("number bound", "meeting", n.Meeting, "actor", actorOf(ctx))
	return &numberOutput{ETag: etagOf(numberOf(n)), Body: numberOf(n)}, nil
}

type deleteNumberInput struct {
	NumberPath
	Conditional
}

func (a *API) deleteNumber(ctx context.Context, in *deleteNumberInput) (*struct{}, error) {
	ctx, cancel := commandContext(ctx, a.opt.Limits.Command)
	defer cancel()
	return nil, a.opt.Registry.UnbindNumber(ctx, in.Number, in.checkNumber)
}

// checkNumber asks whether If-Match fits; of a number that is bound to nothing nothing fits.
func (m Conditional) checkNumber(was control.Number) error {
	if was.Number == "" {
		if m.IfMatch == "" {
			return nil
		}
		return newProblem(control.CodePrecondition, "the number is bound to no meeting").with("If-Match", "leave it out to bind the number")
	}
	return m.check(etagOf(numberOf(was)), numberOf(was))
}
