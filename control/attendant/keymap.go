package attendant

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"partyline/control"
)

// Action is what a key command does.
type Action string

// Keymap gives each role its key commands: the keys, which begin with a star, and what they do.
type Keymap map[control.Role]map[string]Action

// roles are those that have key commands.
var roles = []control.Role{control.Audience, control.Speaker}

// DefaultKeymap returns the keys that the commands are declared with: those that callers know from elsewhere.
func DefaultKeymap() Keymap {
	k := make(Keymap)
	for _, role := range roles {
		k[role] = make(map[string]Action)
		for _, c := range table {
			for _, keys := range c.keys(role) {
				k[role][keys] = c.action
			}
		}
	}
	return k
}

// KeyChange changes a map: the keys do the action, or nothing any more if it is empty.
type KeyChange struct {
	Role   control.Role
	Keys   string
	Action Action
}

// With returns the map with changes. It need not be valid.
func (k Keymap) With(changes ...KeyChange) (Keymap, error) {
	changed := make(Keymap)
	for _, role := range roles {
		changed[role] = maps.Clone(k[role])
		if changed[role] == nil {
			changed[role] = make(map[string]Action)
		}
	}
	for _, c := range changes {
		commands := changed[c.Role]
		_, known := commands[c.Keys]
		switch {
		case commands == nil:
			return nil, &KeymapError{c.Role, c.Keys, "", "there is no such role"}
		case c.Action == "" && !known:
			return nil, &KeymapError{c.Role, c.Keys, "", "there is no such command to be taken away"}
		case c.Action == "":
			delete(commands, c.Keys)
		default:
			commands[c.Keys] = c.Action
		}
	}
	return changed, nil
}

// KeymapError is why callers could not use a map.
type KeymapError struct {
	Role   control.Role
	Keys   string // of the command that is wrong; empty: of none alone
	Other  string // that it cannot stand beside; empty: none
	Reason string
}

func (e *KeymapError) Error() string {
	if e.Keys == "" {
		return fmt.Sprintf("keys of %s: %s", e.Role, e.Reason)
	}
	return fmt.Sprintf("keys of %s: %s: %s", e.Role, e.Keys, e.Reason)
}

// maxCommandKeys bounds a key command, so that it can be keyed in within its time.
const maxCommandKeys = 4

// Validate returns the first reason why callers could not use the map, a [KeymapError].
func (k Keymap) Validate() error {
	for _, role := range roles {
		commands := k[role]
		if len(commands) == 0 {
			return &KeymapError{Role: role, Reason: "there are none"}
		}
		sorted := slices.Sorted(maps.Keys(commands))
		for i, keys := range sorted {
			if reason := wrongCommand(role, keys, commands[keys]); reason != "" {
				return &KeymapError{Role: role, Keys: keys, Reason: reason}
			}
			// Sorted, a prefix stands before all that it is a prefix of, and nothing else stands between.
			if i > 0 && strings.HasPrefix(keys, sorted[i-1]) {
				return &KeymapError{role, keys, sorted[i-1], fmt.Sprintf("%s can never be reached: it begins with %s (%s)",
					commands[keys], sorted[i-1], commands[sorted[i-1]])}
			}
		}
	}
	return nil
}

// wrongCommand says what is wrong with one command; "": nothing.
func wrongCommand(role control.Role, keys string, action Action) string {
	c := table[action]
	switch {
	case len(keys) < 2 || len(keys) > maxCommandKeys:
		return fmt.Sprintf("a command has 2 to %d keys", maxCommandKeys)
	case keys[0] != '*':
		return "a command begins with a star, so that no single key does anything"
	case strings.Trim(keys, "0123456789*#") != "":
		return "only 0 to 9, * and # are on every telephone"
	case c == nil:
		return fmt.Sprintf("unknown action %q; known are %s", action, strings.Trim(fmt.Sprint(Actions()), "[]"))
	case c.speakers && role != control.Speaker:
		return string(action) + " is for speakers"
	}
	return ""
}

// match returns what the keys so far do; more says that they may still become a command.
func (k Keymap) match(role control.Role, keys string) (action Action, more bool) {
	commands := k[role]
	if action, ok := commands[keys]; ok {
		return action, false
	}
	for command := range commands {
		if strings.HasPrefix(command, keys) {
			return "", true
		}
	}
	return "", false
}

// keysFor returns the keys of an action, the best known if it has several, or "".
func (k Keymap) keysFor(role control.Role, action Action) string {
	commands := k[role]
	if c := table[action]; c != nil {
		for _, keys := range c.keys(role) {
			if commands[keys] == action {
				return keys
			}
		}
	}
	for _, keys := range slices.Sorted(maps.Keys(commands)) {
		if commands[keys] == action {
			return keys
		}
	}
	return ""
}
