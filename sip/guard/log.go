package guard

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// linesPerSecond bounds what one LimitLog handler lets through.
const linesPerSecond = 10

// maxLogged bounds one logged value in bytes.
const maxLogged = 256

// LimitLog wraps a handler for records that carry what strangers sent, such as
// those of a SIP stack: at most ten lines a second, values cut to 256 bytes,
// control characters and what is not UTF-8 made visible. The first record of a
// new second says in "suppressed" how many were left out before it.
func LimitLog(next slog.Handler) slog.Handler {
	return &limitedLog{next: next, limit: &lineLimit{}}
}

type lineLimit struct {
	mu         sync.Mutex
	begin      time.Time
	lines      int
	suppressed int
}

// allow reports whether a line may be written and how many were not before it.
func (l *lineLimit) allow(now time.Time) (suppressed int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.begin) >= time.Second {
		l.begin, l.lines = now, 0
	}
	if l.lines >= linesPerSecond {
		l.suppressed++
		return 0, false
	}
	l.lines++
	suppressed, l.suppressed = l.suppressed, 0
	return suppressed, true
}

type limitedLog struct {
	next  slog.Handler
	limit *lineLimit
}

func (h *limitedLog) Enabled(ctx context.Context, l slog.Level) bool { return h.next.Enabled(ctx, l) }

func (h *limitedLog) Handle(ctx context.Context, r slog.Record) error {
	suppressed, ok := h.limit.allow(time.Now())
	if !ok {
		return nil
	}
	out := slog.NewRecord(r.Time, r.Level, escape(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		out.AddAttrs(escapeAttr(a))
		return true
	})
	if suppressed > 0 {
		out.AddAttrs(slog.Int("suppressed", suppressed))
	}
	return h.next.Handle(ctx, out)
}

func (h *limitedLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	escaped := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		escaped[i] = escapeAttr(a)
	}
	return &limitedLog{next: h.next.WithAttrs(escaped), limit: h.limit}
}

func (h *limitedLog) WithGroup(name string) slog.Handler {
	return &limitedLog{next: h.next.WithGroup(name), limit: h.limit}
}

func escapeAttr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindString, slog.KindAny:
		return slog.String(a.Key, escape(v.String()))
	case slog.KindGroup:
		var inside []slog.Attr
		for _, g := range v.Group() {
			inside = append(inside, escapeAttr(g))
		}
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(inside...)}
	default:
		return slog.Attr{Key: a.Key, Value: v}
	}
}

// escape makes a string that was received safe to print on one line.
func escape(s string) string {
	cutOff := len(s) > maxLogged
	if cutOff {
		s = s[:maxLogged]
	}
	var b strings.Builder
	for i, w := 0, 0; i < len(s); i += w {
		var c rune
		c, w = utf8.DecodeRuneInString(s[i:])
		switch {
		case c == utf8.RuneError && w == 1, c < ' ', c >= 0x7f && c < 0xa0, c == '\u2028', c == '\u2029':
			const hex = "0123456789abcdef"
			for _, raw := range []byte(s[i : i+w]) {
				b.WriteString(`\x`)
				b.WriteByte(hex[raw>>4])
				b.WriteByte(hex[raw&15])
			}
		default:
			b.WriteRune(c)
		}
	}
	if cutOff {
		b.WriteString("…")
	}
	return b.String()
}
