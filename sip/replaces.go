package sip

import (
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"
)

// checkReplaces refuses an INVITE that is to take over another call (RFC 3891 §3): we let nobody do that, and do not make an
// ordinary call of what was meant otherwise.
func (u *UA) checkReplaces(req *sipmsg.Request) error {
	h := req.GetHeaders("Replaces")
	if len(h) == 0 {
		return nil
	}
	callID, params, _ := strings.Cut(h[0].Value(), ";")
	id := dialogID{callID: strings.TrimSpace(callID)}
	earlyOnly := false
	for p := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(p, "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "to-tag":
			id.localTag = strings.TrimSpace(value)
		case "from-tag":
			id.remoteTag = strings.TrimSpace(value)
		case "early-only":
			earlyOnly = true
		}
	}
	if len(h) > 1 || id.callID == "" || id.localTag == "" || id.remoteTag == "" || strings.Contains(params, ",") {
		return badRequest.because("Replaces names no one dialog")
	}
	l := u.legs.byDialog(id)
	if l == nil {
		return noDialog.because("the call to be replaced does not exist")
	}
	if info := l.info.Load(); earlyOnly && info != nil && info.Confirmed {
		return busy.because("the call to be replaced has been answered")
	}
	return forbidden.because("calls are not replaced")
}
