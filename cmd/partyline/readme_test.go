package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestREADMEDrive runs README's commands for control planes against a bridge.
func TestREADMEDrive(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		missing(t, "curl is not installed")
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(readme), "```sh\n")
	script, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatal("README has no block of shell commands")
	}
	checkLeaks(t)
	b := newBridge(t, bridgeOptions{})
	cmd := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", script)
	cmd.Env = append(os.Environ(), "API="+b.app.URL(), "KEY="+b.app.Key())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{`"name":"Room 6"`, "breakouts.started", "broadcast.sent", "breakouts.stopped"} {
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
