// Command partyline is a phone bridge for meetings with breakout rooms.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"
)

// cli is the command line. Flags override the environment, which overrides the file.
type cli struct {
	Serve   serveCmd   `cmd:"" help:"Run the bridge."`
	Demo    demoCmd    `cmd:"" help:"Run the bridge with a meeting of 12 synthetic callers, and tell what happens."`
	Check   checkCmd   `cmd:"" help:"Say what is wrong with a configuration, or what the bridge would do with it."`
	Load    loadCmd    `cmd:"" help:"Call a SIP conference with many callers and report who hears whom, delay, loss and CPU."`
	Keys    keysCmd    `cmd:"" help:"Make, list and revoke API keys; a bridge that runs takes note at once."`
	Backup  backupCmd  `cmd:"" help:"Copy the state directory, also while the bridge runs."`
	Restore restoreCmd `cmd:"" help:"Make an empty state directory what a backup has."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

func main() {
	var c cli
	parser := kong.Must(&c,
		kong.Name("partyline"),
		kong.Description("Partyline is a phone bridge for meetings with breakout rooms.\n\nTo see it at work: partyline demo. To run it: partyline serve."),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	args := os.Args[1:]
	if len(args) == 0 {
		args = []string{"--help"}
	}
	kctx, err := parser.Parse(args)
	parser.FatalIfErrorf(err)

	ctx, stop := firstSignalDrains()
	defer stop()
	kctx.BindTo(ctx, (*context.Context)(nil))
	if err := kctx.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "partyline:", err)
		os.Exit(1)
	}
}

// firstSignalDrains returns a context that ends with the first SIGINT or SIGTERM. A second one ends the process at once,
// because from then on the signals have their default effect.
func firstSignalDrains() (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run() error {
	fmt.Println("partyline", version())
	return nil
}

// version is the module's version, or the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return "devel " + s.Value[:min(12, len(s.Value))]
		}
	}
	return "devel"
}
