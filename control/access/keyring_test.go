package access_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/control"
	"partyline/control/access"
)

var start = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, file access.KeyFile, log *bytes.Buffer, fixed ...access.Key) *access.Keyring {
	t.Helper()
	r, err := access.NewKeyring(access.KeyringOptions{Fixed: fixed, File: file, Logger: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestKeysComeAndGoWhileTheKeyringIsOpen(t *testing.T) {
	file := access.KeyFileIn(filepath.Join(t.TempDir(), "state"))
	var log bytes.Buffer
	r := open(t, file, &log, access.NewKey("fixed", "fixed-secret", access.Admin))
	if _, ok := r.Find("late-secret"); ok {
		t.Fatal("a key is known before it is made")
	}
	late := access.NewKey("late", "late-secret", access.MeetingsRead)
	late.Meetings = []control.MeetingID{"mtg_abcdefghijklmnop"}
	late.CreatedAt, late.ExpiresAt = start, start.Add(time.Hour)
	must(t, file.Add(late))
	got, ok := r.Find("late-secret")
	if diff := cmp.Diff(late, got); !ok || diff != "" {
		t.Fatalf("found %v (-made +found):\n%s", ok, diff)
	}
	if !r.Holds(late, start) || r.Holds(late, late.ExpiresAt) {
		t.Error("a key holds until it expires, and no longer")
	}
	must(t, file.Remove("late"))
	if _, ok := r.Find("late-secret"); ok || r.Holds(late, start) {
		t.Error("a revoked key is still good")
	}
	if _, ok := r.Find("fixed-secret"); !ok {
		t.Error("the key of the configuration is gone")
	}
	must(t, file.Add(late))
	must(t, os.Remove(file.Path()))
	if _, ok := r.Find("late-secret"); ok {
		t.Error("a key is good whose file was deleted")
	}
	for _, want := range []string{`msg="api key known" key=late scopes=meetings:read`, `msg="api key revoked" key=late`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, &log)
		}
	}
	if strings.Contains(log.String(), "secret") || strings.Contains(log.String(), late.Hash.String()[8:20]) {
		t.Errorf("the log shows a secret or its hash:\n%s", &log)
	}
}

// A key that was made again under its old name is another one.
func TestAnotherKeyOfTheSameName(t *testing.T) {
	file := access.KeyFileIn(t.TempDir())
	var log bytes.Buffer
	r := open(t, file, &log)
	first := access.NewKey("a", "first-secret", access.Admin)
	must(t, file.Add(first))
	must(t, file.Remove("a"))
	must(t, file.Add(access.NewKey("a", "second-secret", access.Admin)))
	if _, ok := r.Find("first-secret"); ok || r.Holds(first, start) {
		t.Error("the first key is still good")
	}
	if _, ok := r.Find("second-secret"); !ok {
		t.Error("the second key is not known")
	}
}

func TestNamesOfTheConfigurationGoFirst(t *testing.T) {
	file := access.KeyFileIn(t.TempDir())
	must(t, file.Add(access.NewKey("a", "filed-secret", access.Admin)))
	var log bytes.Buffer
	r := open(t, file, &log, access.NewKey("a", "fixed-secret", access.MeetingsRead))
	if _, ok := r.Find("filed-secret"); ok {
		t.Error("two keys of one name are good")
	}
	if !strings.Contains(log.String(), "api key ignored") {
		t.Errorf("nothing is said of it:\n%s", &log)
	}
}

var hash = access.HashOf("x").String()

var damages = map[string]struct{ text, want string }{
	"nothing":             {"", "EOF"},
	"half":                {`{"version":1,"keys":[{"na`, "unexpected"},
	"not JSON":            {"keys", "invalid"},
	"more after it":       {`{"version":1,"keys":[]} {}`, "after its end"},
	"other version":       {`{"version":2,"keys":[]}`, "version"},
	"unknown field":       {`{"version":1,"keys":[{"name":"a","secret":"x"}]}`, "secret"},
	"unknown scope":       {`{"version":1,"keys":[{"name":"a","hash":"` + hash + `","scopes":["root"]}]}`, "root"},
	"no scope":            {`{"version":1,"keys":[{"name":"a","hash":"` + hash + `","scopes":[]}]}`, "may do nothing"},
	"no hash":             {`{"version":1,"keys":[{"name":"a","scopes":["admin"]}]}`, "no secret"},
	"hash of nothing":     {`{"version":1,"keys":[{"name":"a","hash":"` + access.HashOf("").String() + `","scopes":["admin"]}]}`, "no secret"},
	"short hash":          {`{"version":1,"keys":[{"name":"a","hash":"sha256:00","scopes":["admin"]}]}`, "64 hexadecimal digits"},
	"bad name":            {`{"version":1,"keys":[{"name":"A b","hash":"` + hash + `","scopes":["admin"]}]}`, "cannot name a key"},
	"bad meeting":         {`{"version":1,"keys":[{"name":"a","hash":"` + hash + `","scopes":["admin"],"meetings":["x"]}]}`, "no id of a meeting"},
	"one name twice":      {`{"version":1,"keys":[{"name":"a","hash":"` + hash + `","scopes":["admin"]},{"name":"a","hash":"` + hash + `","scopes":["admin"]}]}`, "two keys"},
	"something else here": {"\x00\x01\x02", "invalid"},
}

func TestDamagedFile(t *testing.T) {
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			file := access.KeyFileIn(t.TempDir())
			var log bytes.Buffer
			r := open(t, file, &log)
			must(t, file.Add(access.NewKey("a", "good-secret", access.Admin)))
			if _, ok := r.Find("good-secret"); !ok {
				t.Fatal("not known")
			}
			must(t, os.WriteFile(file.Path(), []byte(damage.text), 0o600))
			for range 3 {
				if _, ok := r.Find("good-secret"); !ok {
					t.Error("a key known so far does not go on")
				}
			}
			if n := strings.Count(log.String(), "level=ERROR"); n != 1 {
				t.Errorf("it is said %d times:\n%s", n, &log)
			}
			if _, err := file.Keys(); err == nil || !strings.Contains(err.Error(), damage.want) || !strings.Contains(err.Error(), file.Path()) {
				t.Errorf("read with %v, want one about %q", err, damage.want)
			}
			if err := file.Add(access.NewKey("b", "other-secret", access.Admin)); err == nil {
				t.Error("a damaged file was written over")
			}
		})
	}
}

