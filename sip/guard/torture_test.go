package guard

import (
	"bytes"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// torture is one message of a torture set.
type torture struct {
	name, section string
	data          []byte
	expect        []int // statuses; none: silence
}

var tokens = regexp.MustCompile(`«(?:([0-9]+)\*([^»]*)|sdp ([^»]*)|([0-9a-f]{2}))»`)

func loadTorture(t testing.TB, file string) (all []torture) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split("\n"+string(text), "\n=== ")
	for _, part := range parts[1:] {
		title, body, _ := strings.Cut(part, "\n")
		f := strings.Split(title, ", ")
		m := torture{name: f[0], section: f[1]}
		for word := range strings.FieldsSeq(f[2]) {
			if n, err := strconv.Atoi(word); err == nil {
				m.expect = append(m.expect, n)
			}
		}
		body = strings.ReplaceAll(body+"\n", "\n", "\r\n")
		m.data = tokens.ReplaceAllFunc([]byte(body), func(b []byte) []byte { return expand(tokens.FindSubmatch(b)) })
		all = append(all, m)
	}
	return all
}

func expand(m [][]byte) []byte {
	switch {
	case m[1] != nil:
		n, _ := strconv.Atoi(string(m[1]))
		return bytes.Repeat(m[2], n)
	case m[3] != nil:
		a := string(m[3])
		return []byte("v=0\r\no=mhandley 29739 7272939 IN IP4 " + a + "\r\ns=-\r\nc=IN IP4 " + a +
			"\r\nt=0 0\r\nm=audio 49217 RTP/AVP 0 12\r\nm=video 3227 RTP/AVP 31\r\na=rtpmap:31 LPC")
	default:
		n, _ := strconv.ParseUint(string(m[4]), 16, 8)
		return []byte{byte(n)}
	}
}

// TestTorture sends every message of RFC 4475 through the guard to a fresh
// stack: the right reply or silence, and the server answers on.
func TestTorture(t *testing.T) {
	t.Parallel()
	all := loadTorture(t, "testdata/rfc4475.txt")
	if len(all) != 49 {
		t.Fatalf("%d messages", len(all))
	}
	for _, m := range all {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, Options{Rates: generous})
			s.send(stranger, m.data)
			if len(m.expect) > 0 {
				d := s.reply(t)
				checkReply(t, m, d)
			}
			s.probe(t, stranger)
			if len(m.expect) == 0 && s.guard.Stats().Counts["passed_response"] > 0 {
				t.Error("handed to the stack")
			}
		})
	}
}

func checkReply(t *testing.T, m torture, d datagram) {
	t.Helper()
	got := status(d.data)
	if !slices.Contains(m.expect, got) {
		t.Errorf("%s: %q, want %v", m.section, d.data, m.expect)
	}
	if got != 200 && len(d.data) > len(m.data)*6/5 {
		t.Errorf("%d bytes for %d", len(d.data), len(m.data))
	}
	if d.peer.Addr() != stranger.Addr() {
		t.Errorf("sent to %s", d.peer)
	}
	if bytes.Contains(d.data, []byte("partyline")) || bytes.Contains(d.data, []byte(ancientBranch)) {
		t.Errorf("marks left: %q", d.data)
	}
	if to := header(d.data, "To"); got >= 300 && m.name != "insuf" && (len(to) != 1 || !strings.Contains(to[0], "tag")) {
		t.Errorf("no To tag: %q", d.data)
	}
}

// TestTortureStream sends every message over TCP.
func TestTortureStream(t *testing.T) {
	t.Parallel()
	for _, m := range loadTorture(t, "testdata/rfc4475.txt") {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			s := newStreamServer(t, Options{Rates: generous})
			want := m.expect
			switch m.name {
			case "inv2543": // no Content-Length, which a stream has to have
				want = []int{400}
			case "clerr": // the rest never comes; the length alone is over the limit
				want = []int{413}
			}
			replies := converse(t, s.dial(t), m.data, min(len(want), 1))
			right := len(want) == 0 && len(replies) == 0
			for _, r := range replies {
				right = right || slices.Contains(want, status(r))
			}
			if !right {
				t.Errorf("%q, want %v", replies, want)
			}
			if again := converse(t, s.dial(t), []byte(options("again", stranger)), 1); status(again[0]) != 200 {
				t.Errorf("OPTIONS answered %q", again)
			}
		})
	}
}
