// Package control holds the meetings: who is in which room, what may be done to it by whom, and what has happened.
//
// A meeting is a pure state machine. [Decide] says which events a command makes of a [State], [Apply] makes the state
// what it is after an event; neither has I/O, goroutines, a clock or chance. Each noun has a file: rooms.go,
// participants.go, legs.go, lobby.go, schedule.go, reopen.go, moves.go, breakouts.go, distribute.go, help.go, broadcast.go.
//
// Around it stands the [Meeting]: one owner goroutine per live meeting (loop.go) takes commands from every side,
// decides, appends the events to the durable log (commit.go), then applies them and lets the mixer and the followers
// know (project.go). The log is the one truth, all else follows from it. The [Registry] has the live meetings, finds
// them by their codes, and brings them back from the log after a restart. Its other
// goroutines make snapshots (snapshots.go) and forget what is old (retention.go).
//
// Meeting and Registry are safe for concurrent use. The package imports neither SIP nor RTP nor HTTP.
package control
