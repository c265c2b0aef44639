package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"partyline/control"
	"partyline/control/access"
	"partyline/control/webhook"
)

// Options are what an [API] needs.
type Options struct {
	Registry *control.Registry // required
	Store    Store             // required
	Keys     *access.Keyring   // required
	Signer   *access.Signer    // required: proves meeting tokens

	// DecodeAudio checks an uploaded WAV file and says how long it plays;
	// nil: uploads are refused.
	DecodeAudio func(wav []byte) (time.Duration, error)
	// HasPrompt says whether the catalogue has a prompt; nil: every name is taken.
	HasPrompt func(name string) bool
	// Legs lists the legs of this bridge; nil: none.
	Legs func() []LegInfo
	// Webhooks delivers events to URLs; nil: there are no webhooks.
	Webhooks *webhook.Service
	// HasTrunk says whether the configuration has a trunk of this name; nil: every name is taken.
	HasTrunk func(name string) bool
	// Trace and TraceOf return what is kept of the signalling of a leg's call, and of a Call-ID; nil: nothing.
	Trace   func(control.LegID) (Trace, bool)
	TraceOf func(callID string) (Trace, bool)
	// HangUp ends a leg and says whether there was one; nil: there never is.
	HangUp func(control.LegID) bool
	// Ready says why the bridge cannot take calls; nil: always ready.
	Ready func() error
	// Metrics answers /metrics; nil: not found.
	Metrics http.Handler

	Version string       // of the program; empty: "dev"
	Logger  *slog.Logger // nil: discards
	Limits  Limits
	Rates   Rates
	Origins []string // of pages that may call the API from a browser; empty: none
}

// Limits bound what one client can cost; zero values mean the defaults.
type Limits struct {
	Body       int64         // bytes of a JSON body; 0: 1 MiB
	Audio      int64         // bytes of an upload; 0: 10 MiB
	Import     int64         // bytes of a roster file; 0: 16 MiB
	Uploads    int           // uploads at a time; 0: 4
	Streams    int           // event streams at a time; 0: 1,000
	BodyTime   time.Duration // for a body to arrive; 0: 10 s, four times that for an upload
	Command    time.Duration // for a command to be done; 0: 15 s
	Heartbeat  time.Duration // between signs of life on an event stream; 0: 15 s
	SlowReader time.Duration // for an event to be taken by its reader; 0: 10 s
}

// Store is what the API reads from, and writes to, the durable store by itself.
type Store interface {
	// Read returns up to limit events of a meeting after a sequence number.
	Read(ctx context.Context, meeting control.MeetingID, after uint64, limit int) ([]control.Record, error)
	// ReadAll returns up to limit events of all meetings after a position.
	ReadAll(ctx context.Context, after uint64, limit int) ([]control.Record, error)
	// LastPos is the position of the last event that ReadAll returns.
	LastPos(ctx context.Context) (uint64, error)
	// HoldsBack says whether events after a position are kept that ReadAll does not return yet: a transaction that is
	// under way may put others before them. A reader that has come so far looks again soon.
	HoldsBack(after uint64) bool
	// Forgotten is the highest position of an event that is no longer kept; 0: all are.
	Forgotten(ctx context.Context) (uint64, error)
	// Outcome returns what is kept under an idempotency key, or [control.ErrNoOutcome].
	Outcome(ctx context.Context, key string) (control.Outcome, error)
	// CommandOutcome returns what is kept of a command of a meeting, or [control.ErrNoOutcome].
	CommandOutcome(ctx context.Context, meeting control.MeetingID, id control.CommandID) (control.Outcome, error)
	// PutAudio stores an uploaded recording.
	PutAudio(ctx context.Context, meeting control.MeetingID, id control.AudioID, wav []byte) error
	// Audio returns a recording, or a [control.Error] with CodeNotFound.
	Audio(ctx context.Context, meeting control.MeetingID, id control.AudioID) ([]byte, error)
}

// LegInfo is a leg as the signalling side knows it.
type LegInfo struct {
	ID       control.LegID
	Kind     control.LegKind
	Number   string // the far end's number, shown masked
	Outbound bool   // the bridge called
	CallID   string // of the SIP dialog
	Remote   netip.AddrPort
	Codec    string
	SRTP     string // suite that the audio is encrypted by, or "none"
	State    string // e.g. "early", "confirmed", "held"
	Since    time.Time
	Meeting  control.MeetingID // empty: still with the attendant
	Quality  *LegQuality       // nil: not known
}

// validate reports the first fault and fills in the defaults.
func (o *Options) validate() error {
	switch {
	case o.Registry == nil:
		return errors.New("api: no registry")
	case o.Store == nil:
		return errors.New("api: no store")
	case o.Keys == nil:
		return errors.New("api: no API keys: the API would be open or useless")
	}
	if o.Signer == nil {
		return errors.New("api: no signer of meeting tokens")
	}
	if o.Version == "" {
		o.Version = "dev"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Limits.fill()
	o.Rates.fill()
	return nil
}

func (l *Limits) fill() {
	l.Body = orDefault(l.Body, 1<<20)
	l.Audio = orDefault(l.Audio, 10<<20)
	l.Import = orDefault(l.Import, 16<<20)
	l.Uploads = orDefault(l.Uploads, 4)
	l.Streams = orDefault(l.Streams, 1000)
	l.BodyTime = orDefault(l.BodyTime, 10*time.Second)
	l.Command = orDefault(l.Command, 15*time.Second)
	l.Heartbeat = orDefault(l.Heartbeat, 15*time.Second)
	l.SlowReader = orDefault(l.SlowReader, 10*time.Second)
}

func orDefault[T int | int64 | time.Duration](v, otherwise T) T {
	if v <= 0 {
		return otherwise
	}
	return v
}
