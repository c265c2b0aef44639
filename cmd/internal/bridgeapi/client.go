// Package bridgeapi is a client of Partyline's HTTP API, as much of it as load
// tests and demonstrations need. It knows the API from outside: it shares no
// types with the server.
package bridgeapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Client talks to one bridge. It is safe for concurrent use.
type Client struct {
	base string
	key  string
	http *http.Client
}

// New returns a client of the bridge at base, e.g. http://127.0.0.1:8080.
func New(base, key string) *Client {
	return &Client{base: strings.TrimRight(base, "/"), key: key, http: &http.Client{
		Timeout:   30 * time.Second,
		Transport: &http.Transport{MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute},
	}}
}

// Close gives the connections back.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Problem is an error answer (RFC 9457).
type Problem struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
}

// Error says what the bridge said.
func (p *Problem) Error() string {
	if p.Detail == "" {
		return fmt.Sprintf("%d %s", p.Status, p.Title)
	}
	return fmt.Sprintf("%d %s: %s", p.Status, p.Title, p.Detail)
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 16 << 20

// Do sends a request with in as its JSON body (nil: none) and reads the answer into out (nil: it does not matter).
func (c *Client) Do(ctx context.Context, method, path string, in, out any) (err error) {
	var body []byte
	if in != nil {
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("%s %s: %w", method, path, err)
		}
	}
	contentType := ""
	if in != nil {
		contentType = "application/json"
	}
	return c.Send(ctx, method, path, contentType, body, out)
}

// Fetch reads what is no JSON.
func (c *Client) Fetch(ctx context.Context, path string) ([]byte, error) {
	return c.exchange(ctx, http.MethodGet, path, "", nil)
}

// Send is Do with a body of any type.
func (c *Client) Send(ctx context.Context, method, path, contentType string, body []byte, out any) error {
	data, err := c.exchange(ctx, method, path, contentType, body)
	if err != nil || out == nil || len(data) == 0 {
		return err
	}
	if err := json.Unmarshal(data, out); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

// exchange sends one request and returns the body of its answer, or an error unless that is a success.
func (c *Client) exchange(ctx context.Context, method, path, contentType string, body []byte) (data []byte, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("%s %s: %w", method, path, err)
		}
	}()
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.key)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	if data, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer)); err != nil {
		return nil, err
	}
	if res.StatusCode/100 != 2 {
		return nil, problem(res, data)
	}
	return data, nil
}

func problem(res *http.Response, data []byte) error {
	p := &Problem{}
	if err := json.Unmarshal(data, p); err != nil || p.Title == "" {
		p = &Problem{Title: http.StatusText(res.StatusCode)}
	}
	p.Status = res.StatusCode
	return p
}

// all reads every page of a list.
func all[T any](ctx context.Context, c *Client, path string) ([]T, error) {
	var items []T
	cursor := ""
	for {
		var page struct {
			Items      []T    `json:"items"`
			NextCursor string `json:"next_cursor"`
		}
		q := url.Values{"limit": {"1000"}}
		if cursor != "" {
			q.Set("cursor", cursor)
		}
		if err := c.Do(ctx, http.MethodGet, path+"?"+q.Encode(), nil, &page); err != nil {
			return nil, err
		}
		items = append(items, page.Items...)
		if page.NextCursor == "" {
			return items, nil
		}
		cursor = page.NextCursor
	}
}
