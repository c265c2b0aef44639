package sip

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// minSessionExpires is the shortest session that RFC 4028 §4 allows.
const minSessionExpires = 90 * time.Second

// maxSessionExpires bounds what a far end may ask us to wait for: longer ones are as good as none. Tuned: November 2026.
const maxSessionExpires = 24 * time.Hour

// timerTag is the option tag of session timers.
const timerTag = "timer"

// SessionTimer says until when a call goes on without a sign that both sides still have it (RFC 4028). Whoever is the
// refresher renews it at half the time; if nobody does, the call is ended shortly before the time is over. It is pure.
type SessionTimer struct {
	Expires int       `json:"expires"`          // seconds from one refresh to the end; 0: no timer
	Ours    bool      `json:"ours"`             // we are the refresher
	Shared  bool      `json:"shared"`           // the far end has the timer too; else it is for us alone
	Update  bool      `json:"update"`           // the far end takes UPDATE
	Min     int       `json:"min_se,omitempty"` // what somebody on the way has asked for, in seconds; 0: nobody
	Since   time.Time `json:"since"`            // of the last refresh
}

// sessionRules are what we want of a session timer, in seconds.
type sessionRules struct {
	want int // 0: nothing, of ourselves
	min  int // below it a session is refused with 422
}

func (o *Options) sessionRules() sessionRules {
	return sessionRules{want: int(o.SessionExpires / time.Second), min: int(orDefault(o.MinSession, minSessionExpires) / time.Second)}
}

// fieldLister is a request or a response.
type fieldLister interface {
	GetHeaders(name string) []sipmsg.Header
}

// sessionFields are what a message says of the session timer.
type sessionFields struct {
	expires   int    // Session-Expires; 0: none
	refresher string // its parameter: uac, uas, or ""
	min       int    // Min-SE; 0: none
	supported bool   // the sender has the timer
	allows    bool   // Allow is there
	update    bool   // and has UPDATE
}

// readSession reads them. An error is a refusal.
func readSession(m fieldLister) (f sessionFields, err error) {
	options := append(list(m, "Supported", "k"), list(m, "Require", "")...)
	f.supported = slices.ContainsFunc(options, func(s string) bool { return strings.EqualFold(s, timerTag) })
	allow := list(m, "Allow", "")
	f.allows, f.update = len(allow) > 0, slices.Contains(allow, string(sipmsg.UPDATE))
	var params string
	if f.expires, params, err = seconds(m, "Session-Expires", "x"); err != nil {
		return f, err
	}
	if f.min, _, err = seconds(m, "Min-SE", ""); err != nil {
		return f, err
	}
	for p := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(p, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "refresher") {
			continue
		}
		f.refresher = strings.ToLower(strings.TrimSpace(value))
		if f.refresher != "uac" && f.refresher != "uas" {
			return f, badRequest.because("the refresher is neither uac nor uas")
		}
	}
	return f, nil
}

// list are the values of a header that is a list, under its long name and its compact one.
func list(m fieldLister, name, compact string) (values []string) {
	for _, h := range headers(m, name, compact) {
		for v := range strings.SplitSeq(h.Value(), ",") {
			if v = strings.TrimSpace(v); v != "" {
				values = append(values, v)
			}
		}
	}
	return values
}

func headers(m fieldLister, name, compact string) []sipmsg.Header {
	all := m.GetHeaders(name)
	if compact != "" { // over a connection that we have opened there is no guard that expands it
		all = append(all, m.GetHeaders(compact)...)
	}
	return all
}

// seconds reads a header that is a number of seconds with parameters; 0: there is none.
func seconds(m fieldLister, name, compact string) (n int, params string, err error) {
	all := headers(m, name, compact)
	if len(all) == 0 {
		return 0, "", nil
	}
	number, params, _ := strings.Cut(all[0].Value(), ";")
	v, err := strconv.ParseUint(strings.TrimSpace(number), 10, 32)
	if err != nil || v == 0 || len(all) > 1 {
		return 0, "", badRequest.because("%s is not one number of seconds", name)
	}
	return int(min(v, uint64(maxSessionExpires/time.Second))), params, nil
}

