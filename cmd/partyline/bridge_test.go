package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
	"partyline/config"
	"partyline/sip"
)

// bridge is a running App with a set of telephones and a client of its API.
type bridge struct {
	t   *testing.T
	app *App
	api *bridgeapi.Client
	set *phone.Set
}

// bridgeOptions say what kind of bridge a test wants.
type bridgeOptions struct {
	stateDir  string               // empty: a temporary one
	sip       []string             // where it listens; nil: a free UDP port
	talkative bool                 // the attendant says what it has to say; else only pauses are left of it
	change    func(*config.Config) // nil: nothing
	calls     []sip.State          // to be taken up
	set       *phone.Set           // telephones that exist already; nil: new ones
	log       *slog.Logger         // nil: one that fails the test at an error
}

// newBridge starts a bridge that stops with the test. When it has stopped no RTP port may be in use any more.
func newBridge(t *testing.T, o bridgeOptions) *bridge {
	t.Helper()
	if o.stateDir == "" {
		o.stateDir = t.TempDir()
	}
	if o.sip == nil {
		o.sip = []string{"udp:127.0.0.1:0"}
	}
	cfg, err := config.Load("", config.Overrides{SIPListen: o.sip, HTTPListen: "127.0.0.1:0", StateDir: o.stateDir})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Speech.Engine = "off" // what is installed here must not matter
	if !o.talkative {
		cfg.Prompts = pauses(t)
	}
	if o.change != nil {
		o.change(&cfg)
	}
	if o.log == nil {
		o.log = testLog(t)
	}
	app, err := New(t.Context(), cfg, o.log)
	if err != nil {
		t.Fatal(err)
	}
	b := &bridge{t: t, app: app, set: o.set}
	t.Cleanup(b.stop)
	if err := app.Start(t.Context(), o.calls...); err != nil {
		t.Fatal(err)
	}
	b.api = bridgeapi.New(app.URL(), app.Key())
	t.Cleanup(b.api.Close)
	if b.set == nil {
		b.set = newSet(t)
	}
	return b
}

// newSet makes telephones that hang up at the end of the test.
func newSet(t *testing.T) *phone.Set {
	t.Helper()
	set, err := phone.NewSet(phone.SetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, stop := context.WithTimeout(context.Background(), patience)
		defer stop()
		if err := errors.Join(set.HangupAll(ctx), set.Close()); err != nil && !t.Failed() {
			t.Errorf("telephones: %v", err)
		}
	})
	return set
}

// stop stops the bridge and looks whether all ports have been given back.
func (b *bridge) stop() {
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	if err := b.app.Stop(ctx); err != nil {
		b.t.Errorf("stop: %v; the calls ended so: %v", err, b.app.ua.Stats().Ended)
	}
	if c := b.app.engine.Counters(); c.PortsUsed != 0 {
		b.t.Errorf("%d pairs of RTP ports are still in use", c.PortsUsed)
	}
	if n := b.app.ua.Stats().Calls; n != 0 {
		b.t.Errorf("%d calls are left", n)
	}
}

// sipAddr is where calls go.
func (b *bridge) sipAddr(network string) string {
	for _, addr := range b.app.SIPAddrs() {
		if addr.Network() == cmp.Or(network, "udp") {
			return addr.String()
		}
	}
	b.t.Errorf("the bridge does not listen on %s", network)
	return ""
}

// soon is a context for something that a busy machine may take some time for.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), patience)
	t.Cleanup(stop)
	return ctx
}

