package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
)

func TestDbg(t *testing.T) {
	n, _ := strconv.Atoi(os.Getenv("DBGN"))
	for i := range n {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			b := newBridge(t, bridgeOptions{})
			m, _ := b.meeting(bridgeapi.NewMeeting{})
			c := make([]*phone.Call, 6)
			for i := range c {
				c[i] = b.dial(m.AccessCode, phone.Options{})
			}
			for i := range c {
				b.participant(m, c[i], inMainRoom)
			}
			for _, call := range c[2:] {
				must(t, call.Hangup(soon(t)))
			}
			must(t, b.set.HangupAll(soon(t)))
			b.api.Close()
			ctx, stop := context.WithTimeout(context.Background(), 3*time.Second)
			defer stop()
			if err := b.app.ua.Drain(ctx); err != nil {
				buf := make([]byte, 1<<20)
				t.Fatalf("%v %+v\n%+v\n%s", err, b.app.ua.Stats(), b.app.ua.Legs(), buf[:runtime.Stack(buf, true)])
			}
		})
	}
}
