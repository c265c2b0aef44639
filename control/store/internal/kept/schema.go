package kept

import (
	"context"
	"fmt"
)

// Database is what Upgrade brings up to date.
type Database interface {
	// Version is the number of the last step that was applied; 0: none.
	Version(ctx context.Context) (int, error)
	// Apply runs a step and notes its number, in one transaction.
	Apply(ctx context.Context, version int, step string) error
}

// Upgrade applies the steps that a database has not seen, each once. A released step is never changed, new ones are added.
func Upgrade(ctx context.Context, db Database, steps []string) error {
	version, err := db.Version(ctx)
	if err != nil {
		return fmt.Errorf("read the schema version: %w", err)
	}
	if version > len(steps) {
		return fmt.Errorf("it was written by a newer partyline (schema %d, this program knows %d)", version, len(steps))
	}
	for i, step := range steps[version:] {
		if err := db.Apply(ctx, version+i+1, step); err != nil {
			return fmt.Errorf("upgrade to schema %d: %w", version+i+1, err)
		}
	}
	return nil
}
