package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"partyline/cmd/internal/speech"
	"partyline/config"
	"partyline/control"
	"partyline/control/access"
	"partyline/control/api"
	"partyline/control/attendant"
	"partyline/control/webhook"
	"partyline/mixer"
	"partyline/mixer/prompt"
	"partyline/sip"
	"partyline/sip/guard"
)

// App is the whole bridge in one process.
type App struct {
	// immutable after New
	cfg      config.Config
	log      *slog.Logger
	key      string // an API key, if one is known by more than its hash
	keys     *access.Keyring
	signer   *access.Signer // of meeting tokens
	store    bridgeStore
	engine   *mixer.Engine
	media    *mediaWire
	speech   *speech.Service // nil: texts are not spoken
	registry *control.Registry
	dialer   *dialer
	ua       *sip.UA
	hooks    *webhook.Service
	api      *api.API
	http     *http.Server
	listener net.Listener
	backups  *backups
	cdr      *cdr

	resumed []sip.State // the calls that Start takes up

	running sync.WaitGroup     // the engine, the SIP sockets, the HTTP server
	failed  chan error         // the first of them that ended by itself, or the store that another process has taken
	stops   []stop             // in order of construction
	once    sync.Once          // guards Stop
	cancel  context.CancelFunc // ends the engine and the SIP sockets
}

// stop is one step of stopping, put beside the construction that it undoes.
type stop struct {
	name string
	fn   func(context.Context) error
}

// stopTimeout bounds each step of Stop, drainTimeout the first: callers are told, which takes 5 s at most, and have 3 s to
// answer their BYE. Who has vanished does not. Supervisors that wait for 10 s are content with that.
const (
	stopTimeout  = 10 * time.Second
	drainTimeout = 8 * time.Second
)

