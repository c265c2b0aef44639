package dialout_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"partyline/control"
	"partyline/control/dialout"
)

func policy() *dialout.Policy {
	return &dialout.Policy{
		Allow: []string{"+49", "+1", "+39", "+491371", "+43720"},
		Deny:  []string{"+49151", "+4930555"},
		Hosts: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")},
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for to, want := range map[string]string{
		// Numbers, as people write them.
		"+4930123417":           "+4930123417",
		"+49 (30) 123-417":      "+4930123417",
		"0049 30/123.417":       "+4930123417",
		"+39 06 1234567":        "+39061234567",
		"+1 212 555 0100":       "+12125550100",
		"+4372012345":           "+4372012345",
		"+491371234567":         "+491371234567", // allowed by a longer prefix than the one that denies
		"+499001234567":         "not_allowed: this number may not be called: it is a premium rate number",
		"+49 137 2123456":       "not_allowed: this number may not be called: it is a mass calling number",
		"+4915112345678":        "not_allowed: this number may not be called: its prefix is in dial_out.deny",
		"+49305551234":          "not_allowed: this number may not be called: its prefix is in dial_out.deny",
		"+18765550100":          "not_allowed: this number may not be called: it is another country within +1",
		"+19005550100":          "not_allowed: this number may not be called: it is a premium rate number",
		"+12129765010":          "not_allowed: this number may not be called: it is a premium rate number",
		"+33123456789":          "not_allowed: this number may not be called: its country or prefix is not in dial_out.allow",
		"+881612345678":         "not_allowed: this number may not be called: its country or prefix is not in dial_out.allow",
		"+43123456789":          "not_allowed: this number may not be called: its country or prefix is not in dial_out.allow",
		"+49(0)30123417":        "invalid: is not an international telephone number",
		"+490900123456":         "invalid: is not an international telephone number",
		"030123417":             "invalid: is not an international telephone number",
		"4930123417":            "invalid: is not an international telephone number",
		"+":                     "invalid: is not an international telephone number",
		"":                      "invalid: is not an international telephone number",
		"+4930":                 "invalid: must have 7 to 15 digits",
		"+4930123456789012":     "invalid: must have 7 to 15 digits",
		"+0930123456":           "invalid: is not an international telephone number",
		"000930123456":          "invalid: is not an international telephone number",
		"+49３０123417":           "invalid: is not an international telephone number", // wide digits
		"+٤٩30123417":           "invalid: is not an international telephone number",
		"+4930123417\r\nX: y":   "invalid: is not an international telephone number",
		"+4930123417;ext=1":     "invalid: is not an international telephone number",
		"+4930123417@evil":      "invalid: is not an international telephone number",
		"+4930123417,900":       "invalid: is not an international telephone number",
		"+4930123417p1":         "invalid: is not an international telephone number",
		"tel:+4930123417":       "invalid: is not an international telephone number",
		"sips:a@127.0.0.1":      "invalid: is not an international telephone number",
		"SIP:a@127.0.0.1":       "invalid: is not an international telephone number",
		strings.Repeat("1", 65): "invalid: must have at most 64 characters",

		// SIP addresses.
		"sip:phone@127.0.0.1":             "sip:phone@127.0.0.1",
		"sip:1001@127.0.0.1:5071":         "sip:1001@127.0.0.1:5071",
		"sip:a@[2001:db8::7]":             "sip:a@[2001:db8::7]",
		"sip:a@[2001:db8::7]:5060":        "sip:a@[2001:db8::7]:5060",
		"sip:a@[::ffff:127.0.0.1]:5060":   "sip:a@127.0.0.1:5060",
		"sip:+4930123417@127.0.0.1":       "sip:+4930123417@127.0.0.1",
		"sip:+499001234567@127.0.0.1":     "not_allowed: this number may not be called: it is a premium rate number",
		"sip:00499001234567@127.0.0.1":    "not_allowed: this number may not be called: it is a premium rate number",
		"sip:09001234567@127.0.0.1":       "invalid: is not an international telephone number",
		"sip:1120@127.0.0.1":              "sip:1120@127.0.0.1",
		"sip:112@127.0.0.1":               "not_allowed: this SIP address may not be called: a gateway may take it for an emergency number or for directory enquiries",
		"sip:1-1.0@127.0.0.1":             "not_allowed: this SIP address may not be called: a gateway may take it for an emergency number or for directory enquiries",
		"sip:9911@127.0.0.1":              "not_allowed: this SIP address may not be called: a gateway may take it for an emergency number or for directory enquiries",
		"sip:11880@127.0.0.1":             "not_allowed: this SIP address may not be called: a gateway may take it for an emergency number or for directory enquiries",
		"sip:a@192.0.2.1":                 "not_allowed: SIP addresses of this host may not be called",
		"sip:a@example.org":               "invalid: the host of a SIP address must be an IP address",
		"sip:a@2130706433":                "invalid: the host of a SIP address must be an IP address",
		"sip:a@127.1":                     "invalid: the host of a SIP address must be an IP address",
		"sip:a@0x7f.1":                    "invalid: the host of a SIP address must be an IP address",
		"sip:a@2001:db8::7":               "invalid: the host of a SIP address must be an IP address",
		"sip:a@[fe80::1%25eth0]":          "invalid: the host of a SIP address must be an IP address",
		"sip:a@127.0.0.1:99999":           "invalid: the host of a SIP address must be an IP address",
		"sip:a@127.0.0.1;transport=tcp":   "invalid: the host of a SIP address must be an IP address",
		"sip:a@127.0.0.1?Subject=x":       "invalid: the host of a SIP address must be an IP address",
		"sip:a@127.0.0.1>;x":              "invalid: the host of a SIP address must be an IP address",
		"sip:a%40b@127.0.0.1":             "invalid: is not a SIP address that can be called",
		"sip:a:secret@127.0.0.1":          "invalid: is not a SIP address that can be called",
		"sip:a;phone-context=x@127.0.0.1": "invalid: is not a SIP address that can be called",
		"sip:@127.0.0.1":                  "invalid: is not a SIP address that can be called",
		"sip:127.0.0.1":                   "invalid: is not a SIP address that can be called",
		"sip:a@b@127.0.0.1":               "invalid: the host of a SIP address must be an IP address",
	} {
		got, err := policy().Check(to)
		said := got.String()
		if err != nil {
			e, ok := errors.AsType[*control.Error](err)
			if !ok || e.Field != "to" {
				t.Errorf("%q: error %v", to, err)
				continue
			}
			said = string(e.Code) + ": " + e.Message
		}
		if said != want {
			t.Errorf("%q:\n got %s\nwant %s", to, said, want)
		}
	}
}

func TestNobodyIsCalledByDefault(t *testing.T) {
	t.Parallel()
	for _, to := range []string{"+4930123417", "sip:a@127.0.0.1", "", "x"} {
		_, err := new(dialout.Policy).Check(to)
		if e, ok := errors.AsType[*control.Error](err); !ok || e.Code != control.CodeNotAllowed || e.Hint == "" {
			t.Errorf("%q: %v", to, err)
		}
	}
}

// TestWhatIsAllowedIsAllowed holds 10,000 made-up destinations against the rules, which are written down here once more.
func TestWhatIsAllowedIsAllowed(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	p := &dialout.Policy{Allow: []string{"+4930", "+44"}, Deny: []string{"+4420"}}
	passed := 0
	for range 10_000 {
		to := madeUp(rnd)
		d, err := p.Check(to)
		if err != nil {
			continue
		}
		passed++
		n := d.Number
		ok := strings.HasPrefix(n, "+4930") || strings.HasPrefix(n, "+44") && !strings.HasPrefix(n, "+4420")
		for _, premium := range []string{"+449", "+4487", "+4484", "+4470", "+4476", "+44118", "+440"} {
			ok = ok && !strings.HasPrefix(n, premium)
		}
		if !ok || strings.Trim(n[1:], "0123456789") != "" {
			t.Errorf("%q became %q", to, n)
		}
	}
	if passed < 500 {
		t.Errorf("only %d passed: the test tests nothing", passed)
	}
}

func madeUp(rnd *rand.Rand) string {
	prefix := []string{"+", "00", "", "sip:", "tel:", "+4930", "+44", "0044", "+4420", "+4490", "+44 (0)", "+49900", "+881"}[rnd.IntN(13)]
	to := prefix + fmt.Sprint(rnd.Uint64())[:4+rnd.IntN(8)]
	if rnd.IntN(3) == 0 {
		at := rnd.IntN(len(to) + 1)
		trick := []string{";", "@", "?", "%30", "\r\n", " ", "-", "(", "\x00", "０", ":", ",", "p", "*", "#", "&", "\u202e"}[rnd.IntN(17)]
		to = to[:at] + trick + to[at:]
	}
	if rnd.IntN(5) == 0 {
		to += []string{"@127.0.0.1", ";user=phone", "?Route=x", "@evil.example", ";isub=1"}[rnd.IntN(5)]
	}
	return to
}
