package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// maxDepth is how deep a JSON body may nest; the deepest of ours has 4 levels.
const maxDepth = 32

func init() {
	huma.ValidateStrictCasing = true // "Name" is not "name"; huma has no setting of one API for it
}

// strictJSON reads JSON without guessing and writes an answer in one piece.
var strictJSON = huma.Format{
	Marshal: func(w io.Writer, v any) error {
		var buf bytes.Buffer
		enc := json.NewEncoder(&buf)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			return err
		}
		// A client that is gone is no fault of ours; huma would panic.
		_, _ = w.Write(buf.Bytes())
		return nil
	},
	Unmarshal: func(data []byte, v any) error {
		if _, generic := v.(*any); generic { // huma's first pass, which validates
			if err := checkJSON(data); err != nil {
				return err
			}
		}
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.DisallowUnknownFields()
		return dec.Decode(v)
	},
}

// checkJSON refuses what encoding/json would let pass: a name given twice in
// one object, text that is not UTF-8, deep nesting, and anything after the value.
func checkJSON(data []byte) error {
	if !utf8.Valid(data) {
		return errors.New("the body is not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := checkValue(dec, 0); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more after the JSON value")
	}
	return nil
}

func checkValue(dec *json.Decoder, depth int) error {
	token, err := dec.Token()
	if err != nil {
		return jsonError(err)
	}
	if depth > maxDepth {
		return fmt.Errorf("JSON nested deeper than %d levels", maxDepth)
	}
	switch token {
	case json.Delim('{'):
		err = checkObject(dec, depth)
	case json.Delim('['):
		for err == nil && dec.More() {
			err = checkValue(dec, depth+1)
		}
	default:
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := dec.Token(); err != nil { // the closing bracket
		return jsonError(err)
	}
	return nil
}

func checkObject(dec *json.Decoder, depth int) error {
	names := map[string]bool{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return jsonError(err)
		}
		name, _ := token.(string)
		if names[name] {
			return fmt.Errorf("the name %.40q is given twice", name)
		}
		names[name] = true
		if err := checkValue(dec, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func jsonError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the JSON ends too early")
	}
	return fmt.Errorf("this is not JSON: %w", err)
}
