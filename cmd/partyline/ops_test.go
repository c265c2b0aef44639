package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
	"partyline/config"
)

// TestAlertsNameMetrics: every metric in README's alerts is there, with the labels it is asked for, on a bridge that has had a call
// and a refused call out.
func TestAlertsNameMetrics(t *testing.T) {
	checkLeaks(t)
	readme, err := os.ReadFile("../../README.md")
	must(t, err)
	b := newBridge(t, bridgeOptions{change: func(c *config.Config) { c.Speech.Engine, c.Backup.Dir = "auto", t.TempDir() }})
	m, _ := b.meeting(bridgeapi.NewMeeting{})
	call := b.dial(m.AccessCode, phone.Options{})
	b.participant(m, call, inMainRoom)
	if err := b.api.Do(soon(t), "POST", "/v1/meetings/"+m.ID+"/calls", map[string]any{"to": "+4930123456"}, nil); err == nil {
		t.Error("a call out is made that nobody has allowed")
	}
	metrics := string(b.read(t, "/metrics", ""))
	// These come to be when it first happens, with these labels.
	later := []string{`partyline_sip_refused_total{status="503"}`, `partyline_calls_out_total{outcome="failed"}`}
	asked := regexp.MustCompile(`partyline_[a-z0-9_]+(\{[^}]*\})?`).FindAllString(string(readme), -1)
	if len(asked) < 20 {
		t.Fatalf("README names %d metrics", len(asked))
	}
	for _, ask := range asked {
		name, labels, labelled := strings.Cut(strings.TrimSuffix(ask, "}"), "{")
		if strings.HasSuffix(name, "_") || strings.Contains(strings.Join(later, " "), ask) {
			continue
		}
		pattern := "(?m)^" + name + "(_count)?" // of a histogram
		if labelled {
			label, value, _ := strings.Cut(labels, "=")
			value = strings.NewReplacer("~", "", `\|`, "|").Replace(value)
			value = "(" + strings.Trim(value, `"`) + ")"
			pattern += `\{[^}]*` + label + `="` + value + `"`
		}
		if !regexp.MustCompile(pattern + `[{ ,}]`).MatchString(metrics) {
			t.Errorf("there is no %s", ask)
		}
	}
}

// TestCallRecords: a call that has ended is a line of JSON, its numbers masked; the file may be moved away.
func TestCallRecords(t *testing.T) {
	checkLeaks(t)
	file := filepath.Join(t.TempDir(), "calls.jsonl")
	b := newBridge(t, bridgeOptions{change: func(c *config.Config) { c.CDR.File = file }})
	m, _ := b.meeting(bridgeapi.NewMeeting{})
	for range 2 {
		call := b.dial(m.AccessCode, phone.Options{})
		b.participant(m, call, inMainRoom)
		must(t, b.hangUp(call))
		var records []callRecord
		await(t, "a record is written", func() error {
			records = recordsOf(t, file)
			if len(records) == 0 {
				return os.ErrNotExist
			}
			return nil
		})
		r := records[0]
		if len(records) != 1 || string(r.Meeting) != m.ID || r.Direction != "inbound" || r.Reason != "bridge" || r.Codec == "" || r.Transport != "udp" {
			t.Errorf("records %+v", records)
		}
		if r.Answered.Before(r.Started) || r.Ended.Before(r.Answered) || r.Seconds <= 0 || time.Since(r.Ended) > time.Minute {
			t.Errorf("times %+v", r)
		}
		if strings.Contains(r.To, m.AccessCode) {
			t.Errorf("the access code is in the record: %q", r.To)
		}
		must(t, os.Rename(file, file+".1"))
	}
}

func recordsOf(t *testing.T, file string) (records []callRecord) {
	t.Helper()
	f, err := os.Open(file)
	if os.IsNotExist(err) {
		return nil
	}
	must(t, err)
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var r callRecord
		must(t, json.Unmarshal(lines.Bytes(), &r))
		records = append(records, r)
	}
	must(t, lines.Err())
	must(t, f.Close())
	return records
}

// TestUnwritableCallRecords: a bridge that cannot write what it shall write does not start.
func TestUnwritableCallRecords(t *testing.T) {
	cfg, err := config.Load("", config.Overrides{SIPListen: []string{"udp:127.0.0.1:0"}, HTTPListen: "127.0.0.1:0", StateDir: t.TempDir()})
	must(t, err)
	cfg.CDR.File = filepath.Join(t.TempDir(), "no", "such", "folder")
	if _, err := New(t.Context(), cfg, testLog(t)); err == nil || !strings.Contains(err.Error(), "cdr.file") {
		t.Errorf("it starts: %v", err)
	}
}

// TestUnitFile has systemd check the unit.
func TestUnitFile(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed")
	}
	unit, err := os.ReadFile("deploy/partyline.service")
	must(t, err)
	self, err := os.Executable() // the unit's program need not be installed here
	must(t, err)
	file := filepath.Join(t.TempDir(), "partyline.service")
	must(t, os.WriteFile(file, []byte(strings.ReplaceAll(string(unit), "/usr/local/bin/partyline", self)), 0o600))
	if out, err := exec.CommandContext(t.Context(), analyze, "verify", "--man=no", file).CombinedOutput(); err != nil || strings.Contains(string(out), "partyline.service:") {
		t.Errorf("%v\n%s", err, out)
	}
}
