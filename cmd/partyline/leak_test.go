package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"partyline/cmd/internal/phone"
)

// checkLeaks fails the test if, when all is cleaned up, it leaves goroutines or descriptors (files, sockets) behind. It
// comes first in a test, which must not run beside others.
func checkLeaks(t *testing.T) {
	t.Helper()
	goroutines, files := runtime.NumGoroutine(), openFiles(t)
	t.Cleanup(func() {
		if t.Failed() { // what it had begun may be under way still
			return
		}
		ctx, stop := context.WithTimeout(context.Background(), patience)
		defer stop()
		err := phone.Await(ctx, func() error {
			if n := runtime.NumGoroutine(); n > goroutines {
				return fmt.Errorf("%d goroutines, %d before", n, goroutines)
			}
			if left := openFiles(t); len(left) > len(files) {
				return fmt.Errorf("%d descriptors, %d before: %q", len(left), len(files), left)
			}
			return nil
		})
		if err != nil {
			stacks := make([]byte, 1<<20)
			t.Errorf("left behind: %v\n%s", err, stacks[:runtime.Stack(stacks, true)])
		}
	})
}

// openFiles lists this process's descriptors.
func openFiles(t *testing.T) []string {
	t.Helper()
	const dir = "/proc/self/fd"
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Skipf("descriptors cannot be counted here: %v", err)
	}
	var open []string
	for _, e := range entries {
		if to, err := os.Readlink(filepath.Join(dir, e.Name())); err == nil && !strings.HasPrefix(to, "/proc/") {
			open = append(open, to)
		}
	}
	slices.Sort(open)
	return open
}
