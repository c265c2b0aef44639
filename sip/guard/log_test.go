package guard

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestLogIsEscaped(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{"plain ü", "plain ü"},
		{"a\r\nlevel=ERROR", `a\x0d\x0alevel=ERROR`},
		{"\x1b[2J\x00\x7f", `\x1b[2J\x00\x7f`},
		{"\xff\u0085\u2028", `\xff\xc2\x85\xe2\x80\xa8`},
		{strings.Repeat("x", 300), strings.Repeat("x", 256) + "…"},
	} {
		if got := escape(c.in); got != c.want {
			t.Errorf("%q: %q", c.in, got)
		}
	}
}

func TestLogIsLimited(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		log := slog.New(LimitLog(slog.NewTextHandler(&out, nil))).With("remote", "a\nb").WithGroup("g")
		for range 500 {
			log.Info("line\r", "data", []byte("x\x1by"), "err", errors.New("bad\n"), slog.Group("in", "v", "\x07"))
		}
		if got := strings.Count(out.String(), "\n"); got != 10 {
			t.Errorf("%d lines in a second", got)
		}
		if strings.ContainsAny(strings.ReplaceAll(out.String(), "\n", ""), "\x1b\r\x07") {
			t.Errorf("%q", out.String())
		}
		out.Reset()
		time.Sleep(time.Second)
		log.Info("next")
		if !strings.Contains(out.String(), "suppressed=490") {
			t.Errorf("%q", out.String())
		}
	})
}

// TestGuardLogs: bans are logged, ten a second at most.
func TestGuardLogs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		g := New(Options{Logger: slog.New(slog.NewTextHandler(&out, nil))})
		for i := range 100 {
			peer := addr("10.0.0.%d:5060", i)
			for range 20 {
				feed(g, peer, options("x", peer))
			}
		}
		if got := strings.Count(out.String(), "source banned"); got != 10 {
			t.Errorf("%d lines", got)
		}
	})
}
