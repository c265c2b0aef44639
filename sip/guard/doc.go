// Package guard stands between the SIP sockets and the SIP stack.
//
// It reads every datagram and every byte of a stream first, with a small
// bounded parser of its own, and hands the stack only whole, well-formed
// messages that it wrote out itself in one canonical form. Everything else is
// answered here, statelessly, or not at all (RFC 3261 §8.2.7): malformed and
// ambiguous requests, versions, methods, schemes, extensions and bodies that
// are not implemented, floods and banned sources.
//
// # What the user of the package has to know
//
// A UDP request reaches the stack from one made-up peer address per socket, so
// that a stack which remembers peer addresses remembers one. The true source is
// in the header field [PeerHeader] (read it with [ParsePeer]), over TCP too.
// Replies find their way by what the guard stamps into the top Via (RFC 3261
// §18.2.1, RFC 3581): just answer the request. A request of our own is written
// to the peer's true address; write it through the socket the guard wraps, so
// that its answer is recognised as asked for.
//
// # Goroutines
//
// None. Work happens on the goroutine that calls ReadFrom, Read or Accept. All
// methods of [Guard] and of what it wraps are safe for concurrent use.
//
// # Bounds
//
// Sources, bans and outstanding transactions live in tables of fixed size that
// forget the oldest entry; connections, message sizes, header fields, log lines
// and replies to strangers are all limited, and every limit is a counter.
package guard
