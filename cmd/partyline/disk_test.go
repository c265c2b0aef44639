package main

import (
	"database/sql"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"partyline/cmd/internal/bridgeapi"
	"partyline/config"
)

// smallDisk mounts a file system of a few MiB. Only root can.
func smallDisk(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		missing(t, "only root can mount a disk")
	}
	dir := t.TempDir()
	must(t, unix.Mount("tmpfs", dir, "tmpfs", 0, "size=12m"))
	t.Cleanup(func() { must(t, unix.Unmount(dir, 0)) })
	return dir
}

// quiet is a log in which errors are expected.
func quiet(t *testing.T) *slog.Logger { return slog.New(slog.NewTextHandler(t.Output(), nil)) }

// lock tries to change the meeting.
func (c *crowd) lock() error {
	return c.api.Do(soon(c.t), http.MethodPost, "/v1/meetings/"+c.meeting.ID+"/lock", nil, nil)
}

func (c *crowd) ready() error {
	return c.api.Do(soon(c.t), http.MethodGet, "/readyz", nil, nil)
}

// unavailable fails unless a change was refused for want of the store.
func unavailable(t *testing.T, what string, err error) {
	t.Helper()
	var p *bridgeapi.Problem
	if !errors.As(err, &p) || p.Status != http.StatusServiceUnavailable {
		t.Errorf("%s: %v", what, err)
	}
}

// TestDiskIsFull fills the disk under a meeting: changes are refused, callers hear one another, who hangs up is gone, a stop
// brings everybody together all the same; with room again all is as before, and what happened meanwhile is in the log.
func TestDiskIsFull(t *testing.T) {
	realAudio(t)
	dir := smallDisk(t)
	checkLeaks(t)
	b := newBridge(t, bridgeOptions{stateDir: dir, log: quiet(t)})
	c := newCrowd(b, crowdOptions{callers: 4, rooms: 2})
	must(t, c.start("random"))
	where := c.where()
	c.hears("in the rooms", where)

	ballast := fill(t, dir)
	unavailable(t, "lock", c.lock())
	await(t, "not ready", func() error {
		if c.ready() == nil {
			return errors.New("it is ready")
		}
		return nil
	})
	c.hears("with the disk full", where)
	unavailable(t, "stop", c.api.StopBreakouts(soon(t), c.meeting.ID, 0))
	c.hears("after the stop", together(4))
	must(t, c.calls[3].Hangup(soon(t)))
	c.hz[3], c.matrix.Voices[3].Hz = 0, 0
	three := &crowd{bridge: b, meeting: c.meeting, calls: c.calls[:3], ids: c.ids[:3], hz: c.hz[:3], matrix: c.matrix}
	three.matrix.Voices = c.matrix.Voices[:3]
	three.hears("after one has hung up", together(3))

	must(t, os.Remove(ballast))
	await(t, "ready again", c.ready)
	must(t, c.lock())
	b.stop()
	again := newBridge(t, bridgeOptions{stateDir: dir})
	m, err := again.api.Meeting(soon(t), c.meeting.ID)
	must(t, err)
	if m.Breakouts.State != "idle" {
		t.Errorf("after all this the breakouts are %s", m.Breakouts.State)
	}
	again.stop()
}

// fill leaves no room on the disk.
func fill(t *testing.T, dir string) (ballast string) {
	t.Helper()
	ballast = filepath.Join(dir, "ballast")
	f, err := os.Create(ballast)
	must(t, err)
	defer f.Close()
	chunk := make([]byte, 4096)
	for err == nil {
		_, err = f.Write(chunk)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return ballast
}

// TestStoreIsSlow lets a write take two seconds: its request waits and is then done, and nobody on the telephone notices.
func TestStoreIsSlow(t *testing.T) {
	realAudio(t)
	checkLeaks(t)
	dir := t.TempDir()
	b := newBridge(t, bridgeOptions{stateDir: dir})
	c := newCrowd(b, crowdOptions{callers: 3, rooms: 1})
	c.hears("before", together(3))

	other, err := sql.Open("sqlite", filepath.Join(dir, "log.db"))
	must(t, err)
	defer other.Close()
	conn, err := other.Conn(t.Context())
	must(t, err)
	defer conn.Close()
	_, err = conn.ExecContext(t.Context(), `BEGIN IMMEDIATE`) // now every writer waits
	must(t, err)
	locked := make(chan error, 1)
	go func() { locked <- c.lock() }() // read below
	c.packets(0, 2*50)
	select {
	case err := <-locked:
		t.Errorf("the change was answered before it was written: %v", err)
	default:
	}
	c.hears("meanwhile", together(3))
	_, err = conn.ExecContext(t.Context(), `ROLLBACK`)
	must(t, err)
	must(t, <-locked)
	c.continuous(c.calls...)
}

// TestStateDirIsReadOnly: a bridge that can keep nothing says so and does not start.
func TestStateDirIsReadOnly(t *testing.T) {
	dir := smallDisk(t)
	must(t, unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""))
	cfg, err := config.Load("", config.Overrides{SIPListen: []string{"udp:127.0.0.1:0"}, HTTPListen: "127.0.0.1:0", StateDir: dir})
	must(t, err)
	if app, err := New(t.Context(), cfg, quiet(t)); err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("New: %v, %v", app, err)
	}
}
