package main

import (
	"context"
	"fmt"
	"time"

	"partyline/control"
	"partyline/control/access"
	"partyline/control/api"
	"partyline/control/store"
	"partyline/control/store/postgres"
	"partyline/control/store/statedir"
	"partyline/control/webhook"
)

// bridgeStore is what the parts of the bridge keep, in whichever database.
type bridgeStore interface {
	control.Store
	api.Store
	webhook.Store
	audioStore
	// Ready says why nothing can be kept at the moment.
	Ready() error
	Close() error
}

// audioStore has the recordings.
type audioStore interface {
	Audio(ctx context.Context, meeting control.MeetingID, id control.AudioID) ([]byte, error)
	PutAudio(ctx context.Context, meeting control.MeetingID, id control.AudioID, data []byte) error
}

func (a *App) openStore(ctx context.Context) (err error) {
	if a.cfg.Store == "" {
		err = a.openSQLite(ctx)
	} else {
		err = a.openPostgres(ctx)
	}
	if err != nil {
		return err
	}
	a.onStop("store", func(context.Context) error { return a.store.Close() })
	if a.signer, err = access.OpenSigner(a.cfg.StateDir); err != nil {
		return err
	}
	a.keys, a.key, err = openKeys(a.cfg, a.log.With("component", "access"))
	return err
}

func (a *App) openSQLite(ctx context.Context) error {
	s, err := store.Open(ctx, store.Options{Dir: a.cfg.StateDir, Logger: a.log.With("component", "store")})
	if err != nil {
		return err
	}
	a.store = s
	return nil
}

// openPostgres takes the state directory too: what is not in the database is there.
func (a *App) openPostgres(ctx context.Context) error {
	lock, err := statedir.Take(a.cfg.StateDir)
	if err != nil {
		return err
	}
	a.onStop("state directory", func(context.Context) error { return lock.Release() })
	s, err := postgres.Open(ctx, postgres.Options{
		URL:    a.cfg.Store,
		Logger: a.log.With("component", "store"),
		Fenced: func(err error) { a.failed <- fmt.Errorf("store: %w", err) },
	})
	if err != nil {
		return err
	}
	a.store = s
	return nil
}

// checkTime bounds the look at a store.
const checkTime = 5 * time.Second

// checkStore says which store it is and whether it can be reached. That it cannot, now and from here, is no mistake of the
// configuration; an URL that means nothing is.
func checkStore(url string) error {
	ctx, cancel := context.WithTimeout(context.Background(), checkTime)
	defer cancel()
	name, err := postgres.Check(ctx, url)
	if name == "" {
		return err
	}
	state := "can be reached"
	if err != nil {
		state = fmt.Sprintf("cannot be used now: %v", err)
	}
	fmt.Printf("  and its events in        %s (%s)\n", name, state)
	return nil
}
