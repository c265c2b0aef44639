// Command partyline-voice speaks texts with a neural voice, over HTTP in the form of OpenAI's /v1/audio/speech. Engine
// (Piper) and voices are inside; they are unpacked at the first start. The bridge finds it on loopback.
//
// A request has one goroutine, of the HTTP server's. An engine's process speaks one piece of text at a time, for whoever
// comes next, so that a long text does not keep a short one waiting.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"
)

// stopTimeout bounds how long requests may go on after the signal to stop.
const stopTimeout = 10 * time.Second

type options struct {
	listen string // address
	cache  string // folder where engine and voices are unpacked
	key    string // that clients have to show; empty: none
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends at once
	o, err := parse(os.Args[1:], os.Getenv, os.Stderr)
	if err == nil {
		err = run(ctx, o, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "partyline-voice:", err)
		os.Exit(1)
	}
}

// parse reads the command line.
func parse(args []string, env func(string) string, help io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("partyline-voice", flag.ContinueOnError)
	flags.SetOutput(help)
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8791", "`address` to answer at; any but loopback needs PARTYLINE_VOICE_API_KEY")
	flags.StringVar(&o.cache, "cache", "", "`folder` to unpack engine and voices in (default: in the user's cache folder)")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unknown argument %q", flags.Arg(0))
	}
	o.key = env("PARTYLINE_VOICE_API_KEY")
	return o, o.validate()
}

func (o *options) validate() error {
	host, _, err := net.SplitHostPort(o.listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	if ip := net.ParseIP(host); o.key == "" && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("--listen: %s can be reached from other machines; set PARTYLINE_VOICE_API_KEY, which they have to show", o.listen)
	}
	if o.cache != "" {
		return nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return fmt.Errorf("name a folder with --cache: %w", err)
	}
	o.cache = filepath.Join(dir, "partyline-voice")
	return nil
}

// run serves until ctx ends, and then ends what is being spoken.
func run(ctx context.Context, o options, log *slog.Logger) error {
	began := time.Now()
	voices, err := install(o.cache)
	if err != nil {
		return err
	}
	debug.FreeOSMemory() // unpacking takes 200 MB
	pool := newPool(voices, log)
	defer pool.close()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.listen)
	if err != nil {
		return err
	}
	server := newServer(pool, o.key, log)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }() // ends with the Shutdown below
	if err := pool.warm(ctx); err != nil {
		log.Warn("the engine does not speak yet", "err", err)
	}
	log.Info("ready", "url", "http://"+listener.Addr().String()+"/v1/audio/speech", "after", time.Since(began).Round(time.Millisecond))
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		log.Warn("requests were cut off", "err", err)
		return server.Close()
	}
	return nil
}

// newServer is an HTTP server whose every wait is bounded. The time to write is given piece by piece.
func newServer(p *pool, key string, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           newHandler(p, key, log),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
