package access_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"partyline/control/access"
)

const meeting, token = "mtg_abcdefghijklmnop", "tok_ponmlkjihgfedcba"

func TestTokensAreProved(t *testing.T) {
	dir := t.TempDir()
	s, err := access.OpenSigner(dir)
	must(t, err)
	text := s.Sign(meeting, token)
	again, err := access.OpenSigner(dir)
	must(t, err)
	if m, id, ok := again.Parse(text); !ok || m != meeting || id != token {
		t.Errorf("%q is read as %q, %q, %v after a restart", text, m, id, ok)
	}
	other, err := access.OpenSigner(t.TempDir())
	must(t, err)
	if _, _, ok := other.Parse(text); ok {
		t.Error("another bridge takes it")
	}
	info, err := os.Stat(filepath.Join(dir, "token-key"))
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	for i := range text { // no character is without meaning
		for _, c := range "ab.A=" {
			changed := text[:i] + string(c) + text[i+1:]
			if _, _, ok := s.Parse(changed); ok && changed != text {
				t.Errorf("%q is taken for %q", changed, text)
			}
		}
	}
	for _, wrong := range []string{"", "pt.", "pt...", text + "a", text[:len(text)-1], " " + text, strings.ToUpper(text), text + "\n", strings.Repeat(text, 100)} {
		if _, _, ok := s.Parse(wrong); ok {
			t.Errorf("%q is taken", wrong)
		}
	}
}

func TestDamagedTokenKey(t *testing.T) {
	for _, text := range []string{"", "xyz", strings.Repeat("0", 63), strings.Repeat("0", 66)} {
		dir := t.TempDir()
		must(t, os.WriteFile(filepath.Join(dir, "token-key"), []byte(text), 0o600))
		if _, err := access.OpenSigner(dir); err == nil || !strings.Contains(err.Error(), "token-key is damaged") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzToken(f *testing.F) {
	s := access.NewSigner(make([]byte, 32))
	good := s.Sign(meeting, token)
	f.Add(good)
	f.Add("pt.a.b.c")
	f.Fuzz(func(t *testing.T, text string) {
		m, id, ok := s.Parse(text)
		if ok && s.Sign(m, id) != text {
			t.Errorf("%q is read as %q and %q, which is %q", text, m, id, s.Sign(m, id))
		}
	})
}
