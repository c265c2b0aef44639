package main

import (
	"errors"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"partyline/config"
	"partyline/control/access"
)

func TestConfigKnowsTheScopes(t *testing.T) {
	var want []string
	for _, s := range access.Scopes() {
		want = append(want, string(s))
	}
	if !slices.Equal(config.Scopes, want) {
		t.Errorf("config knows %v, access %v", config.Scopes, want)
	}
}

// TestKeysOfTheCommandLine: a bridge that runs knows them at once, and those that were revoked no more.
func TestKeysOfTheCommandLine(t *testing.T) {
	dir := t.TempDir()
	p := serve(t, dir)
	keys := func(args ...string) (out, told string, err error) {
		cmd := program(t.Context(), append(append([]string{"keys"}, args...), "--state-dir", dir)...)
		text, err := cmd.Output()
		if e, ok := errors.AsType[*exec.ExitError](err); ok {
			told = string(e.Stderr)
		}
		return strings.TrimSpace(string(text)), told, err
	}
	status := func(key, method, path string) int {
		req, err := http.NewRequestWithContext(t.Context(), method, p.url+path, nil)
		must(t, err)
		req.Header.Set("Authorization", "Bearer "+key)
		res, err := http.DefaultClient.Do(req)
		must(t, err)
		must(t, res.Body.Close())
		return res.StatusCode
	}
	key, _, err := keys("create", "reader", "--scope", "meetings:read", "--expires-in", "90d")
	must(t, err)
	if got := status(key, http.MethodGet, "/v1/meetings"); got != http.StatusOK {
		t.Errorf("a key that was just made: %d", got)
	}
	if got := status(key, http.MethodPost, "/v1/meetings"); got != http.StatusForbidden {
		t.Errorf("what it is not for: %d", got)
	}
	if list, _, err := keys("list"); err != nil || !strings.Contains(list, "reader  meetings:read") || strings.Contains(list, key) {
		t.Errorf("%v, listed:\n%s", err, list)
	}
	if _, told, err := keys("create", "reader", "--scope", "admin"); err == nil || !strings.Contains(told, "already") {
		t.Errorf("a name was given twice: %s", told)
	}
	_, _, err = keys("revoke", "reader")
	must(t, err)
	if got := status(key, http.MethodGet, "/v1/meetings"); got != http.StatusUnauthorized {
		t.Errorf("a key that was revoked: %d", got)
	}
}
