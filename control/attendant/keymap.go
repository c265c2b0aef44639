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

// maxCommandKeys bounds a key command, so that it can be keyed in within its time.
const maxCommandKeys = 4

// Validate returns the first reason why callers could not use the map.
func (k Keymap) Validate() error {
	for _, role := range roles {
		commands := k[role]
		if len(commands) == 0 {
			return fmt.Errorf("keys of %s: none", role)
		}
		sorted := slices.Sorted(maps.Keys(commands))
		for i, keys := range sorted {
			if err := validCommand(keys, commands[keys]); err != nil {
				return fmt.Errorf("keys of %s: %w", role, err)
			}
			// Sorted, a prefix stands before all that it is a prefix of, and nothing else stands between.
			if i > 0 && strings.HasPrefix(keys, sorted[i-1]) {
				return fmt.Errorf("keys of %s: %s (%s) can never be reached: it begins with %s (%s)",
					role, keys, commands[keys], sorted[i-1], commands[sorted[i-1]])
			}
		}
	}
	return nil
}

func validCommand(keys string, action Action) error {
	switch {
	case len(keys) < 2 || len(keys) > maxCommandKeys:
		return fmt.Errorf("%q: a command has 2 to %d keys", keys, maxCommandKeys)
	case keys[0] != '*':
		return fmt.Errorf("%q: a command begins with a star, so that no single key does anything", keys)
	case strings.Trim(keys, "0123456789*#") != "":
		return fmt.Errorf("%q: only 0 to 9, * and # are on every telephone", keys)
	case table[action] == nil:
		return fmt.Errorf("%s: unknown action %q; known are %s", keys, action, strings.Trim(fmt.Sprint(Actions()), "[]"))
	}
	return nil
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
