//go:build !race

package guard

// raceEnabled: the detector makes everything slower and pools forgetful.
const raceEnabled = false
