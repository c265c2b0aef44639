// Package dialout says whom the bridge may call: numbers by their prefix, SIP addresses by their host. Nobody, unless the
// configuration says so. It is pure.
package dialout