// TestWritersTakeTurns: nothing is lost when many write at a time.
func TestWritersTakeTurns(t *testing.T) {
	file := access.KeyFileIn(t.TempDir())
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			name := string(rune('a' + i))
			if err := file.Add(access.NewKey(name, name+"-secret", access.Admin)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	keys, err := file.Keys()
	if err != nil || len(keys) != 20 {
		t.Errorf("%d keys, %v", len(keys), err)
	}
	info, err := os.Stat(file.Path())
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
}

func TestKeysAreChecked(t *testing.T) {
	tests := map[string][]access.Key{
		"no secret":   {access.NewKey("a", "", access.Admin)},
		"no hash":     {{Name: "a", Scopes: access.Scopes()}},
		"no scope":    {access.NewKey("a", "secret")},
		"bad scope":   {access.NewKey("a", "secret", "root")},
		"no name":     {access.NewKey("", "secret", access.Admin)},
		"same name":   {access.NewKey("a", "secret", access.Admin), access.NewKey("a", "other", access.Admin)},
		"long name":   {access.NewKey(strings.Repeat("a", 65), "secret", access.Admin)},
		"line breaks": {access.NewKey("a\nb", "secret", access.Admin)},
	}
	for name, keys := range tests {
		if _, err := access.NewKeyring(access.KeyringOptions{Fixed: keys}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
