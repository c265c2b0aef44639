package api

import (
	"encoding/base64"
	"encoding/json"

	"partyline/control"
)

// PageQuery is embedded in the requests for a list.
type PageQuery struct {
	Limit  int    `query:"limit" default:"100" minimum:"1" maximum:"1000" doc:"How many items at most."`
	Cursor string `query:"cursor" maxLength:"200" doc:"next_cursor of the page before."`
}

// Page is one page of a list.
type Page[T any] struct {
	Items      []T    `json:"items" nullable:"false" doc:"The items of this page."`
	NextCursor string `json:"next_cursor,omitempty" doc:"Ask for the next page with it; absent on the last one."`
}

// list is the answer to a request for a list.
type list[T any] struct {
	Body Page[T]
}

// cursor is where a page ended: after the item named ID, which stood at place N.
type cursor struct {
	N  int    `json:"n,omitempty"`
	ID string `json:"id"`
}

func (c cursor) String() string {
	raw, _ := json.Marshal(c) // an int and a string always encode
	return base64.RawURLEncoding.EncodeToString(raw)
}

func parseCursor(s string) (cursor, error) {
	var c cursor
	if s == "" {
		return c, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	if err != nil || c.N < 0 || c.ID == "" {
		return c, control.Invalid("cursor", "take next_cursor of the page before as it is", "this is not a cursor of this list")
	}
	return c, nil
}

// pageOf cuts a page out of ordered ids. When the item at the cursor has gone
// meanwhile, the page begins where it stood.
func pageOf[ID ~string, T any](q PageQuery, ids []ID, view func(ID) T) (*list[T], error) {
	c, err := parseCursor(q.Cursor)
	if err != nil {
		return nil, err
	}
	start := startOf(c, ids)
	end := min(start+q.Limit, len(ids))
	out := &list[T]{Body: Page[T]{Items: make([]T, 0, end-start)}}
	for _, id := range ids[start:end] {
		out.Body.Items = append(out.Body.Items, view(id))
	}
	if end < len(ids) && end > 0 {
		out.Body.NextCursor = cursor{N: end - 1, ID: string(ids[end-1])}.String()
	}
	return out, nil
}

func startOf[ID ~string](c cursor, ids []ID) int {
	if c.ID == "" {
		return 0
	}
	for i := min(c.N, len(ids)-1); i >= 0; i-- { // items only ever move forward
		if string(ids[i]) == c.ID {
			return i + 1
		}
	}
	return min(c.N, len(ids))
}
