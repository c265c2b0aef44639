package phone

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// inviteTx is an INVITE's client transaction with its ACK.
type inviteTx struct {
	set *Set
	tx  sip.ClientTransaction

	mu  sync.Mutex
	ack *sip.Request // nil until the 2xx has been acknowledged
}

// acknowledge sends ack, now and whenever the 2xx comes again.
func (t *inviteTx) acknowledge(ack *sip.Request) error {
	t.mu.Lock()
	t.ack = ack
	t.mu.Unlock()
	return t.set.client.WriteRequest(ack.Clone(), t.set.prepare)
}

// again answers a repeated 2xx.
func (t *inviteTx) again(res *sip.Response) {
	t.mu.Lock()
	ack := t.ack
	t.mu.Unlock()
	if ack == nil || !res.IsSuccess() {
		return
	}
	if err := t.set.client.WriteRequest(ack.Clone(), t.set.prepare); err != nil {
		t.set.logger.Warn("repeated ack not sent", "err", err)
	}
}

// transact sends an INVITE and waits for the final answer. If ctx ends first
// it cancels (RFC 3261 §9.1), and a call that was answered all the same is ended.
func (c *Call) transact(ctx context.Context, req *sip.Request) (*sip.Response, *inviteTx, error) {
	tx, err := c.set.client.TransactionRequest(context.WithoutCancel(ctx), req, c.set.prepare)
	if err != nil {
		return nil, nil, fmt.Errorf("send INVITE: %w", err)
	}
	t := &inviteTx{set: c.set, tx: tx}
	tx.OnRetransmission(t.again)
	provisional := false
	for {
		select {
		case res := <-tx.Responses():
			if !res.IsProvisional() {
				return res, t, nil
			}
			provisional = true
		case <-tx.Done():
			return nil, nil, fmt.Errorf("no answer: %w", tx.Err())
		case <-c.done:
			tx.Terminate()
			return nil, nil, c.Err()
		case <-ctx.Done():
			return nil, nil, errors.Join(fmt.Errorf("cancelled: %w", context.Cause(ctx)), c.abandon(t, req, provisional))
		}
	}
}

// cancelTimeout is how long the far end may take to end a cancelled call; 64·T1 as RFC 3261 §9.1 has it would hold tests up.
const cancelTimeout = 4 * time.Second

// abandon ends an INVITE that nobody waits for any more.
func (c *Call) abandon(t *inviteTx, req *sip.Request, provisional bool) error {
	defer t.tx.Terminate()
	deadline := time.After(cancelTimeout)
	for {
		if provisional { // CANCEL may only follow a provisional answer
			if err := c.cancel(req); err != nil {
				return err
			}
		}
		select {
		case res := <-t.tx.Responses():
			if res.IsProvisional() {
				provisional = true
				continue
			}
			return c.abandoned(t, req, res)
		case <-t.tx.Done():
			return nil
		case <-deadline:
			return errors.New("the far end did not end the cancelled call")
		}
	}
}

// abandoned looks at the final answer of a cancelled INVITE: a 2xx that crossed the CANCEL is acknowledged and ended.
func (c *Call) abandoned(t *inviteTx, req *sip.Request, res *sip.Response) error {
	if !res.IsSuccess() {
		return nil
	}
	if err := c.dialog.established(res); err != nil {
		return err
	}
	if err := t.acknowledge(c.dialog.ack(req.CSeq().SeqNo)); err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(context.Background(), cancelTimeout)
	defer stop()
	return c.bye(ctx)
}

// cancel sends the CANCEL of req, which has the Via, CSeq number, To and From of what it cancels.
func (c *Call) cancel(req *sip.Request) error {
	cancel := sip.NewRequest(sip.CANCEL, *req.Recipient.Clone())
	for _, h := range []sip.Header{req.Via(), req.From(), req.To(), req.CallID()} {
		cancel.AppendHeader(sip.HeaderClone(h))
	}
	cancel.AppendHeader(&sip.CSeqHeader{SeqNo: req.CSeq().SeqNo, MethodName: sip.CANCEL})
	cancel.SetTransport(req.Transport())
	ctx, stop := context.WithTimeout(context.Background(), cancelTimeout)
	defer stop()
	_, err := c.set.client.Do(ctx, cancel, c.set.prepare)
	if err != nil {
		return fmt.Errorf("send CANCEL: %w", err)
	}
	return nil
}

// do sends a request that is not an INVITE and waits for its final answer.
func (c *Call) do(ctx context.Context, req *sip.Request) (*sip.Response, error) {
	res, err := c.set.client.Do(ctx, req, c.set.prepare)
	if err != nil {
		return nil, fmt.Errorf("send %s: %w", req.Method, err)
	}
	return res, nil
}
