package guard

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestFrames(t *testing.T) {
	t.Parallel()
	a, b := options("a", stranger), invite("b", stranger)
	withBody := strings.Replace(a, "Content-Length: 0\r\n\r\n", "l : 4\r\n\r\n\r\n\r\n", 1)
	length := func(l string) string { return strings.Replace(a, "Content-Length: 0", l, 1) }
	for _, c := range []struct {
		name string
		in   string
		want []string
	}{
		{"one", a, []string{a}},
		{"two in one segment", a + b, []string{a, b}},
		{"one and a half", a + b[:len(b)-3], []string{a}},
		{"half", a[:100], nil},
		{"body of line ends", withBody + b, []string{withBody, b}},
		{"empty lines between", "\r\n\r\n" + a + "\r\n\r\n\r\n" + b, []string{a, b}},
		{"HTTP", "GET / HTTP/1.1\r\n\r\n", []string{"broken: Not SIP"}},
		{"junk after a message", a + "\x16\x03\x01\r\n" + b, []string{a, "broken: Not SIP"}},
		{"junk without a line", strings.Repeat("x", 3000), []string{"broken: Not SIP"}},
		{"no length", length("X: y"), []string{"broken: Missing Content-Length"}},
		{"two lengths", length("l: 0\r\nContent-Length: 0"), []string{"broken: Multiple Content-Length"}},
		{"negative length", length("Content-Length: -1"), []string{"broken: Bad Content-Length"}},
		{"no number", length("Content-Length: 0x10"), []string{"broken: Bad Content-Length"}},
		{"4 GiB", length("Content-Length: 4294967295"), []string{"broken: Request Entity Too Large"}},
		{"beyond 64 bit", length("Content-Length: 99999999999999999999999"), []string{"broken: Bad Content-Length"}},
		{"long head", length("X: " + strings.Repeat("x", 17_000)), []string{"broken: Message Too Large"}},
		{"endless head", a[:len(a)-2] + strings.Repeat("X: y\r\n", 4000), []string{"broken: Message Too Large"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRules(Options{}.withDefaults())
			for _, step := range []int{1, 2, 3, 7, 64, 1000, len(c.in)} {
				if got := frames(r, []byte(c.in), step); !slices.Equal(got, c.want) {
					t.Errorf("%d at a time: %q", step, got)
				}
			}
		})
	}
}

// TestFrameLimits: what one byte more or less does.
func TestFrameLimits(t *testing.T) {
	t.Parallel()
	lim := Limits{Message: 1000, Body: 100}.withDefaults()
	r := newRules(Options{Limits: lim}.withDefaults())
	for _, c := range []struct {
		body int
		want string
	}{{100, "whole"}, {101, "broken: Request Entity Too Large"}} {
		text := strings.Replace(options("a", stranger), "Length: 0", fmt.Sprint("Length: ", c.body), 1) + strings.Repeat("b", c.body)
		got := frames(r, []byte(text), 10)
		if len(got) != 1 || got[0] != c.want && (c.want != "whole" || got[0] != text) {
			t.Errorf("body of %d: %q", c.body, got)
		}
	}
}
