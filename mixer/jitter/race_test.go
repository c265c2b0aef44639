//go:build race

package jitter

// The race detector makes computing slow, and there is nothing here for it to find: long feeds are cut.
const raced = true
