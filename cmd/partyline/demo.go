package main

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"

	"partyline/cmd/internal/demo"
	"partyline/config"
)

type demoCmd struct {
	Once     bool   `help:"End after the story; fail unless what was heard was right."`
	StateDir string `help:"Keep the state in this folder. Without it a temporary one is used." placeholder:"DIR" env:"PARTYLINE_STATE_DIR"`
	LogLevel string `help:"debug, info, warn or error." placeholder:"LEVEL" default:"warn" env:"PARTYLINE_LOG_LEVEL"`
}

// Run starts the bridge on loopback and tells the story.
func (c *demoCmd) Run(ctx context.Context) (err error) {
	dir := c.StateDir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "partyline-demo-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	cfg, err := config.Load("", config.Overrides{StateDir: dir, LogLevel: c.LogLevel})
	if err != nil {
		return err
	}
	freePorts(&cfg)

	app, err := New(ctx, cfg, newLogger(cfg.Log))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Stop(context.WithoutCancel(ctx))) }()
	return demo.Run(ctx, demo.Options{
		Once: c.Once,
		Out:  os.Stdout,
		Start: func(ctx context.Context) (demo.Daemon, error) {
			if err := app.Start(ctx); err != nil {
				return demo.Daemon{}, err
			}
			return demo.Daemon{SIPAddr: app.SIPAddrs()[0].String(), APIURL: app.URL(), Key: app.Key()}, nil
		},
	})
}

// freePorts takes any free port where the usual one is in use, so that the demonstration runs beside a bridge.
func freePorts(cfg *config.Config) {
	for i := range cfg.SIP.Listen {
		l := &cfg.SIP.Listen[i]
		if l.Network == "udp" && !free("udp", l.Addr) || l.Network != "udp" && !free("tcp", l.Addr) {
			for j := range cfg.SIP.Listen {
				cfg.SIP.Listen[j].Addr = netip.AddrPortFrom(cfg.SIP.Listen[j].Addr.Addr(), 0)
			}
			break
		}
	}
	if !free("tcp", cfg.HTTP.Listen.AddrPort) {
		cfg.HTTP.Listen.AddrPort = netip.AddrPortFrom(cfg.HTTP.Listen.Addr(), 0)
	}
}

func free(network string, addr netip.AddrPort) bool {
	if network == "udp" {
		c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(addr))
		if err != nil {
			return false
		}
		return c.Close() == nil
	}
	l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(addr))
	if err != nil {
		return false
	}
	return l.Close() == nil
}
