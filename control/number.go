package control

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Number is a telephone number, or the user name of a SIP address, that is bound to a meeting: who calls it needs no access
// code. It is known to everybody, so it makes nobody a speaker.
type Number struct {
	Number    string // "+" and 2 to 15 digits, or a user name in lower case; see [CleanNumber]
	Meeting   MeetingID
	Language  string // of the prompts for who calls it; empty: the meeting's
	Label     string // what people call it
	Trunk     string // only calls from this trunk count; empty: from everywhere
	CreatedAt time.Time
}

// NumberStore keeps the numbers. Those of a meeting are gone with it, in the transaction that deletes it.
type NumberStore interface {
	Numbers(ctx context.Context) ([]Number, error)
	// PutNumber binds a number, in place of what it was bound to. It answers with a CodeNotFound [Error] if the meeting was deleted.
	PutNumber(ctx context.Context, n Number) error
	DeleteNumber(ctx context.Context, number string) error
}

const (
	maxNumbers    = 10_000
	maxLabelRunes = 100
	maxTrunkRunes = 64
	numberHint    = "write a telephone number as +4930123456, an extension with less than 6 digits as it is, and a user name of a SIP address with a letter"
)

var (
	e164      = regexp.MustCompile(`^\+[0-9]{2,15}$`)
	extension = regexp.MustCompile(`^[0-9]{2,5}$`)
	sipUser   = regexp.MustCompile(`^[a-z0-9._~-]*[a-z][a-z0-9._~-]*$`)
)

// CleanBound checks a number that is to be bound. Digits alone that are as many as an access code has could be one, so they
// need their plus.
func CleanBound(number string) (string, error) {
	number = strings.ToLower(strings.TrimSpace(number))
	if e164.MatchString(number) || extension.MatchString(number) || len(number) >= 2 && len(number) <= 64 && sipUser.MatchString(number) {
		return number, nil
	}
	return "", Invalid("number", numberHint, "is no telephone number and no user name of a SIP address")
}

// dialled are the ways in which a number may have been bound that was dialled so. Trunks leave out the plus, or put 00 in its
// place.
func dialled(user string) []string {
	user = strings.ToLower(user)
	return []string{user, "+" + user, "+" + strings.TrimPrefix(user, "00")}
}

func (n *Number) clean() (err error) {
	if n.Number, err = CleanBound(n.Number); err != nil {
		return err
	}
	if n.Label, err = cleanText("label", n.Label, maxLabelRunes); err != nil {
		return err
	}
	if n.Trunk, err = cleanText("trunk", n.Trunk, maxTrunkRunes); err != nil {
		return err
	}
	if n.Language != "" && !isLanguage(n.Language) {
		return Invalid("language", `e.g. "en" or "pt-BR"`, "is not a language tag")
	}
	return nil
}

// loadNumbers reads what is bound.
func (r *Registry) loadNumbers(ctx context.Context) error {
	list, err := r.o.Store.Numbers(ctx)
	if err != nil {
		return fmt.Errorf("read the numbers: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range list {
		r.numbers[n.Number] = n
	}
	return nil
}

// Numbers lists the numbers that are bound, in their order.
func (r *Registry) Numbers() []Number {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.SortedFunc(maps.Values(r.numbers), func(a, b Number) int { return strings.Compare(a.Number, b.Number) })
}

// NumbersOf lists those of a meeting.
func (r *Registry) NumbersOf(id MeetingID) []Number {
	return slices.DeleteFunc(r.Numbers(), func(n Number) bool { return n.Meeting != id })
}

// Number returns a number as it is bound.
func (r *Registry) Number(number string) (Number, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, ok := r.numbers[strings.ToLower(number)]
	if !ok {
		return Number{}, &Error{Code: CodeNotFound, Field: "number", Message: "this number is bound to no meeting"}
	}
	return n, nil
}

// ByNumber returns the meeting that a number, as it was dialled, is bound to for calls from a trunk.
func (r *Registry) ByNumber(user, trunk string) (*Meeting, Number, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, number := range dialled(user) {
		n, ok := r.numbers[number]
		if !ok || n.Trunk != "" && n.Trunk != trunk {
			continue
		}
		if m := r.live[n.Meeting]; m != nil && r.open[n.Meeting] {
			return m, n, nil
		}
		return nil, n, Errorf(CodeWrongState, "the meeting of this number has ended")
	}
	return nil, Number{}, Errorf(CodeNotFound, "no meeting has this number")
}

// BindNumber binds a number to a meeting, in place of what it was bound to. check, if not nil, is asked with that before; its
// zero value: it was bound to nothing.
func (r *Registry) BindNumber(ctx context.Context, n Number, check func(was Number) error) (Number, bool, error) {
	if err := n.clean(); err != nil {
		return n, false, err
	}
	m, err := r.Meeting(n.Meeting)
	if err != nil {
		return n, false, named("meeting", err)
	}
	r.binding.Lock()
	defer r.binding.Unlock()
	was, err := r.Number(n.Number)
	made := err != nil
	if check != nil {
		if err := check(was); err != nil {
			return n, false, err
		}
	}
	if made && len(r.Numbers()) >= maxNumbers {
		return n, false, Errorf(CodeLimit, "at most %d numbers can be bound", maxNumbers)
	}
	if n.CreatedAt = was.CreatedAt; made {
		n.CreatedAt = r.now().Round(0).UTC()
	}
	if !made && n == was {
		return n, false, nil
	}
	if err := r.o.Store.PutNumber(ctx, n); err != nil {
		return n, false, r.notStored(err)
	}
	r.mu.Lock()
	r.numbers[n.Number] = n
	r.mu.Unlock()
	if m.deleted.Load() { // just now
		r.unbindAll(m.id)
	}
	return n, made, nil
}

// named says which field an error is about.
func named(field string, err error) error {
	if e, ok := errors.AsType[*Error](err); ok && e.Code == CodeNotFound {
		about := *e
		about.Field = field
		return &about
	}
	return err
}

// UnbindNumber takes a number from its meeting. check, if not nil, is asked before.
func (r *Registry) UnbindNumber(ctx context.Context, number string, check func(was Number) error) error {
	r.binding.Lock()
	defer r.binding.Unlock()
	was, err := r.Number(number)
	if err != nil {
		return err
	}
	if check != nil {
		if err := check(was); err != nil {
			return err
		}
	}
	if err := r.o.Store.DeleteNumber(ctx, was.Number); err != nil {
		return r.notStored(err)
	}
	r.mu.Lock()
	delete(r.numbers, was.Number)
	r.mu.Unlock()
	return nil
}

// notStored is what is said of a store that took no change of a number.
func (r *Registry) notStored(err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e // the meeting was deleted meanwhile
	}
	r.o.Logger.Error("keep a number", "err", err)
	return Errorf(CodeStore, "the change could not be stored")
}

// unbindAll takes all numbers from a meeting; the store has done so already.
func (r *Registry) unbindAll(id MeetingID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.DeleteFunc(r.numbers, func(_ string, n Number) bool { return n.Meeting == id })
}
