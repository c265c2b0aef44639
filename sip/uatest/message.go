// Package uatest is a scripted caller on real sockets, and fakes of what the user agent is connected to. It shares no
// code with what it tests: messages are built and read here, byte by byte.
package uatest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"strconv"
	"strings"
)

// Header is one header field.
type Header struct{ Name, Value string }

// Message is a SIP message.
type Message struct {
	Start   string // the request or status line
	Headers []Header
	Body    string
}

// read reads one message from a stream; a datagram is a stream of one message.
func read(r *bufio.Reader) (*Message, error) {
	text := textproto.NewReader(r)
	start, err := text.ReadLine()
	for err == nil && start == "" { // keep-alive between messages
		start, err = text.ReadLine()
	}
	if err != nil {
		return nil, err
	}
	m := &Message{Start: start}
	for {
		line, err := text.ReadContinuedLine()
		if err != nil {
			return nil, fmt.Errorf("header: %w", err)
		}
		if line == "" {
			break
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return nil, fmt.Errorf("header without a colon: %q", line)
		}
		m.Headers = append(m.Headers, Header{strings.TrimSpace(name), strings.TrimSpace(value)})
	}
	length, err := strconv.Atoi(m.Get("Content-Length"))
	if err != nil || length < 0 {
		return nil, errors.New("no Content-Length")
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, fmt.Errorf("body: %w", err)
	}
	m.Body = string(body)
	return m, nil
}

// Get returns the first value of a header, or "".
func (m *Message) Get(name string) string {
	for _, h := range m.Headers {
		if strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}

// All returns every value of a header.
func (m *Message) All(name string) []string {
	var values []string
	for _, h := range m.Headers {
		if strings.EqualFold(h.Name, name) {
			values = append(values, h.Value)
		}
	}
	return values
}

// Set replaces a header, or adds it; an empty value takes it away.
func (m *Message) Set(name, value string) {
	kept := m.Headers[:0]
	done := value == ""
	for _, h := range m.Headers {
		if strings.EqualFold(h.Name, name) {
			if done {
				continue
			}
			h.Value, done = value, true
		}
		kept = append(kept, h)
	}
	m.Headers = kept
	if !done {
		m.Headers = append(m.Headers, Header{name, value})
	}
}

// Status is the status of a response, or 0.
func (m *Message) Status() int {
	rest, ok := strings.CutPrefix(m.Start, "SIP/2.0 ")
	if !ok {
		return 0
	}
	code, _, _ := strings.Cut(rest, " ")
	n, err := strconv.Atoi(code)
	if err != nil {
		return 0
	}
	return n
}

// Method is the method of a request, or of the request that a response answers.
func (m *Message) Method() string {
	_, method, _ := strings.Cut(m.Get("CSeq"), " ")
	return strings.TrimSpace(method)
}

// Tag is the tag of From or To.
func (m *Message) Tag(header string) string {
	_, params, _ := strings.Cut(m.Get(header), ">")
	for p := range strings.SplitSeq(params, ";") {
		if tag, ok := strings.CutPrefix(p, "tag="); ok {
			return tag
		}
	}
	return ""
}

// Bytes is the message as it goes over the wire, with its Content-Length.
func (m *Message) Bytes() []byte {
	m.Set("Content-Length", strconv.Itoa(len(m.Body)))
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\r\n", m.Start)
	for _, h := range m.Headers {
		fmt.Fprintf(&b, "%s: %s\r\n", h.Name, h.Value)
	}
	fmt.Fprintf(&b, "\r\n%s", m.Body)
	return b.Bytes()
}
