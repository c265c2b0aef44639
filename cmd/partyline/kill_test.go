package main

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestKillLosesNothing kills the bridge again and again while clients hold meetings. After each restart every meeting is
// as it was acknowledged, but for the one request that each client was waiting for, which was done or was not; sent again
// with its key, it has been done once. A reader of the event stream and a webhook that were there all the time end up with
// every event, in order.
func TestKillLosesNothing(t *testing.T) { killAgainAndAgain(t) }

// killAgainAndAgain does so with a bridge that has these flags.
func killAgainAndAgain(t *testing.T, flags ...string) {
	t.Helper()
	kills := 5
	if os.Getenv("PARTYLINE_LONG") != "" {
		kills = 50
	}
	checkLeaks(t)
	const clients = 4
	dir := t.TempDir()
	settings := filepath.Join(t.TempDir(), "partyline.yaml")
	must(t, os.WriteFile(settings, []byte("webhooks: {allow_private: true}\n"), 0o600))
	flags = append(flags, "--config", settings)
	p := serve(t, dir, flags...)
	stream, hook := newStreamReader(t, p), newWebhookReceiver(t, p)
	all := make([]*client, clients)
	for i := range all {
		all[i] = newClient(t, p, i)
	}
	random := rand.New(rand.NewPCG(1, 2))
	total := 0
	for range kills {
		total += untilKilled(t, p, all, 1+random.IntN(200))
		p = serve(t, dir, flags...)
		stream.aim(p)
		for _, c := range all {
			c.recover(t, p)
		}
	}
	for _, c := range all {
		seq := c.contiguous(t)
		await(t, "all events", func() error {
			return errors.Join(stream.complete(c.id, seq), hook.complete(c.id, seq))
		})
		c.http.CloseIdleConnections()
	}
	t.Logf("%d requests were acknowledged, %d kills; %d deliveries came again", total, kills, hook.repeated())
	p.end(os.Interrupt)
}

// untilKilled lets all clients work and kills the bridge in the middle of it, after about that many requests.
func untilKilled(t *testing.T, p *process, all []*client, requests int) int {
	t.Helper()
	var done atomic.Int64
	enough := make(chan struct{})
	var wait sync.WaitGroup
	for _, c := range all {
		wait.Go(func() { // waited for below
			for c.step() {
				if done.Add(1) == int64(requests) {
					close(enough)
				}
			}
		})
	}
	stopped := make(chan struct{})
	go func() { wait.Wait(); close(stopped) }() // ends with the clients
	select {
	case <-enough:
	case <-stopped:
	case <-time.After(patience):
		t.Error("the clients make no progress")
	}
	p.kill()
	<-stopped
	for i, c := range all {
		if c.failed != nil {
			t.Errorf("client %d: %v", i, c.failed)
		}
	}
	return int(done.Load())
}
