//go:build !linux || !amd64

package main

import (
	"errors"
	"runtime"
)

// install has nothing to unpack here.
func install(string) ([]voice, error) {
	return nil, errors.New("engine and voices are for linux/amd64, not for " + runtime.GOOS + "/" + runtime.GOARCH + "; install espeak-ng, or run this on another machine and name its URL in the bridge's configuration")
}
