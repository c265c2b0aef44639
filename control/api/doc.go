// Package api is the HTTP face of the bridge: REST under /v1 on chi with typed
// handlers of huma, RFC 9457 problems, server-sent events from the durable log
// and the OpenAPI 3.1 document that follows from the code.
//
// It owns no state of a meeting: every request becomes a command or a read on
// the meeting's owner goroutine. The package starts no goroutine of its own;
// an event stream lives on the goroutine of its request. [API] is safe for
// concurrent use.
package api
