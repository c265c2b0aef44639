package control_test

import (
	"testing"
	"testing/synctest"
	"time"

	"partyline/control"
	"partyline/control/controltest"
)

// TestRetention: a meeting goes when it has been over for long enough and nobody uses it, and nothing else does.
func TestRetention(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := controltest.NewStore()
		b := newBridge(t, store, func(o *control.RegistryOptions) { o.Retention = 48 * time.Hour })
		m := b.create(1)
		ended, open := b.create(1), b.create(1)
		defer b.stop()
		if err := b.reg.Delete(t.Context(), m.ID(), control.Meta{}); err != nil {
			t.Fatal(err)
		}
		do(t, ended, control.EndMeeting{})
		time.Sleep(47 * time.Hour)
		synctest.Wait()
		if _, err := b.reg.Kept(m.ID()); err != nil {
			t.Errorf("a deleted meeting is not kept: %v", err)
		}
		if _, err := b.reg.Meeting(m.ID()); err == nil {
			t.Error("a deleted meeting is shown")
		}
		time.Sleep(3 * time.Hour)
		synctest.Wait()
		if _, err := b.reg.Kept(m.ID()); err == nil {
			t.Error("an old meeting is kept")
		}
		if _, err := b.reg.Meeting(ended.ID()); err == nil {
			t.Error("an old ended meeting is kept")
		}
		if list, err := store.Read(t.Context(), m.ID(), 0, 0); len(list) > 0 || err != nil {
			t.Errorf("%d records are left, %v", len(list), err)
		}
		if _, err := b.reg.Meeting(open.ID()); err != nil {
			t.Errorf("an open meeting is gone: %v", err)
		}
	})
}
