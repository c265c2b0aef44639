package sip_test

import (
	"encoding/base64"
	"net/netip"
	"strings"
	"testing"

	"partyline/mixer/media"
	"partyline/sip"
	"partyline/sip/sdp"
	"partyline/sip/uatest"
)

// savp is an offer of SRTP with one key of the given fill.
func savp(fill string) string {
	key := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(fill, 30)))
	return strings.Replace(uatest.Offer(4000, "0 101", "crypto:7 AES_CM_128_HMAC_SHA1_80 inline:"+key+"|2^31"), "RTP/AVP", "RTP/SAVP", 1)
}

func withSRTP(p sdp.Policy) func(*sip.Options) {
	return func(o *sip.Options) {
		o.SRTP.Policy = func(far netip.Addr, trunk string) sdp.Policy {
			if !far.IsLoopback() || trunk != "" {
				return sdp.SRTPOff
			}
			return p
		}
	}
}

// TestSRTPPolicy: what is required and not offered is refused with 488, and so is what is insisted on and not allowed.
func TestSRTPPolicy(t *testing.T) {
	for name, tt := range map[string]struct {
		policy sdp.Policy
		offer  string
		status int
	}{
		"required, plain":      {sdp.SRTPRequire, uatest.Offer(4000, "0"), 488},
		"required, unusable":   {sdp.SRTPRequire, strings.Replace(savp("k"), "AES_CM", "AES_CN", 1), 488},
		"off, insisted on":     {sdp.SRTPOff, savp("k"), 488},
		"impossible":           {sdp.SRTPNoKeys, savp("k"), 488},
		"impossible, plain":    {sdp.SRTPNoKeys, uatest.Offer(4000, "0"), 488},
		"impossible, no offer": {sdp.SRTPNoKeys, "", 488},
		"required":             {sdp.SRTPRequire, savp("k"), 200},
		"allowed":              {sdp.SRTPAllow, savp("k"), 200},
		"allowed, plain":       {sdp.SRTPAllow, uatest.Offer(4000, "0"), 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			forEachTransport(t, func(t *testing.T, network string) {
				r := newRig(t, withSRTP(tt.policy))
				call := uatest.NewPhone(t, r.addr(network)).Call("300")
				call.Invite(tt.offer)
				if tt.status != 200 {
					call.Refused(tt.status)
					return
				}
				res := call.Answered()
				call.Ack("")
				r.caller(call).Await(t, "answered")
				legs := r.ua.Legs()
				secured := strings.Contains(tt.offer, "SAVP")
				if len(legs) != 1 || (legs[0].SRTP == "AES_CM_128_HMAC_SHA1_80") != secured || strings.Contains(res.Body, "a=crypto:7 ") != secured {
					t.Errorf("legs %+v, answer\n%s", legs, res.Body)
				}
			})
		})
	}
}

// TestSRTPChanges: a re-INVITE brings another key to the media, and cannot bring plain RTP; a suspended call keeps its keys.
func TestSRTPChanges(t *testing.T) {
	r := newRig(t, withSRTP(sdp.SRTPAllow))
	call, caller, leg := r.dial("udp", savp("k"))
	first := leg.Spec().Crypto
	if first.Suite != media.AES128SHA80 || string(first.Recv) != strings.Repeat("k", 30) || len(first.Send) != 30 {
		t.Fatalf("spec %v", first.Suite)
	}
	answer := call.Change("INVITE", savp("n"))
	next := leg.Spec().Crypto
	if string(next.Recv) != strings.Repeat("n", 30) || string(next.Send) != string(first.Send) || !strings.Contains(answer, "RTP/SAVP") {
		t.Errorf("after the change: %v\n%s", next.Suite, answer)
	}
	call.Invite(uatest.Offer(4000, "0")) // plain RTP in an encrypted call
	call.Refused(488)
	if leg.Spec().Crypto.IsZero() {
		t.Error("the call has become plain")
	}
	state := suspend(t, r.ua, caller.Call.Leg)
	if got := state.SDP.Spec.Crypto; string(got.Recv) != strings.Repeat("n", 30) || string(got.Send) != string(first.Send) || len(state.SDP.Secret) != 32 {
		t.Errorf("state %v", got.Suite)
	}
}
