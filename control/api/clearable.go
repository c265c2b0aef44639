package api

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// clearable is a field that null takes away, and that stays as it is if it is absent.
type clearable[T any] struct {
	sent  bool
	value *T // nil: null
}

// UnmarshalJSON is called only if the field is there.
func (c *clearable[T]) UnmarshalJSON(data []byte) error {
	c.sent, c.value = true, nil
	if bytes.Equal(bytes.TrimSpace(data), []byte("null")) {
		return nil
	}
	c.value = new(T)
	return json.Unmarshal(data, c.value)
}

// Schema documents the field: that of its value, or null.
func (c clearable[T]) Schema(r huma.Registry) *huma.Schema {
	s := *r.Schema(reflect.TypeFor[T](), false, "")
	s.Nullable = true
	return &s
}
