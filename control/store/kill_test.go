package store_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"testing"

	"partyline/control"
	"partyline/control/store"
	"partyline/control/store/storetest"
)

const killDir = "PARTYLINE_TEST_KILL_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(killDir); dir != "" {
		if err := writeUntilKilled(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// writeUntilKilled says on its output which append it tries, and which is acknowledged.
func writeUntilKilled(dir string) error {
	s, err := openQuietly(dir)
	if err != nil {
		return err
	}
	after, err := lastSeq(s)
	if err != nil {
		return err
	}
	for {
		n := 1 + after%3
		fmt.Printf("try %d\n", after+n)
		err := s.Append(context.Background(), &control.Append{Meeting: "mtg_a", After: after, Records: storetest.Records("mtg_a", after+1, after+n)})
		if err != nil {
			return err
		}
		after += n
		fmt.Printf("done %d\n", after)
	}
}

// A process that is killed while it writes loses nothing that it acknowledged, and leaves nothing that it did not
// try: transactions are there as a whole or not at all.
func TestKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for round := range 4 {
		tried, done := runAndKill(t, dir, 20+17*round)
		s := open(t, dir)
		got, err := s.Read(t.Context(), "mtg_a", 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		closeStore(t, s)
		if last := uint64(len(got)); last != done && last != tried {
			t.Errorf("round %d: the log ends at %d; acknowledged was %d, tried %d", round, last, done, tried)
		}
		for i, r := range got {
			if r.Seq != uint64(i)+1 {
				t.Fatalf("round %d: event %d follows event %d", round, r.Seq, i)
			}
		}
	}
}

// runAndKill starts a writer, kills it after a number of acknowledgements, and returns the ends of the log it told of.
func runAndKill(t *testing.T, dir string, acks int) (tried, done uint64) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), killDir+"="+dir)
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var what string
		var seq uint64
		if _, err := fmt.Sscan(lines.Text(), &what, &seq); err != nil {
			t.Fatalf("the writer said %q", lines.Text())
		}
		if what == "try" {
			tried = seq
			continue
		}
		done = seq
		if acks--; acks == 0 {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || acks > 0 {
		t.Fatalf("the writer ended by itself: %v", err)
	}
	return tried, done
}

func openQuietly(dir string) (*store.Store, error) {
	return store.Open(context.Background(), store.Options{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
}

func lastSeq(s *store.Store) (uint64, error) {
	list, err := s.Read(context.Background(), "mtg_a", 0, 0)
	return uint64(len(list)), err
}
