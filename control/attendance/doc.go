// Package attendance works out, from a meeting's log alone, who was in which room and when, how he came, who moved
// him, and how long help was waited for. It is a projection: the same log always gives the same sheet, of a meeting
// that has ended as of one that goes on.
//
// The package does no I/O and has no goroutine. A [Sheet] holds the people and what is not over yet, never what is:
// that leaves as soon as it is known. A Sheet belongs to one goroutine.
package attendance
