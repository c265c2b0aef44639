package postgres_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// proxy stands between a store and its server and can break a connection at the commit of an append.
type proxy struct {
	t      *testing.T
	target string // socket
	wait   sync.WaitGroup

	mu    sync.Mutex
	cut   cut               // what happens to the next commit; guarded by mu
	conns map[net.Conn]bool // guarded by mu
	down  bool              // takes no connections; guarded by mu
}

type cut int

const (
	cutNothing cut = iota
	cutCommit      // the server never gets it
	cutAnswer      // the server commits, and nobody hears of it
	cutAndDown     // the same, and nobody can connect until up
)

// newProxy returns a proxy and the URL of the database behind it.
func newProxy(t *testing.T, database string) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	p := &proxy{t: t, target: filepath.Join(q.Get("host"), ".s.PGSQL.5432"), conns: map[net.Conn]bool{}}
	dir, err := os.MkdirTemp("", "partyline-proxy-") // short: a socket's path has 107 bytes at most
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, ".s.PGSQL.5432"))
	if err != nil {
		t.Fatal(err)
	}
	p.wait.Go(func() { p.accept(l) }) // the clean-up waits for it
	t.Cleanup(func() {
		_ = l.Close()
		p.set(cutNothing, true)
		p.wait.Wait()
		_ = os.RemoveAll(dir)
	})
	q.Set("host", dir)
	u.RawQuery = q.Encode()
	return p, u.String()
}

// set says what happens to the next commit, and whether the server can be reached; if not, all connections end.
func (p *proxy) set(c cut, down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut, p.down = c, down
	if down {
		p.hangUp()
	}
}

// hangUp ends all connections; p.mu is held.
func (p *proxy) hangUp() {
	for conn := range p.conns {
		_ = conn.Close()
	}
}

func (p *proxy) accept(l net.Listener) {
	for {
		client, err := l.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("unix", p.target)
		if err != nil {
			_ = client.Close()
			continue
		}
		p.mu.Lock()
		p.conns[client] = true
		if p.down {
			_ = client.Close()
		}
		p.mu.Unlock()
		p.wait.Go(func() { p.up(client, server) })
		p.wait.Go(func() { _, _ = io.Copy(client, server); _ = client.Close() })
	}
}

// up copies what the client says. A message of these tests comes in one piece.
func (p *proxy) up(client, server net.Conn) {
	defer server.Close()
	buf, appends := make([]byte, 64<<10), false
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		appends = appends || bytes.Contains(buf[:n], []byte("begin_append"))
		if appends && bytes.Contains(buf[:n], []byte("COMMIT")) && p.strike(client, server, buf[:n]) {
			return
		}
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
	}
}

// strike cuts a connection at its commit, if it is to.
func (p *proxy) strike(client, server net.Conn, commit []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.cut
	p.cut = cutNothing
	if c == cutNothing {
		return false
	}
	_ = client.Close()
	if c == cutAndDown {
		p.down = true
		p.hangUp()
	}
	if c != cutCommit {
		_, _ = server.Write(commit)
	}
	return true
}

// killSessions ends the sessions of the stores in a database, of the lock's only or of all, and returns how many there were.
func killSessions(t *testing.T, url string, lockOnly bool) (n int) {
	t.Helper()
	conn := raw(t, url)
	err := conn.QueryRow(context.Background(), `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity a WHERE datname = current_database() AND
		application_name LIKE 'partyline %' AND (NOT $1 OR EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'advisory' AND l.mode = 'ExclusiveLock'))`, lockOnly).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
