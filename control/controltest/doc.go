// Package controltest has what tests of meetings and of their users need: a mixer that records, and a log in memory
// that can be made to fail.
package controltest
