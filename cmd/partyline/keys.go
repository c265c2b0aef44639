package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"partyline/config"
	"partyline/control"
	"partyline/control/access"
)

// keysCmd works on the key file of the state directory, which a bridge that runs reads again by itself.
type keysCmd struct {
	Create createKeyCmd `cmd:"" help:"Make a key. Its secret is shown this once."`
	List   listKeysCmd  `cmd:"" help:"List the keys that were made here, and those of the configuration."`
	Revoke revokeKeyCmd `cmd:"" help:"Revoke a key that was made here: it ends at once, and its event streams with it."`
}

// keyFlags find the state directory.
type keyFlags struct {
	Config   string `help:"Configuration file (YAML). None is needed." type:"path" env:"PARTYLINE_CONFIG"`
	StateDir string `help:"Where the keys are kept." placeholder:"DIR" env:"PARTYLINE_STATE_DIR"`
}

func (f keyFlags) load() (config.Config, access.KeyFile, error) {
	cfg, err := config.Load(f.Config, config.Overrides{StateDir: f.StateDir})
	return cfg, access.KeyFileIn(cfg.StateDir), err
}

type createKeyCmd struct {
	keyFlags
	Name      string   `arg:"" help:"Names the key in events and logs: a-z, 0-9, dot, hyphen, underscore."`
	Scope     []string `required:"" placeholder:"SCOPE" help:"What it may do: meetings:read, meetings:write, events:read, webhooks, calls, tokens, or admin for everything. May be given several times."`
	Meeting   []string `placeholder:"ID" help:"The only meeting it is for. May be given several times."`
	ExpiresIn string   `placeholder:"TIME" help:"After how long it ends, e.g. 12h or 90d; else never."`
}

// Run makes the key and writes its secret alone to standard output.
func (c *createKeyCmd) Run() error {
	cfg, file, err := c.load()
	if err != nil {
		return err
	}
	secret := access.NewSecret()
	key, err := c.key(secret, time.Now().UTC().Truncate(time.Second))
	if err != nil {
		return err
	}
	if config.Reserved(key.Name) {
		return fmt.Errorf("key1, key2, … name keys that have no other name; take another one than %s", key.Name)
	}
	if slices.ContainsFunc(cfg.HTTP.APIKeys, func(k config.APIKey) bool { return k.Name == key.Name }) {
		return fmt.Errorf("the configuration has a key named %s; take another name", key.Name)
	}
	if err := file.Add(key); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "The key %s may: %s. This is its secret; it is not shown again:\n", key.Name, access.List(key.Scopes))
	fmt.Println(secret)
	return nil
}

func (c *createKeyCmd) key(secret string, now time.Time) (access.Key, error) {
	key := access.NewKey(c.Name, secret)
	key.CreatedAt = now
	for _, text := range c.Scope {
		s, err := access.ParseScope(text)
		if err != nil {
			return key, err
		}
		if !slices.Contains(key.Scopes, s) {
			key.Scopes = append(key.Scopes, s)
		}
	}
	for _, m := range c.Meeting {
		key.Meetings = append(key.Meetings, control.MeetingID(m))
	}
	if c.ExpiresIn != "" {
		life, err := parseLife(c.ExpiresIn)
		if err != nil {
			return key, err
		}
		key.ExpiresAt = now.Add(life)
	}
	return key, key.Check()
}

// parseLife reads a time such as 12h or 90d.
func parseLife(text string) (time.Duration, error) {
	life, err := time.ParseDuration(text)
	if digits, ok := strings.CutSuffix(text, "d"); ok {
		var days int
		days, err = strconv.Atoi(digits)
		life = time.Duration(min(days, 100_000)) * 24 * time.Hour
	}
	if err != nil || life < time.Second {
		return 0, fmt.Errorf("--expires-in: %.40q is not a time such as 12h or 90d", text)
	}
	return life, nil
}

type listKeysCmd struct{ keyFlags }

// Run writes a table of the keys.
func (c *listKeysCmd) Run() error {
	cfg, file, err := c.load()
	if err != nil {
		return err
	}
	keys, err := file.Keys()
	if err != nil {
		return err
	}
	for _, k := range cfg.HTTP.APIKeys {
		if k.Name == "" {
			continue
		}
		named, err := configuredKey(k)
		if err != nil {
			return err
		}
		keys = append(keys, named)
	}
	return writeKeys(os.Stdout, keys, time.Now())
}

func writeKeys(w io.Writer, keys []access.Key, now time.Time) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "NAME\tSCOPES\tMEETINGS\tMADE\tEXPIRES")
	for _, k := range keys {
		meetings, made, expires := "all", "in the configuration", "never"
		if len(k.Meetings) > 0 {
			meetings = strings.Trim(fmt.Sprint(k.Meetings), "[]")
		}
		if !k.CreatedAt.IsZero() {
			made = k.CreatedAt.UTC().Format(time.RFC3339)
		}
		if !k.ExpiresAt.IsZero() {
			expires = k.ExpiresAt.UTC().Format(time.RFC3339)
		}
		if k.Expired(now) {
			expires += " (over)"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", k.Name, access.List(k.Scopes), meetings, made, expires)
	}
	return t.Flush()
}

type revokeKeyCmd struct {
	keyFlags
	Name string `arg:"" help:"Name of the key."`
}

// Run takes the key out of the file.
func (c *revokeKeyCmd) Run() error {
	cfg, file, err := c.load()
	if err != nil {
		return err
	}
	if slices.ContainsFunc(cfg.HTTP.APIKeys, func(k config.APIKey) bool { return k.Name == c.Name }) {
		return fmt.Errorf("the key %s stands in the configuration; take it out there and start the bridge again", c.Name)
	}
	if err := file.Remove(c.Name); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "The key %s is revoked.\n", c.Name)
	return nil
}
