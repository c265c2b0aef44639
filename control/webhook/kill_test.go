package webhook_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"testing"

	"partyline/control"
	"partyline/control/store"
	"partyline/control/store/storetest"
	"partyline/control/webhook"
)

const (
	killDir = "PARTYLINE_TEST_KILL_DIR"
	killURL = "PARTYLINE_TEST_KILL_URL"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(killDir); dir != "" {
		if err := serveUntilKilled(dir, os.Getenv(killURL)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

const killEvents = 30

// serveUntilKilled delivers a log of events, which it makes the first time, and then waits to be killed.
func serveUntilKilled(dir, url string) error {
	ctx := context.Background()
	logger := slog.New(slog.DiscardHandler)
	log, err := store.Open(ctx, store.Options{Dir: dir, Logger: logger})
	if err != nil {
		return err
	}
	s, err := webhook.New(webhook.Options{
		Store: log, Log: log, Encode: encode, Logger: logger,
		Subscribe: func() (<-chan struct{}, func()) { return nil, func() {} },
		Guard:     webhook.Guard{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}},
	})
	if err != nil {
		return err
	}
	if err := s.Start(ctx); err != nil {
		return err
	}
	last, err := log.LastPos(ctx)
	if err != nil {
		return err
	}
	if last == 0 {
		if err := log.Append(ctx, &control.Append{Meeting: "mtg_a", Records: storetest.Records("mtg_a", 1, killEvents)}); err != nil {
			return err
		}
		if _, err := s.Create(ctx, webhook.Spec{URL: url}, true, nil); err != nil {
			return err
		}
	}
	select {}
}

// A process that is killed between an event and its delivery, or between a delivery and its note of it, goes on where it
// was: a receiver that tells doubles by their id has every event, in order.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	die := make(chan struct{}, 1)
	rec := newReceiver(t, func(n int, w http.ResponseWriter, r *http.Request) {
		if n%7 == 3 { // it is killed while this one is under way
			die <- struct{}{}
			<-r.Context().Done()
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	kills := 0
	var got []string
	for !slices.Contains(got, fmt.Sprintf("mtg_a-%d", killEvents)) {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), killDir+"="+dir, killURL+"="+rec.URL)
		cmd.Stderr = t.Output()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for alive := true; alive; {
			select {
			case d := <-rec.got:
				if !slices.Contains(got, d.id) {
					got = append(got, d.id)
				}
				alive = len(got) < killEvents
			case <-die:
				kills++
				alive = false
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // killed, as it should be
		if kills > 100 {
			t.Fatal("it makes no headway")
		}
	}
	if want := ids("mtg_a", 1, killEvents); !slices.Equal(got, want) {
		t.Errorf("in order of their first arrival: %v", got)
	}
	if kills < 2 {
		t.Errorf("only %d kills", kills)
	}
}
