package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// BackupOf writes a copy of a state directory, as it is now, into a directory that is not there yet. A bridge that runs on
// it goes on meanwhile: it is read as by any other reader. It is there as a whole or not at all.
func BackupOf(ctx context.Context, stateDir, to string) (err error) {
	if _, err := os.Stat(filepath.Join(stateDir, logFile)); err != nil {
		return fmt.Errorf("back up %s: there is no log: %w", stateDir, err)
	}
	if _, err := os.Lstat(to); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("back up to %s: it exists already", to)
	}
	partial := to + ".partial"
	if err := os.Mkdir(partial, 0o700); err != nil {
		return fmt.Errorf("back up to %s: %w", to, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(partial))
		}
	}()
	for _, file := range []string{logFile, blobsFile} { // the log first: what it says of recordings is then in the blobs
		if err := copyDatabase(ctx, filepath.Join(stateDir, file), filepath.Join(partial, file)); err != nil {
			return fmt.Errorf("back up %s: %w", file, err)
		}
	}
	if err := copyOthers(stateDir, partial); err != nil {
		return err
	}
	if err := os.Rename(partial, to); err != nil {
		return fmt.Errorf("back up to %s: %w", to, err)
	}
	return syncDir(filepath.Dir(to))
}

func copyDatabase(ctx context.Context, from, to string) error {
	path, err := filepath.Abs(from)
	if err != nil {
		return err
	}
	db, err := sql.Open("sqlite", fileURL(path, url.Values{"mode": {"rw"}, "_pragma": {"busy_timeout(10000)"}}))
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, to); err != nil {
		return err
	}
	return syncFile(to)
}

func fileURL(path string, q url.Values) string {
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
}

// copyOthers copies what else is kept there: the API keys.
func copyOthers(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return fmt.Errorf("copy %s: %w", from, err)
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || e.Name() == "lock" || strings.HasPrefix(e.Name(), logFile) || strings.HasPrefix(e.Name(), blobsFile) {
			continue
		}
		if err := copyFile(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())); err != nil {
			return fmt.Errorf("copy %s: %w", e.Name(), err)
		}
	}
	return syncDir(to)
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return errors.Join(err, out.Close())
	}
	return errors.Join(out.Sync(), out.Close())
}

// Restore checks a backup, and makes a state directory of it that has nothing in it yet.
func Restore(ctx context.Context, backup, stateDir string) (err error) {
	if err := verifyBackup(ctx, backup); err != nil {
		return fmt.Errorf("restore %s: %w", backup, err)
	}
	if entries, err := os.ReadDir(stateDir); len(entries) > 0 || err != nil && !errors.Is(err, os.ErrNotExist) {
		return errors.Join(fmt.Errorf("restore into %s: it is not empty: move away what is there", stateDir), err)
	}
	if err := os.MkdirAll(stateDir, 0o700); err != nil {
		return fmt.Errorf("restore into %s: %w", stateDir, err)
	}
	if err := copyOthers(backup, stateDir); err != nil {
		return err
	}
	for _, file := range []string{blobsFile, logFile} { // nothing starts on blobs without a log
		if err := copyFile(filepath.Join(backup, file), filepath.Join(stateDir, file)); err != nil {
			return fmt.Errorf("restore %s: %w", file, err)
		}
	}
	return syncDir(stateDir)
}

// verifyBackup reads all of a backup, and leaves it as it is.
func verifyBackup(ctx context.Context, dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	s := &Store{dir: dir}
	for _, d := range []struct {
		file string
		db   **sql.DB
	}{{logFile, &s.read}, {blobsFile, &s.blobs}} {
		path := filepath.Join(dir, d.file)
		if _, err := os.Stat(path); err != nil {
			return fmt.Errorf("this is no backup: %w", err)
		}
		db, err := sql.Open("sqlite", fileURL(path, url.Values{"mode": {"ro"}, "immutable": {"1"}}))
		if err != nil {
			return err
		}
		defer db.Close()
		if err := check(ctx, db); err != nil {
			return fmt.Errorf("check %s: %w", d.file, err)
		}
		*d.db = db
	}
	if err := s.checkSequences(ctx); err != nil {
		return err
	}
	for after := uint64(0); ; {
		page, err := s.ReadAll(ctx, after, 1000)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].Pos
	}
}
