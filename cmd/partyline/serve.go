package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"partyline/config"
	"partyline/control/access"
)

type serveCmd struct {
	configFlags
}

// gcPercent is how much garbage the heap of a bridge may hold, in percent of what is in use. Calls that last produce
// none, for no packet allocates: collections follow commands and calls that begin. A quarter of Go's usual allowance
// costs 0.3 % of the CPU time while 100 calls a second begin, and saves each of 500 callers some 25 KiB. (Tuned 2026-11;
// the environment's GOGC goes before it.)
const gcPercent = 25

func limitGarbage() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}

// Run serves until the first signal, then drains. It writes how to reach the bridge to standard output.
func (c *serveCmd) Run(ctx context.Context) error {
	limitGarbage()
	cfg, err := c.load()
	if err != nil {
		return err
	}
	app, err := New(ctx, cfg, newLogger(cfg.Log))
	if err != nil {
		return err
	}
	if err := app.Start(ctx); err != nil {
		return errors.Join(err, app.Stop(ctx))
	}
	app.describe(os.Stdout)
	select {
	case <-ctx.Done():
		return app.Stop(context.WithoutCancel(ctx))
	case err := <-app.Failed():
		return errors.Join(err, app.Stop(ctx))
	}
}

// describe tells a person how to reach the bridge.
func (a *App) describe(w io.Writer) {
	fmt.Fprintln(w, "Partyline is ready.")
	for _, addr := range a.SIPAddrs() {
		transport := ""
		if addr.Network() == "tls" {
			transport = ";transport=tls"
		}
		fmt.Fprintf(w, "  calls    sip:ACCESS-CODE@%s%s (%s)\n", addr, transport, addr.Network())
	}
	fmt.Fprintf(w, "  API      %s/v1 (described in %s/openapi.json)\n", a.URL(), a.URL())
	if a.Key() == "" {
		fmt.Fprintln(w, "  API key  one of those whose hashes the configuration has; partyline keys makes more")
		return
	}
	fmt.Fprintf(w, "  API key  %s\n", a.Key())
	fmt.Fprintf(w, "Make a meeting:\n  curl -sS -H 'Authorization: Bearer %s' -H 'Content-Type: application/json' -d '{\"title\":\"Staff\",\"rooms\":[{\"name\":\"Red\"},{\"name\":\"Blue\"}]}' %s/v1/meetings\n", a.Key(), a.URL())
}

type checkCmd struct {
	configFlags
}

// Run prints what the bridge would do, or fails with what is wrong.
func (c *checkCmd) Run() error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	fmt.Println("The configuration is valid. The bridge would:")
	for _, l := range cfg.SIP.Listen {
		fmt.Printf("  take calls at            %s (%s)\n", l.Addr, l.Network)
	}
	switch {
	case cfg.SIP.Open:
		fmt.Println("  from                     anybody")
	case len(cfg.SIP.Trunks) == 0:
		fmt.Println("  from                     this machine only")
	}
	for _, t := range cfg.SIP.Trunks {
		if len(t.Addresses) > 0 {
			fmt.Printf("  from                     %s: %v\n", t.Name, t.Addresses)
		}
	}
	if err := describeTLS(cfg, func(format string, args ...any) { fmt.Printf(format, args...) }); err != nil {
		return err
	}
	describeSRTP(cfg.SIP, func(format string, args ...any) { fmt.Printf(format, args...) })
	if err := describeDialOut(cfg, func(format string, args ...any) { fmt.Printf(format, args...) }); err != nil {
		return err
	}
	if cfg.SIP.Advertise.IsValid() {
		fmt.Printf("  tell callers to send to  %s\n", cfg.SIP.Advertise)
	}
	fmt.Printf("  use RTP ports            %s (at most %d calls)\n", cfg.RTP.Ports, min(cfg.Limits.Calls, cfg.RTP.Ports.Pairs()))
	scheme := "http"
	if cfg.HTTP.TLSCert != "" {
		scheme = "https"
	}
	fmt.Printf("  answer the API at        %s://%s\n", scheme, cfg.HTTP.Listen)
	if len(cfg.HTTP.APIKeys) == 0 {
		fmt.Printf("  take the API key in      %s/api-key (made at the first start)\n", cfg.StateDir)
	} else {
		fmt.Printf("  take API keys            %d\n", len(cfg.HTTP.APIKeys))
	}
	if keys, err := access.KeyFileIn(cfg.StateDir).Keys(); err != nil {
		return err
	} else if len(keys) > 0 {
		fmt.Printf("  and from %s/keys.json  %d\n", cfg.StateDir, len(keys))
	}
	if len(cfg.HTTP.AllowedOrigins) > 0 {
		fmt.Printf("  let pages call it from   %s\n", strings.Join(cfg.HTTP.AllowedOrigins, ", "))
	}
	switch {
	case cfg.Webhooks.AllowPrivate:
		fmt.Println("  send webhooks to         everywhere, this machine and private networks too")
	case len(cfg.Webhooks.AllowNetworks) > 0:
		fmt.Printf("  send webhooks to         public addresses and %v\n", cfg.Webhooks.AllowNetworks)
	}
	keys, err := keymapOf(cfg.Keys)
	if err != nil {
		return err
	}
	for _, line := range describeKeys(keys) {
		fmt.Printf("  change the keys of       %s\n", line)
	}
	if err := checkSpeech(cfg.Speech); err != nil {
		return err
	}
	fmt.Printf("  keep its state in        %s\n", cfg.StateDir)
	if d := cfg.Retention.Attendance.Duration; d > 0 {
		fmt.Printf("  keep meetings for        %s after they have ended\n", d)
	} else {
		fmt.Println("  keep meetings            for ever")
	}
	if cfg.Store != "" {
		return checkStore(cfg.Store)
	}
	return nil
}

// checkSpeech asks the engines.
func checkSpeech(cfg config.Speech) error {
	list, err := engines(cfg)
	if err != nil {
		return err
	}
	used := enginesOf(cfg.Engine)
	for tag, engine := range cfg.Languages {
		fmt.Printf("  speak texts in %-9s %s\n", tag, engine)
		used = append(used, enginesOf(engine)...)
	}
	fmt.Printf("  speak texts by           %s\n", cfg.Engine)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for _, e := range list {
		switch err := e.Probe(ctx); {
		case !slices.Contains(used, e.Name()):
		case err != nil:
			fmt.Printf("  of these                 not %s: %s\n", e.Name(), err)
		default:
			fmt.Printf("  of these                 %s\n", e.Name())
		}
	}
	return nil
}
