package storetest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"partyline/control"
)

// WriteUntilKilled appends to a store for ever. It says on standard output which append it tries, and which is
// acknowledged.
func WriteUntilKilled(s Store) error {
	list, err := s.Read(context.Background(), "mtg_a", 0, 0)
	if err != nil {
		return err
	}
	for after := uint64(len(list)); ; {
		n := 1 + after%3
		fmt.Printf("try %d\n", after+n)
		err := s.Append(context.Background(), &control.Append{Meeting: "mtg_a", After: after, Records: Records("mtg_a", after+1, after+n)})
		if err != nil {
			return err
		}
		after += n
		fmt.Printf("done %d\n", after)
	}
}

// Kill kills processes that write: with this environment variable, the test binary runs [WriteUntilKilled]. Nothing that
// was acknowledged is lost, and nothing is there that was not tried: transactions are there as a whole or not at all.
func Kill(t *testing.T, env string, open func(t *testing.T) (s Store, end func())) {
	for round := range 4 {
		tried, done := runAndKill(t, env, 20+17*round)
		s, end := open(t)
		got := must(s.Read(t.Context(), "mtg_a", 0, 0))(t)
		end()
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
func runAndKill(t *testing.T, env string, acks int) (tried, done uint64) {
	t.Helper()
	exe := must(os.Executable())(t)
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), env)
	cmd.Stderr = t.Output()
	out := must(cmd.StdoutPipe())(t)
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
