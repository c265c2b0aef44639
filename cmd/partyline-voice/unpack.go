package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/klauspost/compress/zstd"
)

// What an archive may come to. Piper has 360 files and 35 MB, a voice 3 and 63 MB.
const (
	maxFiles    = 2000
	maxUnpacked = 400 << 20
)

// archive is a tar file packed with zstd.
type archive struct {
	files fs.FS
	name  string
}

// manifest says what a folder has that was unpacked whole: size and hash of each file.
type manifest map[string]entry

type entry struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

const manifestName = "MANIFEST.json"

// unpack returns the folder with the archive's files. One that is there already is taken if nothing in it has changed;
// else it is made beside, and takes its place when it is whole.
func unpack(cache, name string, a archive) (dir string, err error) {
	packed, err := fs.ReadFile(a.files, a.name)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(packed)
	dir = filepath.Join(cache, name+"-"+hex.EncodeToString(sum[:8]))
	if intact(dir) {
		return dir, nil
	}
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return "", err
	}
	fresh, err := os.MkdirTemp(cache, ".unpacking-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(fresh)) }()
	if err := extract(filepath.Join(fresh, "new"), packed); err != nil {
		return "", fmt.Errorf("unpack %s into %s: %w", name, cache, err)
	}
	return dir, replace(dir, filepath.Join(fresh, "new"), filepath.Join(fresh, "old"))
}

// replace puts a new folder where there may be a damaged one. Somebody else may have been faster.
func replace(dir, fresh, aside string) error {
	err := os.Rename(fresh, dir)
	if err == nil || intact(dir) {
		return nil
	}
	if err := os.Rename(dir, aside); err != nil {
		return err
	}
	return os.Rename(fresh, dir)
}

// intact says whether all of an archive's files are in dir, unchanged.
func intact(dir string) bool {
	b, err := os.ReadFile(filepath.Join(dir, manifestName))
	if err != nil {
		return false
	}
	var m manifest
	if json.Unmarshal(b, &m) != nil || len(m) == 0 {
		return false
	}
	for name, want := range m {
		if got, err := measure(filepath.Join(dir, name)); err != nil || got != want {
			return false
		}
	}
	return true
}

func measure(file string) (e entry, err error) {
	f, err := os.Open(file)
	if err != nil {
		return e, err
	}
	defer f.Close()
	hash := sha256.New()
	e.Size, err = io.Copy(hash, f)
	e.SHA256 = hex.EncodeToString(hash.Sum(nil))
	return e, err
}

// extract writes an archive's files to a new folder, and last the manifest.
func extract(dir string, packed []byte) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir) // nothing is written outside of it, whatever the archive says
	if err != nil {
		return err
	}
	defer root.Close()
	plain, err := zstd.NewReader(bytes.NewReader(packed), zstd.WithDecoderMaxMemory(256<<20))
	if err != nil {
		return err
	}
	defer plain.Close()
	m, err := extractTar(root, tar.NewReader(io.LimitReader(plain, maxUnpacked)))
	if err != nil {
		return err
	}
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return root.WriteFile(manifestName, b, 0o600)
}

func extractTar(root *os.Root, files *tar.Reader) (manifest, error) {
	m := make(manifest)
	for {
		h, err := files.Next()
		switch {
		case errors.Is(err, io.EOF) && len(m) > 0:
			return m, nil
		case err != nil:
			return nil, err
		case len(m) >= maxFiles:
			return nil, errors.New("too many files")
		case !filepath.IsLocal(h.Name) || path.Clean(h.Name) == manifestName:
			return nil, fmt.Errorf("file name %q", h.Name)
		}
		if err := m.extract(root, h, files); err != nil {
			return nil, err
		}
	}
}

// extract writes one file. Links lead to a file beside them: libraries have them.
func (m manifest) extract(root *os.Root, h *tar.Header, content io.Reader) error {
	if err := root.MkdirAll(path.Dir(h.Name), 0o700); err != nil {
		return err
	}
	switch h.Typeflag {
	case tar.TypeDir:
		return root.MkdirAll(h.Name, 0o700)
	case tar.TypeSymlink:
		if h.Linkname != path.Base(h.Linkname) || !filepath.IsLocal(h.Linkname) {
			return fmt.Errorf("link %q to %q", h.Name, h.Linkname)
		}
		return root.Symlink(h.Linkname, h.Name)
	case tar.TypeReg:
		f, err := root.OpenFile(h.Name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600|fs.FileMode(h.Mode)&0o100)
		if err != nil {
			return err
		}
		hash := sha256.New()
		n, err := io.Copy(io.MultiWriter(f, hash), content)
		if err := cmp.Or(err, f.Close()); err != nil {
			return err
		}
		m[path.Clean(h.Name)] = entry{Size: n, SHA256: hex.EncodeToString(hash.Sum(nil))}
		return nil
	default:
		return fmt.Errorf("%q is no file", h.Name)
	}
}
