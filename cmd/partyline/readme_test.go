package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestREADMEDrive runs README's eight commands for control planes against a bridge, from nothing to running breakouts.
func TestREADMEDrive(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		missing(t, "curl is not installed")
	}
	readme, err := os.ReadFile("../../README.md")
	must(t, err)
	_, rest, ok := strings.Cut(string(readme), "```sh\n")
	script, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatal("README has no block of shell commands")
	}
	checkLeaks(t)
	b := newBridge(t, bridgeOptions{})
	dir := t.TempDir()
	// A curl before the real one notes how each of them ends.
	note := "#!/bin/sh\n" + curl + " \"$@\"\nstatus=$?\necho $status >>" + dir + "/ended\nexit $status\n"
	must(t, os.WriteFile(filepath.Join(dir, "curl"), []byte(note), 0o700))
	cmd := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", script)
	cmd.Env = append(os.Environ(), "API="+b.app.URL(), "KEY="+b.app.Key(), "PATH="+dir+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ended, err := os.ReadFile(filepath.Join(dir, "ended"))
	must(t, err)
	if got, want := strings.Fields(string(ended)), strings.Fields("0 0 0 0 0 0 0 28"); !slices.Equal(got, want) {
		t.Errorf("the commands ended with %v, want %v\n%s", got, want, out)
	}
	for _, want := range []string{
		`"name":"Room 6"`, `"people_added":2`, `"external_id":"user-17"`, `"state":"open"`, `"outcome":"moved"`,
		"event: roster.imported", "event: breakouts.started", "event: broadcast.sent",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %s in:\n%s", want, out)
		}
	}
}

// TestREADMECheck runs README's command that checks a configuration.
func TestREADMECheck(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	must(t, err)
	_, rest, found := strings.Cut(string(readme), "go run ./cmd/partyline check ")
	args, _, closed := strings.Cut(rest, "\n")
	if !found || !closed {
		t.Fatal("README has no check command")
	}
	cmd := program(t.Context(), append([]string{"check"}, strings.Fields(args)...)...)
	cmd.Dir = "../.."
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "The configuration is valid") {
		t.Errorf("%v\n%s", err, out)
	}
}
