//go:build race

package main

// raceEnabled says that the race detector slows everything down: tests that listen to real audio are left out then.
const raceEnabled = true
