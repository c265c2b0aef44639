package main

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"testing"
	"time"
)

// patience is how long a test waits for a state on a busy machine.
const patience = 40 * time.Second

// asProgram makes the test binary behave as the program that it tests, for tests that need a process of their own.
const asProgram = "PARTYLINE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	if err := warmUp(); err != nil {
		fmt.Fprintln(os.Stderr, "warm up:", err)
		os.Exit(1)
	}
	flag.Parse()
	if atOnce := flag.Lookup("test.parallel"); atOnce.Value.String() == atOnce.DefValue { // conversations are mostly waiting
		if err := flag.Set(atOnce.Name, "4"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// warmUp lets Go open what it keeps open for good, such as its poller, before anybody counts descriptors.
func warmUp() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		return errors.Join(err, l.Close())
	}
	return errors.Join(c.Close(), l.Close())
}

// realAudio leaves a test out where it could not keep time.
func realAudio(t *testing.T) {
	t.Helper()
	if raceEnabled {
		t.Skip("the race detector is too slow for real audio")
	}
}

// long leaves a test out of the normal run; .ci/long has it.
func long(t *testing.T) {
	t.Helper()
	if os.Getenv("PARTYLINE_LONG") == "" {
		t.Skip("long: run by .ci/long")
	}
}

// missing leaves a test out for want of a program; where everything must run it fails.
func missing(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}
