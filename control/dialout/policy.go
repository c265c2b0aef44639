package dialout

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"partyline/control"
)

// Policy says whom the bridge may call. The zero value allows nobody.
type Policy struct {
	Allow []string       // prefixes of numbers, "+49"; "+" is every number
	Deny  []string       // prefixes that are not called even if Allow has a shorter one
	Hosts []netip.Prefix // where SIP addresses may be
}

// Off says that nobody may be called.
func (p *Policy) Off() bool { return len(p.Allow) == 0 && len(p.Hosts) == 0 }

// Check reads what somebody wants to call and says whether that is allowed. The error is a [control.Error].
func (p *Policy) Check(to string) (Destination, error) {
	if p.Off() {
		return Destination{}, &control.Error{Code: control.CodeNotAllowed, Field: field,
			Message: "this bridge calls nobody", Hint: "the operator names in dial_out.allow who may be called"}
	}
	d, err := parse(to)
	switch {
	case err != nil:
		return Destination{}, err
	case d.Number != "":
		return d, p.number(d.Number)
	}
	return d, p.address(d)
}

// number finds the longest prefix that says anything about a number. Of two that are as long the one that denies counts.
func (p *Policy) number(number string) error {
	why, longest := "its country or prefix is not in dial_out.allow", -1
	for _, prefix := range p.Allow {
		if n := match(number, prefix); n > longest {
			why, longest = "", n
		}
	}
	for _, s := range special {
		if n := match(number, s.prefix); n >= longest && n > 0 && longest >= 0 {
			why, longest = "it is "+s.what, n
		}
	}
	for _, prefix := range p.Deny {
		if n := match(number, prefix); n >= longest && n >= 0 && longest >= 0 {
			why, longest = "its prefix is in dial_out.deny", n
		}
	}
	if why == "" {
		return nil
	}
	return &control.Error{Code: control.CodeNotAllowed, Field: field, Message: "this number may not be called: " + why,
		Hint: "the operator names in dial_out.allow who may be called"}
}

// match returns the length of a prefix if the number begins with it, else -1.
func match(number, prefix string) int {
	if len(number) < len(prefix) {
		return -1
	}
	for i := range len(prefix) {
		if prefix[i] != '?' && prefix[i] != number[i] {
			return -1
		}
	}
	return len(prefix)
}

// address checks a SIP address. A gateway may make a telephone number of the user part, so what looks like one is held to
// the rules of numbers too.
func (p *Policy) address(d Destination) error {
	if !slices.ContainsFunc(p.Hosts, func(net netip.Prefix) bool { return net.Contains(d.Addr.Addr()) }) {
		return &control.Error{Code: control.CodeNotAllowed, Field: field, Message: "SIP addresses of this host may not be called",
			Hint: "the operator names in dial_out.hosts where may be called"}
	}
	switch {
	case shortCode.MatchString(strings.NewReplacer(".", "", "_", "", "-", "").Replace(d.User)):
		return &control.Error{Code: control.CodeNotAllowed, Field: field, Hint: "give the telephone another name",
			Message: "this SIP address may not be called: a gateway may take it for an emergency number or for directory enquiries"}
	case !looksLikeNumber(d.User):
		return nil
	}
	number, err := parseNumber(d.User)
	if err != nil {
		return err
	}
	return p.number(number)
}

// looksLikeNumber takes for an extension what has up to six digits.
func looksLikeNumber(user string) bool {
	bare := strings.Trim(user, digits+"+._-") == ""
	return bare && (strings.HasPrefix(user, "+") || strings.HasPrefix(user, "00") || len(user) > 6)
}

// shortCode is what a gateway may take for an emergency number or for directory enquiries, also with the digit for an outside
// line before it. No extension is called like that.
var shortCode = regexp.MustCompile(`^[09]?(000|110|112|911|999|118[0-9]{2,3})$`)
