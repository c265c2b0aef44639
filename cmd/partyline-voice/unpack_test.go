package main

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/klauspost/compress/zstd"
)

// pack makes an archive.
func pack(t *testing.T, headers ...tar.Header) archive {
	t.Helper()
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b)
	must(t, err)
	w := tar.NewWriter(z)
	for _, h := range headers {
		body := []byte("content of " + h.Name)
		if h.Typeflag == tar.TypeReg {
			h.Size = int64(len(body))
		}
		must(t, w.WriteHeader(&h))
		if h.Typeflag == tar.TypeReg {
			_, err := w.Write(body)
			must(t, err)
		}
	}
	must(t, w.Close())
	must(t, z.Close())
	return archive{fstest.MapFS{"a": {Data: b.Bytes()}}, "a"}
}

func file(name string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o755}
}

func link(name, to string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeSymlink, Linkname: to}
}

func TestUnpack(t *testing.T) {
	t.Parallel()
	cache := filepath.Join(t.TempDir(), "cache")
	a := pack(t, file("lib.so.1"), link("lib.so", "lib.so.1"), file("data/x/y"), tar.Header{Name: "empty/", Typeflag: tar.TypeDir})
	dir, err := unpack(cache, "thing", a)
	must(t, err)
	for name, want := range map[string]string{"lib.so": "content of lib.so.1", "data/x/y": "content of data/x/y"} {
		if b, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(b) != want {
			t.Errorf("%s: %q %v", name, b, err)
		}
	}
	before, err := os.Stat(dir)
	must(t, err)
	if _, err := unpack(cache, "thing", a); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(dir); err != nil || !os.SameFile(before, after) {
		t.Error("what was there is unpacked again")
	}
	for name, damage := range map[string]func() error{
		"changed": func() error {
			return os.WriteFile(filepath.Join(dir, "lib.so.1"), []byte("CONTENT of lib.so.1"), 0o600)
		},
		"cut":         func() error { return os.Truncate(filepath.Join(dir, "data/x/y"), 3) },
		"gone":        func() error { return os.Remove(filepath.Join(dir, "data/x/y")) },
		"no manifest": func() error { return os.Remove(filepath.Join(dir, manifestName)) },
		"bad":         func() error { return os.WriteFile(filepath.Join(dir, manifestName), []byte("{}"), 0o600) },
	} {
		must(t, damage())
		if _, err := unpack(cache, "thing", a); err != nil || !intact(dir) {
			t.Errorf("%s: not mended: %v", name, err)
		}
	}
	if left, err := os.ReadDir(cache); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestUnpackRefuses(t *testing.T) {
	t.Parallel()
	many := make([]tar.Header, maxFiles+1)
	for i := range many {
		many[i] = file(strings.Repeat("x", i%200+1) + strings.Repeat("y", i/200))
	}
	for name, headers := range map[string][]tar.Header{
		"outside":        {file("../x")},
		"absolute":       {file("/etc/x")},
		"link outside":   {file("y"), link("x", "../../etc/passwd")},
		"absolute link":  {file("y"), link("x", "/etc/passwd")},
		"through a link": {link("x", "y"), file("x/z"), file("y")},
		"twice":          {file("x"), file("x")},
		"device":         {{Name: "x", Typeflag: tar.TypeBlock}},
		"hard link":      {file("y"), {Name: "x", Typeflag: tar.TypeLink, Linkname: "y"}},
		"our manifest":   {file("./" + manifestName)},
		"nothing":        {},
		"too many":       many,
	} {
		base := t.TempDir()
		cache := filepath.Join(base, "a", "cache")
		if dir, err := unpack(cache, "thing", pack(t, headers...)); err == nil {
			t.Errorf("%s: unpacked to %s", name, dir)
		}
		if left, err := os.ReadDir(cache); err != nil || len(left) != 0 {
			t.Errorf("%s: left behind: %v %v", name, left, err)
		}
		if all, err := os.ReadDir(filepath.Join(base, "a")); err != nil || len(all) != 1 {
			t.Errorf("%s: written outside: %v %v", name, all, err)
		}
	}
	if _, err := unpack(t.TempDir(), "thing", archive{fstest.MapFS{"a": {Data: []byte("no zstd")}}, "a"}); err == nil {
		t.Error("garbage was unpacked")
	}
}
