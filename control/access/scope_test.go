package access_test

import (
	"testing"

	"partyline/control/access"
)

func TestScopes(t *testing.T) {
	for _, need := range access.Scopes() {
		for _, has := range access.Scopes() {
			if got, want := access.Allow([]access.Scope{has}, need), has == need || has == access.Admin; got != want {
				t.Errorf("%s for what needs %s: %v", has, need, got)
			}
		}
		if got, err := access.ParseScope(string(need)); err != nil || got != need {
			t.Errorf("%s is read as %q, %v", need, got, err)
		}
	}
	for _, text := range []string{"", "Admin", "meetings", "meetings:read ", "*"} {
		if got, err := access.ParseScope(text); err == nil {
			t.Errorf("%q is read as %q", text, got)
		}
	}
	if access.Allow(nil, access.MeetingsRead) {
		t.Error("no scope at all suffices")
	}
}
