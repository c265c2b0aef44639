package sip

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// authorization answers a challenge (RFC 3261 §22, RFC 8760), if it comes from the trunk whose credentials we have: in our
// own transaction, from the address that the request went to, and with its realm. To nobody else is anything sent that was
// made of a password (CVE-2021-41158).
func (l *leg) authorization(req *sipmsg.Request, res *sipmsg.Response) (sipmsg.Header, error) {
	t := l.opt.trunk(l.state.Trunk)
	if t == nil || t.Username == "" {
		return nil, errors.New("no credentials")
	}
	if to := l.state.Flow.Source; req.Destination() != to.String() || source(res).Addr() != to.Addr() {
		return nil, fmt.Errorf("asked by %s, which is not the trunk", source(res))
	}
	ask, answer := "WWW-Authenticate", "Authorization"
	if res.StatusCode == sipmsg.StatusProxyAuthRequired {
		ask, answer = "Proxy-Authenticate", "Proxy-Authorization"
	}
	realm := t.Realm
	if realm == "" {
		realm = t.domain()
	}
	challenge, err := pickChallenge(res.GetHeaders(ask), realm)
	if err != nil {
		return nil, err
	}
	credentials, err := digest.Digest(challenge, digest.Options{
		Method: string(req.Method), URI: req.Recipient.String(), Username: t.Username, Password: t.Password, Count: 1,
		GetBody: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(string(req.Body()))), nil },
	})
	if err != nil {
		return nil, err
	}
	return sipmsg.NewHeader(answer, credentials.String()), nil
}

// pickChallenge takes the strongest of several.
func pickChallenge(headers []sipmsg.Header, realm string) (*digest.Challenge, error) {
	var best *digest.Challenge
	var others []string
	for _, h := range headers {
		c, err := digest.ParseChallenge(h.Value())
		if err != nil {
			continue
		}
		if c.Realm != realm {
			others = append(others, plainText(c.Realm, maxName))
			continue
		}
		for i := range c.QOP {
			c.QOP[i] = strings.TrimSpace(c.QOP[i])
		}
		if strength(c) > 0 && (best == nil || strength(c) > strength(best)) {
			best = c
		}
	}
	switch {
	case best != nil:
		return best, nil
	case len(others) > 0:
		return nil, fmt.Errorf("the realm is %q, not %q", others, realm)
	}
	return nil, errors.New("no challenge that can be answered")
}

func strength(c *digest.Challenge) int {
	switch strings.ToUpper(c.Algorithm) {
	case "SHA-256":
		if digest.CanDigest(c) {
			return 2
		}
	case "", "MD5":
		if digest.CanDigest(c) {
			return 1
		}
	}
	return 0
}

// sendAuthorized sends a request, and once more with our credentials if the trunk asks for them: a BYE that is refused for
// that leaves a call up which costs somebody money.
func (l *leg) sendAuthorized(ctx context.Context, req *sipmsg.Request, f Flow) (*sipmsg.Response, error) {
	res, err := l.out.send(ctx, req, f)
	if err != nil || res.StatusCode != sipmsg.StatusUnauthorized && res.StatusCode != sipmsg.StatusProxyAuthRequired {
		return res, err
	}
	credentials, err := l.authorization(req, res)
	if err != nil {
		l.log.Info("challenge not answered", "method", string(req.Method), "err", err)
		return res, nil
	}
	again := req.Clone()
	again.RemoveHeader("Via")
	again.PrependHeader(f.via(strings.ToLower(req.Transport())))
	again.CSeq().SeqNo++
	again.AppendHeader(credentials)
	return l.out.send(ctx, again, f)
}
