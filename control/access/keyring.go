package access

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"
)

// KeyringOptions are what a [Keyring] is made of.
type KeyringOptions struct {
	Fixed  []Key        // of the configuration: they stay as they are
	File   KeyFile      // the zero value: none
	Logger *slog.Logger // nil: discards
}

// Keyring knows the API keys that hold now: those of the configuration, and those of the key file, which is looked at
// again at every question, since asking the kernel whether it has changed takes about a microsecond. A file that cannot
// be read changes nothing: the keys known so far go on.
type Keyring struct {
	// immutable
	fixed  []Key
	file   KeyFile
	logger *slog.Logger

	// guarded by mu
	mu    sync.Mutex
	seen  fs.FileInfo // of the file as it was last read; nil: there was none
	fault string      // why it could not be read, as it was logged
	retry time.Time   // when it is looked at again after a fault
	filed []Key       // of the file, without those whose names the configuration has
	keys  []Key       // all; replaced, never changed in place
}

// NewKeyring makes a keyring. That the file is damaged is logged, and no reason not to start: nobody gets in by it.
func NewKeyring(o KeyringOptions) (*Keyring, error) {
	if err := checkKeys(o.Fixed); err != nil {
		return nil, fmt.Errorf("api keys: %w", err)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	r := &Keyring{fixed: o.Fixed, file: o.File, logger: o.Logger, keys: o.Fixed}
	r.current()
	return r, nil
}

// Find finds the key of a secret, whether it has expired or not. It compares with every key, whichever fits, in constant
// time.
func (r *Keyring) Find(secret string) (Key, bool) {
	hash := HashOf(secret)
	var found Key
	ok := false
	for _, k := range r.current() {
		if subtle.ConstantTimeCompare(hash[:], k.Hash[:]) == 1 {
			found, ok = k, true
		}
	}
	return found, ok
}

// Holds says whether a key that was found is still good.
func (r *Keyring) Holds(k Key, now time.Time) bool {
	return !k.Expired(now) && slices.ContainsFunc(r.current(), func(other Key) bool {
		return other.Name == k.Name && other.Hash == k.Hash && other.ExpiresAt.Equal(k.ExpiresAt)
	})
}

// current returns the keys that hold now; they are not to be changed.
func (r *Keyring) current() []Key {
	if r.file == (KeyFile{}) {
		return r.keys
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fault != "" && time.Now().Before(r.retry) {
		return r.keys
	}
	info, err := os.Stat(r.file.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		info = nil
	case err != nil:
		r.complain(err)
		return r.keys
	}
	if r.fault != "" || !sameFile(info, r.seen) {
		r.reloadLocked(info)
	}
	return r.keys
}

// reloadLocked reads the file, which was info just before. Should it be another by now, the next look tells.
func (r *Keyring) reloadLocked(info fs.FileInfo) {
	keys, err := r.file.Keys()
	if err != nil {
		r.complain(err)
		return
	}
	r.seen, r.fault = info, ""
	keys = slices.DeleteFunc(keys, func(k Key) bool {
		taken := slices.ContainsFunc(r.fixed, named(k.Name))
		if taken {
			r.logger.Warn("api key ignored: the configuration has one of its name", "key", k.Name)
		}
		return taken
	})
	r.tell(keys)
	r.filed = keys
	r.keys = slices.Concat(r.fixed, keys)
}

// tell logs which keys have come and gone.
func (r *Keyring) tell(keys []Key) {
	for _, k := range keys {
		if !slices.ContainsFunc(r.filed, same(k)) {
			r.logger.Info("api key known", "key", k.Name, "scopes", List(k.Scopes), "meetings", len(k.Meetings), "expires", k.expiry())
		}
	}
	for _, k := range r.filed {
		if !slices.ContainsFunc(keys, same(k)) {
			r.logger.Info("api key revoked", "key", k.Name)
		}
	}
}

func same(k Key) func(Key) bool {
	return func(other Key) bool { return other.Name == k.Name && other.Hash == k.Hash }
}

const faultRetry = time.Second

// complain logs what is wrong with the file, once.
func (r *Keyring) complain(err error) {
	r.retry = time.Now().Add(faultRetry)
	if err.Error() == r.fault {
		return
	}
	r.fault = err.Error()
	r.logger.Error("the file of API keys cannot be read; the keys known so far go on", "err", err)
}

// sameFile says whether the file is what it was. A replaced one is another, whatever its time.
func sameFile(a, b fs.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}
