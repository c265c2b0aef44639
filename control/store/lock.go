package store

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

// lockDir takes the state directory for this process until unlockDir or its death, however it dies.
func lockDir(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of the state directory: %w", err)
	}
	err = flock(f)
	if err == nil {
		err = writePID(f)
	}
	if err == nil {
		return f, nil
	}
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = fmt.Errorf("the state directory %s is in use by another partyline%s", dir, holder(f))
	} else {
		err = fmt.Errorf("lock the state directory: %w", err)
	}
	return nil, errors.Join(err, f.Close())
}

// lockPatience is how long a lock may take to come free. A program that was started by the last holder holds a copy of it
// between its fork and its exec, and a holder that was killed may not be quite gone.
const lockPatience = time.Second

func flock(f *os.File) error {
	for began := time.Now(); ; time.Sleep(lockPatience / 50) {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EWOULDBLOCK) || time.Since(began) > lockPatience {
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

func unlockDir(f *os.File) error {
	if err := f.Close(); err != nil { // closing unlocks
		return fmt.Errorf("unlock the state directory: %w", err)
	}
	return nil
}
