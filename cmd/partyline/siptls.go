package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"partyline/config"
	"partyline/sip"
	"partyline/sip/guard"
)

// sipTLS is SIP over TLS as the configuration has it.
func sipTLS(cfg config.SIP) (t sip.TLS, err error) {
	if !cfg.HasTLS() {
		return t, nil
	}
	own := &certificate{certFile: cfg.TLS.Cert, keyFile: cfg.TLS.Key}
	if _, err := own.get(nil); err != nil {
		return t, fmt.Errorf("sip.tls.cert: %w", err)
	}
	server := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: own.get}
	if cfg.TLS.ClientCA != "" {
		if server.GetConfigForClient, err = askForCertificate(server.Clone(), cfg.TLS.ClientCA); err != nil {
			return t, fmt.Errorf("sip.tls.client_ca: %w", err)
		}
	}
	t.Server = guard.TLS{Config: server}
	for _, trunk := range cfg.Trunks {
		if len(trunk.TLSNames) > 0 {
			t.Server.Trunk = func(c *x509.Certificate) string { return cfg.TrunkNamed(c.DNSNames) }
		}
	}
	roots := &authorities{file: cfg.TLS.CA}
	if _, err := roots.get(); err != nil {
		return t, fmt.Errorf("sip.tls.ca: %w", err)
	}
	t.Client = func() (*tls.Config, error) {
		pool, err := roots.get()
		return &tls.Config{
			MinVersion: tls.VersionTLS12, RootCAs: pool,
			GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return own.get(nil) },
		}, err
	}
	return t, nil
}

// askForCertificate has clients asked for a certificate, which they may do without, and which has to be good if they have one.
func askForCertificate(base *tls.Config, file string) (func(*tls.ClientHelloInfo) (*tls.Config, error), error) {
	clients := &authorities{file: file}
	if _, err := clients.get(); err != nil {
		return nil, err
	}
	return func(*tls.ClientHelloInfo) (*tls.Config, error) {
		pool, err := clients.get()
		if err != nil {
			return nil, err
		}
		asking := base.Clone()
		asking.ClientAuth, asking.ClientCAs = tls.VerifyClientCertIfGiven, pool
		return asking, nil
	}, nil
}

// authorities are a file of certificates that vouch for others. It is read again when it has changed.
type authorities struct {
	file string // empty: those of the machine

	mu     sync.Mutex
	loaded *x509.CertPool // guarded by mu
	stamp  time.Time      // of the file that loaded came from; guarded by mu
}

// get returns them; nil: those of the machine. A file that cannot be read leaves the last good one in use.
func (a *authorities) get() (*x509.CertPool, error) {
	if a.file == "" {
		return nil, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	pool, stamp, err := a.read()
	switch {
	case err == nil:
		a.loaded, a.stamp = pool, stamp
	case a.loaded == nil:
		return nil, err
	}
	return a.loaded, nil
}

// read reads the file if it is not the one that is in use.
func (a *authorities) read() (*x509.CertPool, time.Time, error) {
	info, err := os.Stat(a.file)
	if err != nil {
		return nil, time.Time{}, err
	}
	if a.loaded != nil && info.ModTime().Equal(a.stamp) {
		return a.loaded, a.stamp, nil
	}
	text, err := os.ReadFile(a.file)
	if err != nil {
		return nil, time.Time{}, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, time.Time{}, errors.New(a.file + " has no certificate (PEM)")
	}
	return pool, info.ModTime(), nil
}

// describeCertificate says for whom a certificate is, and until when; one that is over is an error.
func describeCertificate(field, certFile, keyFile string) (string, error) {
	pair, err := (&certificate{certFile: certFile, keyFile: keyFile}).get(nil)
	if err != nil {
		return "", fmt.Errorf("%s: %w", field, err)
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return "", fmt.Errorf("%s: %w", field, err)
	}
	names := leaf.DNSNames
	for _, ip := range leaf.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		names = []string{leaf.Subject.String()}
	}
	left := time.Until(leaf.NotAfter)
	until := leaf.NotAfter.UTC().Format(time.RFC3339)
	if left <= 0 {
		return "", fmt.Errorf("%s: the certificate in %s has expired at %s: renew it", field, certFile, until)
	}
	return fmt.Sprintf("%s (of %s, expires %s, in %d days)", certFile, strings.Join(names, ", "), until, int(left.Hours()/24)), nil
}

// describeTLS says which certificates would be shown and asked for.
func describeTLS(cfg config.Config, print func(format string, args ...any)) error {
	if cfg.SIP.HasTLS() {
		if _, err := sipTLS(cfg.SIP); err != nil {
			return err
		}
		text, err := describeCertificate("sip.tls.cert", cfg.SIP.TLS.Cert, cfg.SIP.TLS.Key)
		if err != nil {
			return err
		}
		print("  show over SIP the cert   %s\n", text)
		for _, t := range cfg.SIP.Trunks {
			if len(t.TLSNames) > 0 {
				print("  take for trunk %-9s who shows a certificate of %s\n", t.Name, strings.Join(t.TLSNames, ", "))
			}
		}
	}
	if cfg.HTTP.TLSCert != "" {
		text, err := describeCertificate("http.tls_cert", cfg.HTTP.TLSCert, cfg.HTTP.TLSKey)
		if err != nil {
			return err
		}
		print("  show over HTTP the cert  %s\n", text)
	}
	return nil
}
