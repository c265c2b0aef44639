// Package pgtest starts PostgreSQL servers for tests: one for all tests of a process, each of which gets a database of its
// own, or one that a test may stop. They end with the process that started them, however it ends.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// patience is for a busy machine.
const patience = 60 * time.Second

// shared is the server of this process; it ends when the process does.
var shared = sync.OnceValues(func() (*Server, error) { return start(true) })

var databases atomic.Int64

// Database makes an empty database and returns its URL. Without a PostgreSQL on this machine the test is skipped, but fails
// where CI is true.
func Database(t testing.TB) string {
	t.Helper()
	s, err := shared()
	if errors.Is(err, errNoPrograms) {
		skip(t)
	}
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	return s.database(t)
}

func skip(t testing.TB) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal("there is no PostgreSQL on this machine; .ci/run installs Debian's package postgresql")
	}
	t.Skip("there is no PostgreSQL on this machine (Debian: apt-get install postgresql)")
}

// Server is a server that a test may stop and start.
type Server struct {
	dir  string // its data, and its socket
	bin  string
	cmd  *exec.Cmd
	stop io.Closer // closing it ends the server
}

// Start starts a server of the test's own.
func Start(t testing.TB) (*Server, string) {
	t.Helper()
	s, err := start(false)
	if errors.Is(err, errNoPrograms) {
		skip(t)
	}
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	t.Cleanup(func() { s.Stop(t); _ = os.RemoveAll(s.dir) })
	return s, s.database(t)
}

// Stop ends the server as a crash does.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	if s.stop == nil {
		return
	}
	if err := s.stop.Close(); err != nil {
		t.Errorf("stop PostgreSQL: %v", err)
	}
	_ = s.cmd.Wait() // it was killed
	s.stop = nil
}

// Again starts a server that was stopped.
func (s *Server) Again(t testing.TB) {
	t.Helper()
	if err := s.run(false); err != nil {
		t.Fatalf("start PostgreSQL again: %v", err)
	}
}

var errNoPrograms = errors.New("no PostgreSQL is installed")

// programs finds the folder of PostgreSQL's programs: in the PATH, or where Debian puts them, the newest version first.
func programs() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path), nil
		}
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errNoPrograms
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })), nil
}

func version(path string) int {
	n, err := strconv.Atoi(strings.Split(path, "/")[4])
	if err != nil {
		return 0
	}
	return n
}

func start(remove bool) (*Server, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "partyline-pg-") // short: a socket's path has 107 bytes at most
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, bin: bin}
	if err := s.init(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, s.run(remove)
}

// credential is somebody who is not root, whom PostgreSQL refuses; nil: this process is not root's.
func credential() (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 {
		return &syscall.SysProcAttr{}, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return nil, err
		}
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

func (s *Server) init() error {
	attr, err := credential()
	if err != nil {
		return err
	}
	if c := attr.Credential; c != nil {
		if err := os.Chown(s.dir, int(c.Uid), int(c.Gid)); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, "initdb"), "-D", s.data(), "-U", "partyline", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	cmd.Dir, cmd.SysProcAttr = s.dir, attr
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

// guard runs the server until its input ends, that is, until this process closes it or dies. Then it kills it, and deletes
// the data of one that dies with its process.
const guard = `"$@" >>log 2>&1 & server=$!; read -r _; kill -QUIT $server; wait $server; [ "$REMOVE" = no ] || rm -rf "$PWD"`

func (s *Server) run(remove bool) error {
	attr, err := credential()
	if err != nil {
		return err
	}
	cmd := exec.Command("/bin/sh", "-c", guard, "guard", filepath.Join(s.bin, "postgres"), "-D", s.data(), "-k", s.dir,
		"-c", "listen_addresses=", "-c", "max_connections=400", "-c", "shared_buffers=32MB", "-c", "log_min_messages=warning")
	cmd.Dir, cmd.SysProcAttr = s.dir, attr
	cmd.Env = append(os.Environ(), "REMOVE=no")
	if remove {
		cmd.Env = append(os.Environ(), "REMOVE=yes")
	}
	stop, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	s.cmd, s.stop = cmd, stop
	return s.await()
}

// await returns when the server answers.
func (s *Server) await() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.url("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			return fmt.Errorf("it does not answer: %w\n%s", err, log)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (s *Server) url(database string) string {
	return (&url.URL{Scheme: "postgres", User: url.User("partyline"), Path: "/" + database, RawQuery: url.Values{"host": {s.dir}}.Encode()}).String()
}

func (s *Server) database(t testing.TB) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.url("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx) //nolint:errcheck // what was done is done
	name := fmt.Sprintf("test%d", databases.Add(1))
	if _, err := conn.Exec(ctx, `CREATE DATABASE `+name); err != nil {
		t.Fatal(err)
	}
	return s.url(name)
}
