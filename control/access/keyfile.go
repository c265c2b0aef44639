package access

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// KeyFile is the file in the state directory that holds the keys made on the command line. It is replaced as a whole, so
// that a reader sees the old keys or the new ones; writers take turns by a lock of its own, for the daemon holds that of
// the state directory.
type KeyFile struct{ path string }

// MaxKeys is how many keys the file may hold.
const MaxKeys = 1000

const (
	keyFileName    = "keys.json"
	keyFileVersion = 1
	maxKeyFile     = 64 << 20 // bytes; MaxKeys bound to MaxMeetings each fit in
)

// KeyFileIn is the key file of a state directory.
func KeyFileIn(stateDir string) KeyFile { return KeyFile{filepath.Join(stateDir, keyFileName)} }

// Path is where the file is.
func (f KeyFile) Path() string { return f.path }

type keyFileBody struct {
	Version int   `json:"version"`
	Keys    []Key `json:"keys"`
}

// Keys reads the file. Without a file there are no keys.
func (f KeyFile) Keys() ([]Key, error) {
	file, err := os.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the API keys: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxKeyFile+1))
	if err != nil {
		return nil, fmt.Errorf("read the API keys: %w", err)
	}
	keys, err := parseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("%s is damaged: %w; mend it, or delete it and make its keys anew", f.path, err)
	}
	return keys, nil
}

func parseKeys(text []byte) ([]Key, error) {
	if len(text) > maxKeyFile {
		return nil, fmt.Errorf("it is larger than %d bytes", maxKeyFile)
	}
	var body keyFileBody
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&body); err != nil {
		return nil, fmt.Errorf("it cannot be read: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more after its end")
	}
	if body.Version != keyFileVersion {
		return nil, fmt.Errorf("its version is %d, this program reads %d", body.Version, keyFileVersion)
	}
	if len(body.Keys) > MaxKeys {
		return nil, fmt.Errorf("it has more than %d keys", MaxKeys)
	}
	return body.Keys, checkKeys(body.Keys)
}

// Add puts a key into the file, whose name must be free.
func (f KeyFile) Add(k Key) error {
	return f.update(func(keys []Key) ([]Key, error) {
		if len(keys) >= MaxKeys {
			return nil, fmt.Errorf("there are %d keys already; revoke some", MaxKeys)
		}
		if slices.ContainsFunc(keys, named(k.Name)) {
			return nil, fmt.Errorf("there is a key named %s already; revoke it first, or take another name", k.Name)
		}
		return append(keys, k), nil
	})
}

// Remove takes a key out of the file.
func (f KeyFile) Remove(name string) error {
	return f.update(func(keys []Key) ([]Key, error) {
		left := slices.DeleteFunc(slices.Clone(keys), named(name))
		if len(left) == len(keys) {
			return nil, fmt.Errorf("%s has no key named %.80q", f.path, name)
		}
		return left, nil
	})
}

func named(name string) func(Key) bool { return func(k Key) bool { return k.Name == name } }

func (f KeyFile) update(change func([]Key) ([]Key, error)) error {
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return fmt.Errorf("make the state directory: %w", err)
	}
	unlock, err := f.lock()
	if err != nil {
		return err
	}
	defer unlock()
	keys, err := f.Keys()
	if err != nil {
		return err
	}
	if keys, err = change(keys); err != nil {
		return err
	}
	if err := checkKeys(keys); err != nil {
		return err
	}
	text, err := json.MarshalIndent(keyFileBody{keyFileVersion, keys}, "", "  ")
	if err != nil {
		return fmt.Errorf("write the API keys: %w", err)
	}
	if err := replaceFile(f.path, append(text, '\n')); err != nil {
		return fmt.Errorf("write the API keys: %w", err)
	}
	return nil
}

// lockPatience is how long another writer may take.
const lockPatience = 5 * time.Second

func (f KeyFile) lock() (unlock func(), err error) {
	file, err := os.OpenFile(f.path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the API keys: %w", err)
	}
	if err := likeDir(file); err != nil {
		return nil, errors.Join(fmt.Errorf("lock the API keys: %w", err), file.Close())
	}
	for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return func() { _ = file.Close() }, nil // which unlocks
		}
		if !errors.Is(err, unix.EWOULDBLOCK) || time.Since(began) > lockPatience {
			return nil, errors.Join(fmt.Errorf("lock the API keys: %w", err), file.Close())
		}
	}
}

// replaceFile puts a file in the place of another, for its owner's eyes alone. After a crash one of the two is there, whole.
func replaceFile(path string, text []byte) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, tmp.Close(), os.Remove(tmp.Name()))
		}
	}()
	if err := likeDir(tmp); err != nil {
		return err
	}
	if _, err := tmp.Write(text); err != nil {
		return err
	}
	if err := tmp.Sync(); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	return errors.Join(syncDir(filepath.Dir(path)), tmp.Close())
}

// likeDir gives a file that root makes to the owner of its directory, as whom the daemon runs.
func likeDir(f *os.File) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(filepath.Dir(f.Name()))
	if err != nil {
		return err
	}
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return f.Chown(int(s.Uid), int(s.Gid))
	}
	return nil
}

// syncDir makes a rename in the directory last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
