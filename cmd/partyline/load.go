package main

import (
	"context"
	"os"
	"time"

	"partyline/cmd/internal/load"
)

type loadCmd struct {
	Target   string        `arg:"" optional:"" help:"SIP URI to call; %d in it becomes the room's number. With --api the meeting's code is put before this address." default:"sip:127.0.0.1:5060"`
	API      string        `help:"Base URL of Partyline's API: a meeting with rooms is made and its breakouts are opened." placeholder:"URL" env:"PARTYLINE_API"`
	APIKey   string        `help:"API key; needed with --api." placeholder:"KEY" env:"PARTYLINE_API_KEY"`
	Calls    int           `help:"How many callers." default:"30"`
	Rooms    int           `help:"How many rooms; 0 means one for 10 callers." default:"0"`
	Talkers  int           `help:"How many talk in each room." default:"3"`
	Duration time.Duration `help:"How long is measured." default:"10s"`
	Rate     float64       `help:"New calls a second." default:"50"`
	PID      int           `name:"pid" help:"Process id of the server, for its CPU and memory." placeholder:"PID"`
	JSON     bool          `name:"json" help:"Print the report as JSON."`
	Digits   string        `help:"Keys to press after the answer, e.g. 123456789#." placeholder:"KEYS"`
	Codec    string        `help:"pcmu or pcma." enum:"pcmu,pcma" default:"pcmu"`
	Network  string        `help:"udp or tcp." enum:"udp,tcp" default:"udp"`
}

// Run places the calls and prints the report.
func (c *loadCmd) Run(ctx context.Context) error {
	_, err := load.Run(ctx, load.Options{
		Target: c.Target, API: c.API, Key: c.APIKey,
		Calls: c.Calls, Rooms: c.Rooms, Talkers: c.Talkers,
		Duration: c.Duration, Rate: c.Rate, PID: c.PID, JSON: c.JSON,
		Digits: c.Digits, Codec: c.Codec, Network: c.Network,
	}, os.Stdout)
	return err
}