// check refuses a session that is too short (RFC 4028 §9). Who does not know timers would not know what to do about it.
func (r sessionRules) check(f sessionFields) error {
	if f.supported && f.expires != 0 && f.expires < r.min {
		refusal := tooBrief.because("the session is shorter than %d s", r.min)
		refusal.minSE = r.min
		return refusal
	}
	return nil
}

// accept is the timer that our 2xx to a request says (RFC 4028 §9, Table 2); t is the one before. Where it is ours to choose we
// are the refresher: then no call ends because a far end promised more than it does.
func (t SessionTimer) accept(f sessionFields, r sessionRules, now time.Time) SessionTimer {
	next := SessionTimer{Shared: f.supported, Update: t.Update, Min: max(f.min, t.Min), Since: now, Ours: true}
	if f.allows {
		next.Update = f.update
	}
	if r.want != 0 {
		next.Expires = max(r.want, f.min)
	}
	if f.expires != 0 && (next.Expires == 0 || f.expires < next.Expires) {
		next.Expires = max(f.expires, r.min)
	}
	switch {
	case !f.supported:
	case f.refresher != "":
		next.Ours = f.refresher == "uas"
	case t.Expires != 0 && t.Shared: // the roles stay
		next.Ours = t.Ours
	}
	return next
}

// answer are the headers of our 2xx.
func (t SessionTimer) answer() []sipmsg.Header {
	h := []sipmsg.Header{sipmsg.NewHeader("Supported", supported)}
	if t.Expires == 0 {
		return h
	}
	refresher := "uac"
	if t.Ours {
		refresher = "uas"
	}
	h = append(h, sipmsg.NewHeader("Session-Expires", fmt.Sprintf("%d;refresher=%s", t.Expires, refresher)))
	if t.Shared {
		h = append(h, sipmsg.NewHeader("Require", timerTag))
	}
	return h
}

// ask are the headers of an INVITE or UPDATE of ours. In the first INVITE it is the far end's to choose who refreshes.
func (t SessionTimer) ask(first bool) []sipmsg.Header {
	h := []sipmsg.Header{sipmsg.NewHeader("Supported", supported)}
	if t.Expires == 0 {
		return h
	}
	expires := strconv.Itoa(t.Expires)
	if !first {
		expires += ";refresher=uac"
	}
	h = append(h, sipmsg.NewHeader("Session-Expires", expires))
	if t.Min != 0 {
		h = append(h, sipmsg.NewHeader("Min-SE", strconv.Itoa(t.Min)))
	}
	return h
}

// adopt is the timer that the 2xx to a request of ours says (RFC 4028 §7.2); t is what we have asked for. If it says nothing,
// the timer is for us alone, and we refresh.
func (t SessionTimer) adopt(f sessionFields, r sessionRules, now time.Time) SessionTimer {
	next := t
	next.Since, next.Ours, next.Shared = now, true, f.expires != 0
	if f.allows {
		next.Update = f.update
	}
	if f.expires != 0 {
		next.Expires, next.Ours = max(f.expires, r.min), f.refresher != "uas"
	}
	return next
}

// raise is the timer to ask for after a 422 (RFC 4028 §7.3). False: it asks for too much, or for nothing.
func (t SessionTimer) raise(f sessionFields) (SessionTimer, bool) {
	if f.min <= t.Min || f.min >= int(maxSessionExpires/time.Second) {
		return t, false
	}
	t.Min, t.Expires = f.min, max(t.Expires, f.min)
	return t, true
}

// refreshAt is when the refresher refreshes (RFC 4028 §7.4).
func (t SessionTimer) refreshAt() time.Time {
	return t.Since.Add(time.Duration(t.Expires) * time.Second / 2)
}

// endAt is when the call is ended if nobody has refreshed (RFC 4028 §10).
func (t SessionTimer) endAt() time.Time {
	expires := time.Duration(t.Expires) * time.Second
	return t.Since.Add(expires - min(32*time.Second, expires/3))
}