// await waits for a state.
func await(t *testing.T, what string, cond func() error) {
	t.Helper()
	if err := phone.Await(soon(t), cond); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// must is for calls that have to work.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// meeting makes a meeting whose rooms have the names given. Arrivals make no sound.
func (b *bridge) meeting(n bridgeapi.NewMeeting, rooms ...string) (bridgeapi.Meeting, []bridgeapi.Room) {
	b.t.Helper()
	if n.Title == "" {
		n.Title = b.t.Name()
	}
	options := map[string]any{"announce_arrivals": "off"}
	maps.Copy(options, n.Options)
	n.Options = options
	for _, name := range rooms {
		n.Rooms = append(n.Rooms, bridgeapi.NewRoom{Name: name})
	}
	m, err := b.api.CreateMeeting(soon(b.t), n)
	must(b.t, err)
	list, err := b.api.Rooms(soon(b.t), m.ID)
	must(b.t, err)
	if len(list) != len(rooms) {
		b.t.Fatalf("%d rooms, want %d", len(list), len(rooms))
	}
	return m, list
}

// numbered are the names of n rooms.
func numbered(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("Room no. %d", i+1)
	}
	return names
}

// dial calls the bridge; user is an access code, or anything for the attendant.
func (b *bridge) dial(user string, o phone.Options) *phone.Call {
	b.t.Helper()
	call, err := b.tryDial(user, o)
	must(b.t, err)
	return call
}

// tryDial calls again where the bridge says that it is too busy now, as it may on a busy machine.
func (b *bridge) tryDial(user string, o phone.Options) (call *phone.Call, err error) {
	ctx, stop := context.WithTimeout(b.t.Context(), patience)
	defer stop()
	waited := phone.Await(ctx, func() error {
		call, err = b.set.Dial(ctx, "sip:"+user+"@"+b.sipAddr(o.Network), o)
		var refused *phone.StatusError
		if errors.As(err, &refused) && refused.Code == 503 {
			return err
		}
		return nil
	})
	return call, errors.Join(waited, err)
}

// participant waits until a call is somebody in a meeting for whom cond, if there is one, is true.
func (b *bridge) participant(m bridgeapi.Meeting, call *phone.Call, cond func(bridgeapi.Participant) bool) bridgeapi.Participant {
	b.t.Helper()
	var found bridgeapi.Participant
	await(b.t, "participant", func() error {
		people, err := b.api.ByCallID(b.t.Context(), m.ID)
		if err != nil {
			return err
		}
		p, ok := people[call.ID()]
		switch {
		case !ok:
			return errors.New("the caller is not in the meeting")
		case cond != nil && !cond(p):
			return fmt.Errorf("the caller is %+v", p)
		}
		found = p
		return nil
	})
	return found
}

// inRoom is a condition of participant.
func inRoom(id string) func(bridgeapi.Participant) bool {
	return func(p bridgeapi.Participant) bool { return p.Location.Room == id }
}

// eachOf does something for 0 to n-1, some at a time, and fails the test if one fails.
func eachOf(t *testing.T, n int, f func(i int) error) {
	t.Helper()
	const atOnce = 24
	next, errs := make(chan int), make([]error, n)
	var wait sync.WaitGroup
	for range min(atOnce, n) {
		wait.Go(func() { // waited for below
			for i := range next {
				errs[i] = f(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wait.Wait()
	must(t, errors.Join(errs...))
}

// pauses makes a folder of recordings that say nothing, so that tests need not wait until everything has been said.
func pauses(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	recordings, err := filepath.Glob("../../control/attendant/voice/en/*.wav")
	must(t, err)
	if len(recordings) < 50 {
		t.Fatalf("%d recordings", len(recordings))
	}
	for _, path := range recordings {
		writeWAV(t, filepath.Join(dir, "en", filepath.Base(path)), make([]int16, 160))
	}
	return dir
}

// testLog shows warnings, and fails the test at an error: nothing that callers or clients do is one.
func testLog(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(logWriter{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

type logWriter struct{ t *testing.T }

// Write takes one line.
func (w logWriter) Write(line []byte) (int, error) {
	if strings.Contains(string(line), "level=ERROR") {
		w.t.Errorf("logged: %s", line)
		return len(line), nil
	}
	return w.t.Output().Write(line)
}

// manyCalls lets a test call as fast as it can.
func manyCalls(cfg *config.Config) { cfg.Limits.CallsPerSecond = 5000 }
