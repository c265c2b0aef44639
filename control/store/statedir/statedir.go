// Package statedir takes a state directory for one process: the store in it, or what a bridge keeps beside a store
// elsewhere.
package statedir

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const lockFile = "lock"

// Lock is a state directory that this process has taken.
type Lock struct{ file *os.File }

// Take takes the state directory, which it makes if it is missing, for this process until Release or its death, however
// it dies.
func Take(dir string) (*Lock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the state directory: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of the state directory: %w", err)
	}
	err = flock(f)
	if err == nil {
		err = writePID(f)
	}
	if err == nil {
		return &Lock{f}, nil
	}
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = fmt.Errorf("the state directory %s is in use by another partyline%s", dir, holder(f))
	} else {
		err = fmt.Errorf("lock the state directory: %w", err)
	}
	return nil, errors.Join(err, f.Close())
}

// Release gives the directory back.
func (l *Lock) Release() error {
	if err := l.file.Close(); err != nil { // closing unlocks
		return fmt.Errorf("unlock the state directory: %w", err)
	}
	return nil
}

// patience is how long a lock may take to come free. A program that was started by the last holder holds a copy of it
// between its fork and its exec, and a holder that was killed may not be quite gone.
const patience = time.Second

func flock(f *os.File) error {
	for began := time.Now(); ; time.Sleep(patience / 50) {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EWOULDBLOCK) || time.Since(began) > patience {
			return err
		}
	}
}

func writePID(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0)
	return err
}

func holder(f *os.File) string {
	pid, err := io.ReadAll(io.LimitReader(f, 20))
	if s := strings.TrimSpace(string(pid)); err == nil && s != "" {
		return " (process " + s + ")"
	}
	return ""
}
