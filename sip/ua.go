package sip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"

	"github.com/emiago/sipgo"
	sipmsg "github.com/emiago/sipgo/sip"

	"partyline/control"
	"partyline/sip/guard"
	"partyline/sip/trace"
)

// maxReply is the size of the largest reply over UDP. RFC 3261 §18.1.1 limits requests only, but sipgo refuses replies
// above 1,300 bytes as well, and leaves such a request unanswered.
const maxReply = 16 << 10

// sipgo has this limit and its fall-back logger in package variables. Its logger gets whole hostile datagrams, which
// the guard counts instead.
func init() {
	sipmsg.UDPMTUSize = maxReply
	sipmsg.SetDefaultLogger(slog.New(slog.DiscardHandler))
}

// UA is the bridge's SIP user agent. Its methods are safe for concurrent use.
type UA struct {
	// immutable
	opt     Options
	log     *slog.Logger
	refused *slog.Logger // for what strangers can make come as often as they like
	guard   *guard.Guard
	stack   *sipgo.UserAgent
	server  *sipgo.Server
	sockets []*socket
	door    *door           // nil: no TLS
	ctx     context.Context // ends when the sockets close
	cancel  context.CancelCauseFunc

	count   counters
	legs    *table
	traces  *trace.Store
	closing sync.Once
}

// New binds the sockets. Nothing is received before [UA.Serve].
func New(o Options) (*UA, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	legs := newTable(o.MaxCalls)
	u := &UA{opt: o, log: o.Logger, refused: slog.New(guard.LimitLog(o.Logger.Handler())), legs: legs, traces: trace.New(o.Traces)}
	before := o.guardOptions(legs.knows)
	before.Trace = u.traceGuarded
	u.guard = guard.New(before)
	if err := u.openStack(); err != nil {
		return nil, err
	}
	u.ctx, u.cancel = context.WithCancelCause(context.Background())
	if err := u.bind(); err != nil {
		u.close()
		return nil, err
	}
	return u, nil
}

// openStack makes sipgo's part and registers the handlers.
func (u *UA) openStack() error {
	quiet := slog.New(slog.DiscardHandler)
	stack, err := sipgo.NewUA(
		sipgo.WithUserAgent("partyline"),
		sipgo.WithUserAgenTLSConfig(stackTLS()),
		sipgo.WithUserAgentTransportLayerOptions(sipmsg.WithTransportLayerLogger(quiet)),
		sipgo.WithUserAgentTransactionLayerOptions(
			sipmsg.WithTransactionLayerLogger(quiet),
			sipmsg.WithTransactionLayerUnhandledResponseHandler(func(*sipmsg.Response) { u.count.strayReplies.Add(1) }),
		),
	)
	if err != nil {
		return fmt.Errorf("sip: start the stack: %w", err)
	}
	server, err := sipgo.NewServer(stack, sipgo.WithServerLogger(quiet))
	if err != nil {
		return errors.Join(fmt.Errorf("sip: start the stack: %w", err), stack.Close())
	}
	u.stack, u.server = stack, server
	u.route()
	return nil
}

// Addrs are the addresses that are listened on, in the order of Options.Listen, with their real ports.
func (u *UA) Addrs() []net.Addr {
	addrs := make([]net.Addr, len(u.sockets))
	for i, s := range u.sockets {
		addrs[i] = s.addr()
	}
	return addrs
}

// Serve receives and answers until ctx ends, then closes the sockets, ends what calls are left without a BYE (see
// [UA.Drain]) and returns when the last goroutine is gone. It returns the error of a socket that failed, or nil.
func (u *UA) Serve(ctx context.Context) error {
	stop := context.AfterFunc(ctx, u.close)
	defer stop()
	failed := make(chan error, len(u.sockets))
	var serving sync.WaitGroup
	for _, s := range u.sockets {
		serving.Go(func() {
			if err := s.serve(u.server); err != nil && !errors.Is(err, net.ErrClosed) {
				failed <- fmt.Errorf("sip: serve %s %s: %w", s.network, s.addr(), err)
			}
			u.close() // one dead socket is no service: better to stop aloud than to be half there
		})
	}
	if u.door != nil {
		serving.Go(func() { _ = u.server.ServeTLS(u.door) }) // ends when the sockets close, and for no other reason
	}
	serving.Wait()
	u.close()
	<-u.legs.empty
	close(failed)
	return <-failed
}

// Drain refuses new calls with 503 from now on, ends the calls there are with BYE, all at once and when they have been
// told (see [Departer]), and waits for the last of them, or for ctx.
func (u *UA) Drain(ctx context.Context) error {
	for _, l := range u.legs.close() {
		l.depart()
	}
	select {
	case <-u.legs.empty:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("sip: drain: %w", context.Cause(ctx))
	}
}

// Legs lists the running legs, oldest first.
func (u *UA) Legs() []LegInfo {
	return u.legs.infos()
}

// HangUp ends a call with BYE and says whether there was one. The reason goes into the Reason header and the log.
func (u *UA) HangUp(id control.LegID, reason string) bool {
	l := u.legs.byID(id)
	if l != nil {
		l.HangUp(reason)
	}
	return l != nil
}

// Close closes the sockets and ends what calls are left without a BYE. [UA.Serve] does so by itself.
func (u *UA) Close() { u.close() }

// close stops the sockets and the legs.
func (u *UA) close() {
	u.closing.Do(func() {
		u.legs.close()
		u.cancel(endClosed)
		var err error
		for _, s := range u.sockets {
			err = errors.Join(err, s.close())
		}
		if err = errors.Join(err, u.stack.Close()); err != nil {
			u.log.Debug("sip stack closed with an error", "err", err)
		}
	})
}