// New opens the store and binds every socket. Nothing is answered before Start. Port 0 takes a free port.
func New(ctx context.Context, cfg config.Config, log *slog.Logger) (app *App, err error) {
	a := &App{cfg: cfg, log: log, failed: make(chan error, 5)}
	a.backups = &backups{cfg: cfg.Backup, of: cfg.StateDir, log: log.With("component", "backup")}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Stop(context.WithoutCancel(ctx)))
		}
	}()
	for _, open := range []func(context.Context) error{a.openStore, a.openMixer, a.openControl, a.openSIP, a.openWebhooks, a.openHTTP} {
		if err := open(ctx); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func (a *App) onStop(name string, fn func(context.Context) error) {
	a.stops = append(a.stops, stop{name, fn})
}

func (a *App) openMixer(context.Context) error {
	engine, err := mixer.New(mixer.Options{
		PortMin:    a.cfg.RTP.Ports.Min,
		PortMax:    a.cfg.RTP.Ports.Max,
		DSCP:       uint8(a.cfg.RTP.DSCP),
		RTPTimeout: a.cfg.RTP.Timeout.Duration,
		MaxLegs:    a.cfg.Limits.Calls,
		Music:      prompt.Music(),
		Logger:     a.log.With("component", "mixer"),
	})
	if err != nil {
		return err
	}
	sounds, err := openSounds(a.cfg.Prompts, a.store, a.log.With("component", "sounds"))
	if err != nil {
		return err
	}
	if a.speech, err = openSpeech(a.cfg.Speech, a.log.With("component", "speech")); err != nil {
		return err
	}
	a.engine, a.media = engine, newMediaWire(engine, sounds, a.log.With("component", "media"))
	a.onStop("sounds", func(context.Context) error { a.media.wait(); return nil })
	if a.speech != nil {
		sounds.speaker = a.speech
		a.onStop("speech", func(context.Context) error { a.speech.Stop(); return nil })
	}
	return nil
}

func (a *App) openControl(context.Context) error {
	var err error
	if a.dialer, err = newDialer(a.cfg, a.engine, a.log.With("component", "dialer")); err != nil {
		return err
	}
	registry, err := control.NewRegistry(control.RegistryOptions{
		Store:   a.store,
		Mixer:   a.media,
		Logger:  a.log.With("component", "control"),
		MaxLegs: a.cfg.Limits.LegsPerMeeting,
		MaxOpen: a.cfg.Limits.Meetings,
		Dialer:  a.dialer, CallLimits: a.dialer.limits(),
		Retention: a.cfg.Retention.Attendance.Duration,
		KeepLeg: func(_ control.MeetingID, id control.LegID) bool {
			return slices.ContainsFunc(a.resumed, func(s sip.State) bool { return s.Leg == id })
		},
	})
	if err != nil {
		return err
	}
	a.registry = registry
	a.onStop("meetings", registry.Stop)
	return nil
}

func (a *App) openSIP(context.Context) error {
	keys, err := keymapOf(a.cfg.Keys)
	if err != nil {
		return err
	}
	answerer, err := attendant.New(attendant.Options{
		Registry: attendant.Meetings(a.registry),
		Voice:    a.media,
		Recorder: a.media,
		Broadcasts: attendant.Broadcasts{
			Recording: a.cfg.Limits.BroadcastRecording.Duration,
			Live:      a.cfg.Limits.BroadcastLive.Duration,
		},
		Logger:    a.log.With("component", "attendant"),
		CodeInURI: a.cfg.SIP.CodeInURI,
		Keys:      keys,
		Trunk:     a.cfg.SIP.TrunkOf,
		Languages: a.media.sounds.library.Choices(),
	})
	if err != nil {
		return err
	}
	if err := a.openCDR(); err != nil {
		return err
	}
	trunks, err := sipTrunks(a.cfg.SIP.Trunks)
	if err != nil {
		return err
	}
	secure, err := sipTLS(a.cfg.SIP)
	if err != nil {
		return err
	}
	rate := guard.Rate{PerSecond: float64(a.cfg.Limits.CallsPerSecond), Burst: 2 * a.cfg.Limits.CallsPerSecond}
	o := sip.Options{
		Advertise: a.cfg.SIP.Advertise.Addr,
		TLS:       secure,
		Trust:     a.cfg.SIP.Trusted,
		MaxCalls:  a.cfg.Limits.Calls,

		SessionExpires: a.cfg.SIP.SessionExpires.Duration,

		Trunks:   trunks,
		Traces:   a.cfg.Limits.TraceBytes,
		Ended:    a.cdr.write,
		Logger:   a.log.With("component", "sip"),
		Media:    a.media,
		Admitter: admission{answerer, a.engine}, // a sip.Readmitter too
		SRTP:     srtpOptions(a.cfg.SIP),
		Guard: guard.Options{
			Closed:   !a.cfg.SIP.Open,
			Scanners: a.cfg.SIP.Bans.Scanners,
			Silent:   a.cfg.SIP.Bans.Silent,
			Rates:    guard.Rates{TrustedInvites: rate, Ban: a.cfg.SIP.Bans.For.Duration},
			Logger:   a.log.With("component", "guard"),
		},
	}
	for _, l := range a.cfg.SIP.Listen {
		o.Listen = append(o.Listen, sip.Listen{Network: l.Network, Addr: l.Addr.String()})
	}
	if a.ua, err = sip.New(o); err != nil {
		return err
	}
	a.dialer.registry, a.dialer.attendant, a.dialer.ua = a.registry, answerer, a.ua
	a.onStop("sip", func(context.Context) error {
		if a.cancel == nil { // else Serve closes the sockets, when all else has stopped
			a.ua.Close()
		}
		return nil
	})
	return nil
}

func (a *App) openWebhooks(context.Context) error {
	guard := webhook.Guard{AllowPrivate: a.cfg.Webhooks.AllowPrivate}
	for _, p := range a.cfg.Webhooks.AllowNetworks {
		guard.Allow = append(guard.Allow, p.Prefix)
	}
	var err error
	a.hooks, err = webhook.New(webhook.Options{
		Store:        a.store,
		Log:          a.store,
		Subscribe:    func() (<-chan struct{}, func()) { return a.registry.Subscribe("") },
		Encode:       api.EncodeEvent,
		Logger:       a.log.With("component", "webhook"),
		Guard:        guard,
		MaxEndpoints: a.cfg.Webhooks.Endpoints,
		Version:      version(),
	})
	if err != nil {
		return err
	}
	a.onStop("webhooks", a.hooks.Stop)
	return nil
}

func (a *App) openHTTP(ctx context.Context) error {
	o := api.Options{
		Registry:    a.registry,
		Store:       a.store,
		Keys:        a.keys,
		Signer:      a.signer,
		Rates:       api.Rates(a.cfg.HTTP.RateLimits),
		Origins:     a.cfg.HTTP.AllowedOrigins,
		DecodeAudio: a.media.sounds.duration,
		HasPrompt:   a.media.sounds.has,
		Legs:        a.legs,
		HangUp:      a.hangUp,
		Trace:       a.trace,
		TraceOf:     a.traceOfCall,
		HasTrunk:    a.cfg.SIP.HasTrunk,
		Webhooks:    a.hooks,
		Ready:       a.ready,
		Metrics:     newMetrics(a),
		Version:     version(),
		Logger:      a.log.With("component", "api"),
		Limits:      api.Limits{Body: a.cfg.Limits.RequestBodyBytes, Audio: a.cfg.Limits.UploadBytes},
	}
	var err error
	if a.api, err = api.New(o); err != nil {
		return err
	}
	a.http = api.NewServer(a.api)
	a.http.RegisterOnShutdown(a.api.Close)
	a.http.ErrorLog = slog.NewLogLogger(a.log.With("component", "api").Handler(), slog.LevelDebug)
	if a.listener, err = listen(ctx, a.cfg.HTTP); err != nil {
		return err
	}
	a.onStop("http", a.http.Shutdown)
	return nil
}

// Start loads the meetings, takes up the calls that another App has suspended, and begins to answer.
func (a *App) Start(ctx context.Context, calls ...sip.State) error {
	a.resumed = calls
	ctx, a.cancel = context.WithCancel(context.WithoutCancel(ctx))
	a.run("mixer", func() error { return a.engine.Run(ctx) })
	if err := a.registry.Start(ctx); err != nil {
		return err
	}
	for _, call := range calls {
		if err := a.ua.Resume(call); err != nil {
			a.log.Error("call cannot be taken up", "leg", call.Leg, "err", err)
			a.lost(call.Leg)
		}
	}
	a.media.settle()
	if err := a.hooks.Start(ctx); err != nil {
		return err
	}
	a.run("sip", func() error { return a.ua.Serve(ctx) })
	a.run("http", func() error {
		if err := a.http.Serve(a.listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	if a.cfg.Backup.Dir != "" {
		a.run("backups", func() error { return a.backups.run(ctx) })
	}
	return nil
}

// lost tells the meeting that it still has a leg that could not be taken up.
func (a *App) lost(leg control.LegID) {
	if id, ok := a.media.awaits(leg); ok {
		if meeting, err := a.registry.Meeting(id); err == nil {
			meeting.Submit(control.LegGone{Leg: leg, Reason: "not taken up"}, control.Meta{Actor: "system"}, nil)
		}
	}
}

// run starts one of the parts that run until Stop, which waits for it.
func (a *App) run(name string, fn func() error) {
	a.running.Go(func() {
		if err := fn(); err != nil {
			a.failed <- fmt.Errorf("%s: %w", name, err)
		}
	})
}

// Failed delivers the error of a part that has ended by itself; the bridge is to be stopped then.
func (a *App) Failed() <-chan error { return a.failed }

// Stop refuses new calls, ends the calls there are with BYE, and stops everything in the reverse order of its making.
// Each step is bounded. Stop may be called more than once.
func (a *App) Stop(ctx context.Context) error {
	var errs []error
	a.once.Do(func() {
		if a.ua != nil {
			errs = append(errs, a.step(ctx, stop{"calls", a.drain}))
		}
		if a.cancel != nil {
			defer a.running.Wait()
			defer a.cancel()
		} else if a.listener != nil {
			errs = append(errs, a.listener.Close())
		}
		for _, s := range slices.Backward(a.stops) {
			errs = append(errs, a.step(ctx, s))
		}
	})
	return errors.Join(errs...)
}

// drain tells the callers that the bridge is being shut down, and ends their calls with BYE. A far end that does not answer
// in time has vanished: that holds up the stop, but is no failure of it.
func (a *App) drain(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, drainTimeout)
	defer cancel()
	err := a.ua.Drain(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		a.log.Warn("calls did not answer their BYE", "calls", a.ua.Stats().Calls)
		return nil
	}
	return err
}

func (a *App) step(ctx context.Context, s stop) error {
	ctx, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()
	if err := s.fn(ctx); err != nil {
		return fmt.Errorf("stop %s: %w", s.name, err)
	}
	return nil
}

// ready says why no calls can be taken.
func (a *App) ready() error {
	if a.engine.Overloaded() {
		return control.Errorf(control.CodeOverloaded, "the mixer is overloaded")
	}
	if err := a.store.Ready(); err != nil {
		return err
	}
	return a.registry.Ready()
}

// SIPAddrs are the addresses calls come in at, with their real ports.
func (a *App) SIPAddrs() []net.Addr { return a.ua.Addrs() }

// URL is the address of the API, with its real port.
func (a *App) URL() string {
	scheme := "http"
	if a.cfg.HTTP.TLSCert != "" {
		scheme = "https"
	}
	return scheme + "://" + a.listener.Addr().String()
}

// Key is an API key that may do everything; empty: the configuration has hashes alone.
func (a *App) Key() string { return a.key }
