package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"partyline/config"
)

// listen binds the API's socket, with TLS if the configuration names a certificate.
func listen(ctx context.Context, cfg config.HTTP) (net.Listener, error) {
	var tlsConfig *tls.Config
	if cfg.TLSCert != "" {
		cert := &certificate{certFile: cfg.TLSCert, keyFile: cfg.TLSKey}
		if _, err := cert.get(nil); err != nil {
			return nil, fmt.Errorf("http.tls_cert: %w", err)
		}
		tlsConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: cert.get, NextProtos: []string{"h2", "http/1.1"}}
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", cfg.Listen.String())
	if err != nil {
		return nil, fmt.Errorf("http.listen: %w", err)
	}
	if tlsConfig != nil {
		return tls.NewListener(l, tlsConfig), nil
	}
	return l, nil
}

// certificate is a pair of files that are read again when one of them has changed.
type certificate struct {
	certFile, keyFile string

	mu     sync.Mutex
	loaded *tls.Certificate // guarded by mu
	stamp  [2]time.Time     // of the files that loaded came from; guarded by mu
}

// get serves tls.Config.GetCertificate. A pair that cannot be read leaves the last good one in use.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var stamp [2]time.Time
	for i, file := range []string{c.certFile, c.keyFile} {
		info, err := os.Stat(file)
		if err != nil {
			return c.lastGood(err)
		}
		stamp[i] = info.ModTime()
	}
	if c.loaded != nil && stamp == c.stamp {
		return c.loaded, nil
	}
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return c.lastGood(err)
	}
	c.loaded, c.stamp = &pair, stamp
	return c.loaded, nil
}

func (c *certificate) lastGood(err error) (*tls.Certificate, error) {
	if c.loaded == nil {
		return nil, err
	}
	return c.loaded, nil
}
