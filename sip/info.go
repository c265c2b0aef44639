package sip

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"partyline/mixer/dtmf"
)

// The bodies of an INFO with a key. No RFC describes them; what is read here is what Cisco's gateways began with and
// others send:
//
//	application/dtmf-relay    Signal=5
//	                          Duration=160      in milliseconds; may be missing
//	application/dtmf          5
const (
	mimeRelay = "application/dtmf-relay"
	mimeDTMF  = "application/dtmf"
)

var infoTypes = []string{mimeRelay, mimeDTMF}

// Bounds of INFO: of one body, and of keys in a call. Nobody dials faster than 20 keys a second. Tuned: November 2026.
const (
	maxInfoBody   = 256
	infoPerSecond = 20
	infoBurst     = 40
)

// onInfo takes a key (RFC 6086 §4.2.2: no info package is defined for them, so it is the older form of RFC 2976).
func (l *leg) onInfo(in *incoming) {
	if in.req.GetHeader("Info-Package") != nil {
		res := newRefusal(in.req, badPackage.because("no info packages are supported"), l.dialog.localTag)
		addHeader(res, "Recv-Info", "")
		l.count.refusedWith(badPackage.status)
		l.reply(in, res)
		return
	}
	if len(in.req.Body()) == 0 { // a sign of life
		l.reply(in, newReply(in.req, 200, "OK", l.dialog.localTag))
		return
	}
	if !l.keys.infos.allows(time.Now(), infoPerSecond, infoBurst) {
		l.refuse(in, tryLater.because("too many keys at a time"))
		return
	}
	press, err := readInfo(in.req)
	if err != nil {
		l.refuseInfo(in, refuse(err))
		return
	}
	l.reply(in, newReply(in.req, 200, "OK", l.dialog.localTag))
	if press.digit != 0 {
		l.key(dtmf.ByInfo, press.digit, press.held)
	}
}

// refuseInfo says what would have been read.
func (l *leg) refuseInfo(in *incoming, r *refusal) {
	l.count.refusedWith(r.status)
	l.log.Debug("key by INFO refused", "status", r.status) // not why: there may be a part of somebody's PIN in it
	res := newRefusal(in.req, r, l.dialog.localTag)
	if r.status == badType.status {
		addHeader(res, "Accept", strings.Join(infoTypes, ", "))
	}
	l.reply(in, res)
}

// infoKey is a key that came by INFO. The digit is 0 for what is none: the hook, pressed for a moment.
type infoKey struct {
	digit byte
	held  time.Duration // 0: not said
}

// readInfo reads the key of an INFO. An error is a refusal.
func readInfo(req *sipmsg.Request) (infoKey, error) {
	body := req.Body()
	if len(body) > maxInfoBody {
		return infoKey{}, badRequest.because("the body has more than %d bytes", maxInfoBody)
	}
	var k infoKey
	var err error
	switch mimeOf(req) {
	case mimeRelay:
		k, err = parseRelay(string(body))
	case mimeDTMF:
		k, err = parseDTMF(string(body))
	default: // one that may be ignored, but then there is nothing left
		return infoKey{}, badType.because("the body is neither %s nor %s", mimeRelay, mimeDTMF)
	}
	if err != nil {
		return infoKey{}, badRequest.because("%v", err)
	}
	return k, nil
}

// parseDTMF reads the body of application/dtmf: the key. Some send the other form under this name.
func parseDTMF(body string) (k infoKey, err error) {
	if strings.Contains(body, "=") {
		return parseRelay(body)
	}
	k.digit, err = parseSignal(strings.TrimSpace(body))
	return k, err
}

// parseRelay reads the body of application/dtmf-relay: lines of name=value, in any order. Unknown ones are passed over.
func parseRelay(body string) (k infoKey, err error) {
	signalled := false
	for line := range strings.FieldsFuncSeq(body, func(r rune) bool { return r == '\r' || r == '\n' }) {
		name, value, ok := strings.Cut(line, "=")
		if !ok && strings.TrimSpace(line) != "" {
			return infoKey{}, fmt.Errorf("%q is no name=value", plainText(line, 20))
		}
		switch value = strings.TrimSpace(value); strings.ToLower(strings.TrimSpace(name)) {
		case "signal":
			if signalled {
				return infoKey{}, errors.New("more than one Signal")
			}
			signalled = true
			k.digit, err = parseSignal(value)
		case "duration":
			k.held, err = parseDuration(value)
		}
		if err != nil {
			return infoKey{}, err
		}
	}
	if !signalled {
		return infoKey{}, errors.New("no Signal")
	}
	return k, nil
}

// The keys by number: as in RFC 4733 §3.2, where 16 is the hook.
const (
	signals = "0123456789*#ABCD"
	flash   = len(signals)
)

// parseSignal reads a key: as it is printed on it, or its number, decimal or hexadecimal.
func parseSignal(s string) (digit byte, err error) {
	if len(s) == 1 {
		key := strings.ToUpper(s)[0]
		if key == '!' {
			return 0, nil
		}
		if strings.IndexByte(signals, key) >= 0 {
			return key, nil
		}
	}
	base, number := 10, s
	if hex, ok := strings.CutPrefix(strings.ToLower(s), "0x"); ok {
		base, number = 16, hex
	}
	n, err := strconv.ParseUint(number, base, 8)
	switch {
	case err != nil || n > uint64(flash):
		return 0, fmt.Errorf("no key is called %q", plainText(s, 20))
	case n == uint64(flash):
		return 0, nil
	}
	return signals[n], nil
}

// parseDuration reads for how long a key was down, in milliseconds.
func parseDuration(s string) (time.Duration, error) {
	ms, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("no duration in milliseconds: %q", plainText(s, 20))
	}
	return time.Duration(ms) * time.Millisecond, nil
}
