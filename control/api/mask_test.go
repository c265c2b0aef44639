package api_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"partyline/control"
	"partyline/control/api"
)

// fillPrivate gives every number and PIN in a value something that must not be seen, and every list one item.
func fillPrivate(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillPrivate(v.Elem())
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Uint8 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			fillPrivate(v.Index(0))
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for field, inner := range v.Fields() {
			switch {
			case inner.Kind() == reflect.String && field.Name == "PIN":
				inner.SetString("739201")
			case inner.Kind() == reflect.String && field.Name == "Number":
				inner.SetString("+4930123417")
			default:
				fillPrivate(inner)
			}
		}
	default: // holds nothing
	}
}

// TestEventsHidePrivateThings: whatever an event holds, streams and webhooks show no PIN and no whole number.
func TestEventsHidePrivateThings(t *testing.T) {
	for name, empty := range control.EventTypes() {
		full := reflect.New(reflect.TypeOf(empty)).Elem()
		fillPrivate(full)
		typ, version, data, err := control.Marshal(full.Interface().(control.Event))
		if err != nil {
			t.Fatal(err)
		}
		body, err := api.EncodeEvent(control.Record{Meeting: "mtg_x", Seq: 1, Type: typ, Version: version, Data: data})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(body), "739201") || strings.Contains(string(body), "0123417") {
			t.Errorf("%s shows what is private: %s", name, body)
		}
	}
}
