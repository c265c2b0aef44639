package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"partyline/config"
	"partyline/control"
	"partyline/control/attendant"
)

// keymapOf makes the keymap of a configuration.
func keymapOf(cfg config.Keys) (attendant.Keymap, error) {
	base := attendant.DefaultKeymap()
	if cfg.Replace {
		base = nil
	}
	var changes []attendant.KeyChange
	for _, role := range roles {
		for _, c := range keyCommands(cfg, role) {
			changes = append(changes, attendant.KeyChange{Role: role, Keys: c.Keys, Action: attendant.Action(c.Action)})
		}
	}
	keys, err := base.With(changes...)
	if err != nil {
		return nil, err
	}
	return keys, keys.Validate()
}

// roles are those with keys of their own.
var roles = []control.Role{control.Audience, control.Speaker}

func keyCommands(cfg config.Keys, role control.Role) config.KeyCommands {
	if role == control.Speaker {
		return cfg.Speaker
	}
	return cfg.Audience
}

// locateKeys puts the file's name and line before what is wrong with its keys.
func locateKeys(path string, cfg config.Keys, err error) error {
	wrong, ok := errors.AsType[*attendant.KeymapError](err)
	if !ok {
		return err
	}
	for _, keys := range []string{wrong.Keys, wrong.Other} {
		for _, c := range keyCommands(cfg, wrong.Role) {
			if c.Keys == keys {
				return fmt.Errorf("%s:%d: %w", path, c.Line, err)
			}
		}
	}
	return fmt.Errorf("%s: %w", path, err)
}

// describeKeys says how the keymap of a configuration differs from the built-in one.
func describeKeys(keys attendant.Keymap) (lines []string) {
	usual := attendant.DefaultKeymap()
	for _, role := range roles {
		var changes []string
		all := maps.Clone(usual[role])
		maps.Copy(all, keys[role])
		for _, command := range slices.Sorted(maps.Keys(all)) {
			switch action := keys[role][command]; action {
			case usual[role][command]:
			case "":
				changes = append(changes, command+" nothing")
			default:
				changes = append(changes, fmt.Sprintf("%s %s", command, action))
			}
		}
		if len(changes) > 0 {
			lines = append(lines, fmt.Sprintf("%s: %s", role, strings.Join(changes, ", ")))
		}
	}
	return lines
}
