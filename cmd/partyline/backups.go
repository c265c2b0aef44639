package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"partyline/config"
	"partyline/control/store"
)

// backups copies the state directory from time to time, while the bridge runs.
type backups struct {
	// immutable
	cfg config.Backup
	of  string // the state directory
	log *slog.Logger

	last atomic.Int64 // Unix time of the newest copy; 0: there is none
}

// backupName is the name of a copy: when it was begun, so that names sort by time. Other folders beside it are left alone.
const backupName = "partyline-20060102T150405Z"

func timeOf(name string) (time.Time, bool) {
	at, err := time.Parse(backupName, name)
	return at, err == nil
}

// run makes copies until its context ends. One that fails is logged, and tried again at the next time.
func (b *backups) run(ctx context.Context) error {
	if err := os.MkdirAll(b.cfg.Dir, 0o700); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	copies, err := b.copies()
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	wait := time.Duration(0)
	if len(copies) > 0 {
		newest, _ := timeOf(copies[len(copies)-1])
		b.last.Store(newest.Unix())
		wait = max(time.Until(newest.Add(b.cfg.Every.Duration)), 0)
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		if err := b.once(ctx, time.Now()); err != nil && ctx.Err() == nil {
			b.log.Error("backup failed", "dir", b.cfg.Dir, "err", err)
		}
		timer.Reset(b.cfg.Every.Duration)
	}
}

// once makes a copy, and only when it is whole deletes the oldest of those that are too many.
func (b *backups) once(ctx context.Context, now time.Time) error {
	begun := time.Now()
	to := filepath.Join(b.cfg.Dir, now.UTC().Format(backupName))
	if err := store.BackupOf(ctx, b.of, to); err != nil {
		return err
	}
	b.last.Store(now.Unix())
	b.log.Info("backed up", "to", to, "took", time.Since(begun).Round(time.Millisecond))
	return b.prune()
}

// prune also deletes copies that a crash left half made.
func (b *backups) prune() error {
	copies, err := b.copies()
	if err != nil {
		return err
	}
	var errs []error
	for _, old := range copies[:max(len(copies)-b.cfg.Keep, 0)] {
		errs = append(errs, os.RemoveAll(filepath.Join(b.cfg.Dir, old)))
	}
	partial, err := filepath.Glob(filepath.Join(b.cfg.Dir, "*.partial"))
	errs = append(errs, err)
	for _, dir := range partial {
		if _, ours := timeOf(strings.TrimSuffix(filepath.Base(dir), ".partial")); ours {
			errs = append(errs, os.RemoveAll(dir))
		}
	}
	return errors.Join(errs...)
}

// copies are the names of the copies there are, the oldest first.
func (b *backups) copies() ([]string, error) {
	entries, err := os.ReadDir(b.cfg.Dir)
	if err != nil {
		return nil, err
	}
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool {
		_, ours := timeOf(e.Name())
		return !ours || !e.IsDir()
	})
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil // ReadDir sorts
}
