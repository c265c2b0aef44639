// Package phone is a SIP telephone for tests, demonstrations and load: it
// calls, keys digits, holds, speaks, listens and writes down what it heard.
//
// It shares nothing with the server but the codec tables, so that a mistake in
// the server does not hide itself here.
//
// A [Set] is a box of telephones: one SIP user agent and one goroutine, the
// pacer, which sends and receives the RTP of all of them. The pacer keeps an
// absolute schedule; telephones are spread over it as real ones would be.
// Arrival times come from the kernel, so that it does not matter when the
// pacer gets round to reading. sipgo runs a goroutine for each SIP message.
//
// A [Call] and its [Recorder] are safe for concurrent use.
package phone
