package main

import (
	"net/netip"

	"partyline/config"
	"partyline/sip"
	"partyline/sip/sdp"
)

// srtpOptions are the policy of media encryption.
func srtpOptions(cfg config.SIP) sip.SRTP {
	return sip.SRTP{
		KeysInClear: cfg.SRTPKeysInClear,
		Policy: func(far netip.Addr, trunk string) sdp.Policy {
			switch cfg.SRTPOf(far, trunk) {
			case "require":
				return sdp.SRTPRequire
			case "allow":
				return sdp.SRTPAllow
			}
			return sdp.SRTPOff
		},
	}
}

// describeSRTP says what is done about encryption, and warns of what it is worth.
func describeSRTP(cfg config.SIP, print func(format string, args ...any)) {
	print("  encrypt audio (SRTP)     %s\n", cfg.SRTP)
	used, required := cfg.SRTP != "off", cfg.SRTP == "require"
	for _, t := range cfg.Trunks {
		if t.SRTP != "" {
			print("  and with %-15s %s\n", t.Name, t.SRTP)
			used, required = used || t.SRTP != "off", required || t.SRTP == "require"
		}
	}
	open := false
	for _, l := range cfg.Listen {
		open = open || (l.Network == "udp" || l.Network == "tcp") && !l.Addr.Addr().IsLoopback()
	}
	switch {
	case !used || !open:
	case cfg.SRTPKeysInClear:
		print("  WARNING                  SRTP keys go over plain UDP and TCP (sip.srtp_keys_in_clear): who reads the SIP can listen\n")
	case required:
		print("  WARNING                  SRTP is required, but its keys do not go over plain UDP and TCP: calls that come so are refused\n")
	}
}
