package sip

import (
	"strconv"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"
)

// methods are exactly those that are implemented: what Allow lists (RFC 3261 §20.5).
var methods = []string{"INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "UPDATE", "INFO", "PRACK"}

var allow = strings.Join(methods, ", ")

// extensions are exactly those that are implemented: what Supported lists, and what may be required (RFC 3261 §20.37).
var extensions = []string{relTag, timerTag}

var supported = strings.Join(extensions, ", ")

const mimeSDP = "application/sdp"

// responder is what a server transaction is needed for here.
type responder interface {
	Respond(*sipmsg.Response) error
}

// newReply makes a response with our tag in To (RFC 3261 §8.2.6.2); an empty tag leaves it to chance, for requests
// that make no dialog.
func newReply(req *sipmsg.Request, status int, phrase, tag string) *sipmsg.Response {
	res := sipmsg.NewResponseFromRequest(req, status, phrase, nil)
	if to := res.To(); to != nil && tag != "" {
		to.Params.Add("tag", tag)
	}
	return res
}

func addHeader(res *sipmsg.Response, name, value string) {
	res.AppendHeader(sipmsg.NewHeader(name, value))
}

// withSDP puts a description into a response.
func withSDP(res *sipmsg.Response, body []byte) {
	addHeader(res, "Content-Type", mimeSDP)
	res.SetBody(body)
}

// newRefusal makes the response that says r.
func newRefusal(req *sipmsg.Request, r *refusal, tag string) *sipmsg.Response {
	res := newReply(req, r.status, r.phrase, tag)
	if r.cause != 0 {
		addHeader(res, "Reason", reasonHeader("Q.850", r.cause, r.text))
	} else if r.text != "" {
		addHeader(res, "Reason", reasonHeader("SIP", r.status, r.text))
	}
	if r.minSE != 0 {
		addHeader(res, "Min-SE", strconv.Itoa(r.minSE))
	}
	if r.retry {
		addHeader(res, "Retry-After", retryAfter)
	}
	return res
}

// refuse answers a request that a leg has no part in.
func (u *UA) refuse(req *sipmsg.Request, tx responder, r *refusal) {
	u.count.refusedWith(r.status)
	u.refused.Debug("request refused", "method", string(req.Method), "status", r.status, "err", r.text, "remote", source(req))
	res := newRefusal(req, r, "")
	u.traceReply(req, res)
	u.reply(tx, res)
}

func (u *UA) reply(tx responder, res *sipmsg.Response) {
	if err := tx.Respond(res); err != nil {
		u.log.Debug("reply not sent", "status", res.StatusCode, "err", err)
	}
}
