package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"partyline/cmd/internal/bridgeapi"
	"partyline/config"
	"partyline/control/store/postgres/pgtest"
)

// in has a bridge keep its log in this database.
func in(url string) func(*config.Config) { return func(c *config.Config) { c.Store = url } }

func TestKillLosesNothingInPostgreSQL(t *testing.T) {
	killAgainAndAgain(t, "--store", pgtest.Database(t))
}

func TestWholeSessionInPostgreSQL(t *testing.T) {
	realAudio(t)
	url := pgtest.Database(t)
	s := newSession(t, 12, 48, 6)
	s.store = url
	s.hold()
}

func TestCallsOutliveTheAppInPostgreSQL(t *testing.T) { outliveTheApp(t, in(pgtest.Database(t))) }

// Two bridges never own one store, on one machine or on two.
func TestSecondBridge(t *testing.T) {
	url := pgtest.Database(t)
	p := serve(t, t.TempDir(), "--store", url)
	_, err := New(t.Context(), withStore(t, url), testLog(t))
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf(" %d ", p.cmd.Process.Pid)) || !strings.Contains(err.Error(), "stop that one first") {
		t.Errorf("a second bridge was told: %v", err)
	}
	p.end(os.Interrupt)
	second, err := New(t.Context(), withStore(t, url), testLog(t))
	must(t, err)
	must(t, second.Stop(soon(t)))
}

func withStore(t *testing.T, url string) config.Config {
	t.Helper()
	cfg, err := config.Load("", config.Overrides{SIPListen: []string{"udp:127.0.0.1:0"}, HTTPListen: "127.0.0.1:0", StateDir: t.TempDir(), Store: url})
	must(t, err)
	return cfg
}

// A server that is away refuses changes, and nothing else; when it is back, so is everything.
func TestPostgreSQLIsAway(t *testing.T) {
	checkLeaks(t)
	server, url := pgtest.Start(t)
	b := newBridge(t, bridgeOptions{change: in(url), log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	m, _ := b.meeting(bridgeapi.NewMeeting{Title: "Away"}, "Red")
	lock := func() error { return b.api.Do(soon(t), http.MethodPost, "/v1/meetings/"+m.ID+"/lock", nil, nil) }
	ready := func() error { return b.api.Do(soon(t), http.MethodGet, "/readyz", nil, nil) }
	must(t, ready())

	server.Stop(t)
	for range 3 {
		if err := lock(); err == nil || !strings.Contains(err.Error(), "503 The store is unavailable") {
			t.Errorf("a change was answered with %v", err)
		}
	}
	await(t, "not ready", func() error {
		if ready() == nil {
			return errors.New("it is ready")
		}
		return nil
	})
	var read struct {
		Locked bool   `json:"locked"`
		Title  string `json:"title"`
	}
	must(t, b.api.Do(soon(t), http.MethodGet, "/v1/meetings/"+m.ID, nil, &read))
	if read.Title != "Away" || read.Locked {
		t.Errorf("the meeting is %+v", read)
	}

	server.Again(t)
	await(t, "ready again", ready)
	must(t, lock())
	b.stop()
	again := newBridge(t, bridgeOptions{change: in(url)})
	must(t, again.api.Do(soon(t), http.MethodGet, "/v1/meetings/"+m.ID, nil, &read))
	if !read.Locked {
		t.Error("what was acknowledged is lost")
	}
}

// check says where the events are kept and whether that can be used. Neither it nor serve shows a password.
func TestPasswordIsNotShown(t *testing.T) {
	url := pgtest.Database(t)
	const secret = "hunter2"
	file := filepath.Join(t.TempDir(), "partyline.yaml")
	must(t, os.WriteFile(file, []byte("store: postgres://u:"+secret+"@127.0.0.1:1/d\n"), 0o600))
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{"check", "--store", strings.Replace(url, "partyline@", "partyline:"+secret+"@", 1)}, "can be reached"},
		{[]string{"check", "--config", file}, "postgres://u@127.0.0.1:1/d (cannot be used now"},
		{[]string{"check", "--store", "postgres://u:" + secret + "/x@127.0.0.1/d"}, "write %2F for /"},
		{[]string{"check", "--store", "postgres://u:" + secret + "@127.0.0.1/d?sslmode=" + "x"}, "sslmode"},
		{[]string{"check", "--store", "mysql://u:" + secret + "@127.0.0.1/d"}, "store: name a PostgreSQL database"},
		{[]string{"serve", "--config", file, "--state-dir", t.TempDir(), "--sip-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0", "--log-level", "debug"}, "open the store at postgres://u@127.0.0.1:1/d"},
	} {
		out, err := program(soon(t), tc.args...).CombinedOutput()
		if !strings.Contains(string(out), tc.want) || bytes.Contains(out, []byte(secret)) {
			t.Errorf("%v: %v\n%s\nwant %q and no password", tc.args, err, out, tc.want)
		}
	}
}
