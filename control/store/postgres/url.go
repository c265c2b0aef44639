package postgres

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// defaultSchema is where the tables are unless the URL names another search_path.
const defaultSchema = "partyline"

// connectTimeout bounds the making of a connection, unless the URL has a connect_timeout.
const connectTimeout = 5 * time.Second

// session are the settings of every connection that the URL does not set itself. The times are bounds for what a server
// does for us, and for how long it believes in a connection whose other end has vanished.
var session = map[string]string{
	"client_encoding":                     "UTF8",
	"statement_timeout":                   "10s",
	"lock_timeout":                        "8s",
	"idle_in_transaction_session_timeout": "10s",
	"tcp_keepalives_idle":                 "5",
	"tcp_keepalives_interval":             "2",
	"tcp_keepalives_count":                "3",
	"tcp_user_timeout":                    "10000",
}

// server is where a store is.
type server struct {
	config *pgxpool.Config
	schema string
	name   string // for people: without the password
	self   string // application_name, which nobody else has
}

// parse reads a URL. What it says of a wrong one has no password in it.
func parse(text string) (server, error) {
	if u, err := url.Parse(text); err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return server{}, errors.New("this is not a URL such as postgres://user:password@host:5432/database; write %2F for / in a password, %23 for #, %3F for ?, %40 for @, %25 for %")
	}
	config, err := pgxpool.ParseConfig(text)
	if err != nil {
		if e, ok := errors.AsType[*pgconn.ParseConfigError](err); ok { // its own text repeats the URL
			err = cmp.Or(errors.Unwrap(e), errors.New("a part of it cannot be used"))
		}
		return server{}, fmt.Errorf("the URL of the store: %w", err)
	}
	c := config.ConnConfig
	schema := cmp.Or(c.RuntimeParams["search_path"], defaultSchema)
	if strings.ContainsAny(schema, `,"$`) {
		return server{}, errors.New("the URL of the store: search_path names one schema")
	}
	for name, value := range session {
		if _, ok := c.RuntimeParams[name]; !ok {
			c.RuntimeParams[name] = value
		}
	}
	c.RuntimeParams["search_path"] = pgx.Identifier{schema}.Sanitize()
	self := selfName()
	c.RuntimeParams["application_name"] = self
	if u, _ := url.Parse(text); !u.Query().Has("connect_timeout") {
		c.ConnectTimeout = connectTimeout
	}
	return server{config: config, schema: schema, name: publicName(c, schema), self: self}, nil
}

// selfName tells this process from all others, and people where it is.
func selfName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("partyline %.30s %d %.8s", host, os.Getpid(), strings.ToLower(rand.Text()))
}

func publicName(c *pgx.ConnConfig, schema string) string {
	u := url.URL{Scheme: "postgres", User: url.User(c.User), Host: net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port))), Path: "/" + c.Database}
	if strings.HasPrefix(c.Host, "/") {
		u.Host, u.RawQuery = "", "host="+c.Host
	}
	if schema != defaultSchema {
		u.RawQuery += "&search_path=" + schema
	}
	u.RawQuery = strings.TrimPrefix(u.RawQuery, "&")
	return u.String()
}

// conn is for one connection whose statements may take their time.
func (s server) conn() *pgx.ConnConfig {
	c := s.config.ConnConfig.Copy()
	c.RuntimeParams["statement_timeout"] = "0"
	return c
}

func (s server) pool(conns int32) *pgxpool.Config {
	c := s.config.Copy()
	c.MaxConns = conns
	c.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		// What is acknowledged is on the disk, whatever else the server is used for.
		_, err := conn.Exec(ctx, `SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`)
		return err
	}
	return c
}
