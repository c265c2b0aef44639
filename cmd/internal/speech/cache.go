package speech

import (
	"container/list"
	"crypto/sha256"
	"time"

	"partyline/mixer/prompt"
)

// Limits of what is kept.
type Limits struct {
	Age   time.Duration // since it was last asked for
	Bytes int
}

// key is the hash of text, voice and language: what people wrote is not kept to be read.
type key [sha256.Size]byte

func (t Text) key() key {
	return sha256.Sum256([]byte(t.Language + "\x00" + t.Voice + "\x00" + t.Words))
}

// cache keeps what was spoken, and what is being spoken, so that nothing is made twice at a time.
type cache struct {
	limits Limits
	byKey  map[key]*list.Element
	recent *list.List // of *entry, what was asked for last first
	bytes  int

	hits, misses uint64
}

type entry struct {
	key   key
	sound *prompt.Growing
	used  time.Time
	bytes int // counted when it is whole
}

func newCache(l Limits) cache {
	if l.Age <= 0 {
		l.Age = time.Hour
	}
	if l.Bytes <= 0 {
		l.Bytes = 64 << 20
	}
	return cache{limits: l, byKey: make(map[key]*list.Element), recent: list.New()}
}

// get returns a sound, or nil.
func (c *cache) get(t Text, now time.Time) *prompt.Growing {
	c.expire(now)
	el := c.byKey[t.key()]
	if el == nil {
		c.misses++
		return nil
	}
	c.hits++
	e := el.Value.(*entry)
	e.used = now
	c.recent.MoveToFront(el)
	return e.sound
}

func (c *cache) put(t Text, g *prompt.Growing, now time.Time) {
	k := t.key()
	c.byKey[k] = c.recent.PushFront(&entry{key: k, sound: g, used: now})
}

// overhead is what an entry takes besides its samples.
const overhead = 8 << 10

// settle counts what a sound takes, now that it is whole.
func (c *cache) settle(t Text, now time.Time) {
	if el := c.byKey[t.key()]; el != nil {
		e := el.Value.(*entry)
		e.bytes = e.sound.Bytes() + overhead
		c.bytes += e.bytes
	}
	c.expire(now)
}

func (c *cache) drop(t Text) {
	if el := c.byKey[t.key()]; el != nil {
		c.remove(el)
	}
}

func (c *cache) remove(el *list.Element) {
	e := el.Value.(*entry)
	c.bytes -= e.bytes
	delete(c.byKey, e.key)
	c.recent.Remove(el)
}

// expire forgets what is old, and what was not asked for longest if it is too much. What is still being made stays.
func (c *cache) expire(now time.Time) {
	for el := c.recent.Back(); el != nil; {
		e, before := el.Value.(*entry), el.Prev()
		if now.Sub(e.used) <= c.limits.Age && c.bytes <= c.limits.Bytes {
			return
		}
		if e.bytes > 0 {
			c.remove(el)
		}
		el = before
	}
}
