package api

import (
	"context"
	"strings"
	"time"

	"partyline/control"
)

const phoneCodeDescription = "Show the code to the participant. Whoever keys it in, in place of the access code or of a PIN, is at once that participant, with " +
	"his role and in his room; who is in the meeting by telephone already keys it in after the command for it. It is used once. A code that was made before for the same " +
	"participant is void."

// NewPhoneCode is the request for a phone code.
type NewPhoneCode struct {
	ExpiresInS int `json:"expires_in_s,omitempty" minimum:"1" maximum:"3600" example:"600" doc:"For how many seconds it holds; absent: 600."`
}

// PhoneCode is what somebody keys into his telephone.
type PhoneCode struct {
	Code      string    `json:"code" example:"730118264" doc:"Nine digits. It is not shown again."`
	ExpiresAt time.Time `json:"expires_at" doc:"When it holds no more."`
	Numbers   []string  `json:"numbers" nullable:"false" example:"[\"+4930123456\"]" doc:"Telephone numbers that lead to the meeting. The code works on every other number of the bridge too, in place of the access code."`
	HowToDial string    `json:"how_to_dial" example:"Call +4930123456 and key in 730118264#." doc:"The same in words."`
}

type issuePhoneCodeInput struct {
	ParticipantPath
	Body *NewPhoneCode `required:"false"`
}

func (a *API) issuePhoneCode(ctx context.Context, in *issuePhoneCodeInput) (*reply[PhoneCode], error) {
	m, err := a.meeting(in.Meeting)
	if err != nil {
		return nil, err
	}
	issue := control.IssuePhoneCode{Participant: in.Participant}
	if in.Body != nil {
		issue.Life = time.Duration(in.Body.ExpiresInS) * time.Second
	}
	return run(ctx, a, m, command[PhoneCode]{do: issue, answer: func(d done) PhoneCode {
		code, _ := d.value.(control.PhoneCode)
		out := PhoneCode{Code: code.Code, ExpiresAt: code.ExpiresAt.UTC(), Numbers: a.numbersOf(in.Meeting)}
		out.HowToDial = howToDial(out, d.before.Options.AsksPIN())
		return out
	}})
}

// numbersOf are the telephone numbers that lead to a meeting.
func (a *API) numbersOf(m control.MeetingID) []string {
	numbers := []string{}
	for _, n := range a.opt.Registry.NumbersOf(m) {
		if strings.HasPrefix(n.Number, "+") {
			numbers = append(numbers, n.Number)
		}
	}
	return numbers
}

// howToDial says what to do. On a number of the meeting nobody is asked for an access code, and for a PIN if the meeting has
// any.
func howToDial(c PhoneCode, asked bool) string {
	numbers := strings.Join(c.Numbers, " or ")
	switch {
	case numbers == "":
		return "Call the bridge and key in " + c.Code + "# in place of the access code."
	case asked:
		return "Call " + numbers + " and key in " + c.Code + "#."
	}
	return "Call " + numbers + ", press star star 7 when you are in, and key in " + c.Code + "#."
}
