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

// The actions. Those from Hand on belong to later work: they are known, and answered with "not available".
const (
	ActHelp     Action = "help"       // says what can be done now
	ActMute     Action = "mute"       // mutes or unmutes
	ActAskHelp  Action = "ask_help"   // invites the speakers, or withdraws
	ActQueue    Action = "help_queue" // serves the rooms that ask for help
	ActGoRoom   Action = "go_room"    // goes to a room by number
	ActMainRoom Action = "main_room"  // goes back to the main room
	ActWhere    Action = "where"      // says where the caller is

	ActHand      Action = "hand"
	ActNextHand  Action = "next_hand"
	ActVolume    Action = "volume"
	ActReplay    Action = "replay_broadcast"
	ActMuteAll   Action = "mute_all"
	ActBroadcast Action = "broadcast"
	ActSession   Action = "session"
	ActLanguage  Action = "language"
	ActLockRoom  Action = "lock_room"
)

var (
	available = []Action{ActHelp, ActMute, ActAskHelp, ActQueue, ActGoRoom, ActMainRoom, ActWhere}
	planned   = []Action{ActHand, ActNextHand, ActVolume, ActReplay, ActMuteAll, ActBroadcast, ActSession, ActLanguage, ActLockRoom}
)

// Keymap gives each role its key commands: the keys, which begin with a star, and what they do.
type Keymap map[control.Role]map[string]Action

// DefaultKeymap returns the keys that callers know from elsewhere.
func DefaultKeymap() Keymap {
	return Keymap{
		control.Audience: {
			"**": ActHelp, "*6": ActMute, "*9": ActHand, "*5": ActHand, "*0": ActAskHelp, "*3": ActGoRoom,
			"*#": ActMainRoom, "*2": ActWhere, "*1": ActVolume, "*4": ActReplay, "*8": ActBroadcast, "*7": ActLanguage,
		},
		control.Speaker: {
			"**": ActHelp, "*6": ActMute, "*9": ActNextHand, "*0": ActQueue, "*3": ActGoRoom, "*#": ActMainRoom,
			"*2": ActWhere, "*1": ActVolume, "*4": ActMuteAll, "*8": ActBroadcast, "*5": ActSession, "*7": ActLockRoom,
		},
	}
}

// maxCommandKeys bounds a key command, so that it can be keyed in within its time.
const maxCommandKeys = 4

// Validate returns the first reason why callers could not use the map.
func (k Keymap) Validate() error {
	for _, role := range []control.Role{control.Audience, control.Speaker} {
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
	case !slices.Contains(available, action) && !slices.Contains(planned, action):
		return fmt.Errorf("%s: unknown action %q", keys, action)
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

// keysFor returns the keys of an action, the first if it has several, or "".
func (k Keymap) keysFor(role control.Role, action Action) string {
	for _, keys := range slices.Sorted(maps.Keys(k[role])) {
		if k[role][keys] == action {
			return keys
		}
	}
	return ""
}
