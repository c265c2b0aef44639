package config

import (
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// Keys replaces key commands of callers, by role.
type Keys struct {
	Replace  bool        `yaml:"replace"` // the commands below are all there are; else they are changes of the built-in ones
	Audience KeyCommands `yaml:"audience"`
	Speaker  KeyCommands `yaml:"speaker"`
}

// KeyCommands are written as a mapping of keys to the action that they do.
type KeyCommands []KeyCommand

// KeyCommand is one of them. What an action is, is known to the attendant alone.
type KeyCommand struct {
	Keys   string
	Action string // empty: the keys do nothing any more
	Line   int    // of the file
}

// UnmarshalYAML reads {"*6": mute, "*7": ""}.
func (k *KeyCommands) UnmarshalYAML(node ast.Node) error {
	var entries []*ast.MappingValueNode
	switch node := node.(type) {
	case *ast.MappingNode:
		entries = node.Values
	case *ast.MappingValueNode:
		entries = []*ast.MappingValueNode{node}
	case *ast.NullNode:
	default:
		return &yaml.SyntaxError{Message: `keys and their actions are due here, such as "*6": mute`, Token: node.GetToken()}
	}
	*k = nil
	seen := make(map[string]bool)
	for _, entry := range entries {
		command := KeyCommand{Line: entry.Key.GetToken().Position.Line}
		if err := readText(entry.Key, func(text string) error {
			command.Keys = text
			if seen[text] {
				return fmt.Errorf("%s is there twice", text)
			}
			seen[text] = true
			return nil
		}); err != nil {
			return err
		}
		if _, none := entry.Value.(*ast.NullNode); !none {
			if err := readText(entry.Value, func(text string) error { command.Action = text; return nil }); err != nil {
				return err
			}
		}
		*k = append(*k, command)
	}
	return nil
}
