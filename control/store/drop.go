package store

import (
	"context"
	"fmt"

	"partyline/control"
)

// dropStep keeps which recordings are still to be deleted after the transaction that says so: they are in another database.
const dropStep = `CREATE TABLE drops (
			meeting TEXT NOT NULL,
			id      TEXT NOT NULL,
			PRIMARY KEY (meeting, id)
		) WITHOUT ROWID;`

type dropped struct {
	meeting control.MeetingID
	id      control.AudioID
}

// drop notes, within a transaction, what is to be deleted after it.
func (s *Store) drop(ctx context.Context, a *control.Append) error {
	for _, id := range a.Drop {
		if _, err := s.conn.ExecContext(ctx, `INSERT OR IGNORE INTO drops (meeting, id) VALUES (?, ?)`, string(a.Meeting), string(id)); err != nil {
			return err
		}
	}
	return nil
}

// deleteDropped deletes what is noted, and returns it; [Store.forgetDropped] follows when it is gone from the WAL too.
func (s *Store) deleteDropped(ctx context.Context) ([]dropped, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT meeting, id FROM drops`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []dropped
	for rows.Next() {
		var d dropped
		if err := rows.Scan(&d.meeting, &d.id); err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for _, d := range list {
		if _, err := s.blobs.ExecContext(ctx, `DELETE FROM audio WHERE meeting = ? AND id = ?`, string(d.meeting), string(d.id)); err != nil {
			return nil, fmt.Errorf("delete a recording: %w", err)
		}
	}
	return list, nil
}

func (s *Store) forgetDropped(ctx context.Context, list []dropped) error {
	for _, d := range list {
		if _, err := s.care.ExecContext(ctx, `DELETE FROM drops WHERE meeting = ? AND id = ?`, string(d.meeting), string(d.id)); err != nil {
			return err
		}
	}
	return nil
}
