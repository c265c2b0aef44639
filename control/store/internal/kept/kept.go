// Package kept has what is the same in every database: how a record is checked, what is taken and for how long, and how
// a schema is brought up to date.
package kept

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"time"

	"partyline/control"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Checksum covers what a record says, so that a damage which leaves the database well-formed is found too.
func Checksum(r *control.Record) int64 {
	sum := crc32.Checksum(binary.BigEndian.AppendUint64(nil, r.Seq), castagnoli)
	sum = crc32.Update(sum, castagnoli, binary.BigEndian.AppendUint64(nil, uint64(r.At.UnixNano())))
	for _, s := range []string{string(r.Meeting), r.Actor, string(r.Command), r.Type} {
		sum = crc32.Update(sum, castagnoli, append([]byte(s), 0))
	}
	return int64(crc32.Update(sum, castagnoli, r.Data))
}

// Verify compares a record that was read with the checksum that was written with it.
func Verify(r *control.Record, crc int64) error {
	if crc != Checksum(r) {
		return fmt.Errorf("event %d of meeting %s is damaged", r.Seq, r.Meeting)
	}
	return nil
}

// Follows says what is wrong if the records of an append are not the next ones of its meeting.
func Follows(a *control.Append) error {
	for i := range a.Records {
		if r := &a.Records[i]; r.Meeting != a.Meeting || r.Seq != a.After+uint64(i)+1 {
			return fmt.Errorf("record %d of meeting %s does not follow event %d of %s", r.Seq, r.Meeting, a.After, a.Meeting)
		}
	}
	return nil
}

// Stale says that the log of a meeting ends elsewhere than the writer knows.
func Stale(last, after uint64) error {
	return fmt.Errorf("%w (the log ends at %d, not at %d)", control.ErrConflict, last, after)
}

// Expiry is how old an outcome may be.
func Expiry() time.Time { return time.Now().Add(-control.OutcomeTTL) }
