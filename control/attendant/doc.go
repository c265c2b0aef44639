// Package attendant is the dialogue with a caller: it greets, asks for the
// access code, brings the caller into the meeting, obeys the keypad and says
// what happens to him.
//
// [Machine] decides and is pure: keys, ended plays, time and facts of the
// meeting go in; speech, commands and the end of the call come out. Its states
// are one file each (code.go, commands.go, menu.go, roomnumber.go, goodbye.go),
// and so are the commands of the keypad: what each does, its keys by default
// and its line in the spoken help are declared together ([command]).
//
// A session drives one machine. It implements [control.Caller]; everything in
// it runs on the goroutine of the caller's leg, into which answers and facts
// of the meeting are posted. The package starts no goroutine of its own; the
// only state that calls share is the guess limiter, which locks for a moment.
package attendant
