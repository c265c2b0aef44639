package main

import (
	"context"
	"errors"
	"fmt"

	"partyline/control/store"
)

type backupCmd struct {
	To string `arg:"" help:"The directory to write; it must not be there yet." type:"path"`
	configFlags
}

type restoreCmd struct {
	From string `arg:"" help:"The directory that backup wrote." type:"path"`
	configFlags
}

// errPostgres: the database's own tools do it better, and the state directory then has nothing but API keys.
var errPostgres = errors.New("the events are in PostgreSQL: use pg_dump and pg_restore, and copy the state directory")

// Run copies the state directory, while a bridge may be running on it.
func (c *backupCmd) Run(ctx context.Context) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	if cfg.Store != "" {
		return errPostgres
	}
	if err := store.BackupOf(ctx, cfg.StateDir, c.To); err != nil {
		return err
	}
	fmt.Printf("%s is backed up in %s.\n", cfg.StateDir, c.To)
	return nil
}

// Run makes an empty state directory what the backup has.
func (c *restoreCmd) Run(ctx context.Context) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	if cfg.Store != "" {
		return errPostgres
	}
	if err := store.Restore(ctx, c.From, cfg.StateDir); err != nil {
		return err
	}
	fmt.Printf("%s is restored from %s.\n", cfg.StateDir, c.From)
	return nil
}
