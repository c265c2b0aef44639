// Package webhook delivers the events of the durable log to the HTTP endpoints that want them, signed by the rules of
// Standard Webhooks (standardwebhooks.com): at least once, in order within a meeting. They go out in the order of the log as
// long as the receiver takes them; a meeting whose next event it does not take is held back, and the others go on.
//
// A [Service] owns one goroutine for each endpoint that is not parked, and one that keeps their places in the store. An
// endpoint has one request under way at most, so an endpoint that is slow or dead holds up nobody but itself, and the
// number of endpoints bounds the number of requests. What is read is the log alone: what never was in it (levels,
// talkers) is never sent. A Service is safe for concurrent use.
package webhook
