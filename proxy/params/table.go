package params

import (
	"math"
	"slices"
	"strings"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
)

// Table says what there is to do with each member of a request's body. What stands in
// none of the lists is unknown: it is named to the client as ignored.
type Table struct {
	// Read are those that the codec reads.
	Read map[string]bool
	// Bookkeeping are those that say nothing about the answer: who asks, what to file it
	// under, what to pay, what to cache. Leaving them alone is no loss, so they are
	// accepted silently, whatever they hold.
	Bookkeeping map[string]bool
	// Ineffective are the protocol's parameters that cannot be honoured. Their types are
	// checked, as OpenAI does: a client with "seed":"7" has a mistake that it wants to know about.
	Ineffective map[string]Check
}

// Check looks at a parameter without effect: noop says that it asks for what
// happens anyway, the error that it has a wrong type.
type Check func(v jsonbody.Value) (noop bool, err *conversation.Error)

// Members are a body's, sorted by a [Table].
type Members struct {
	table   *Table
	root    jsonbody.Value
	known   map[string]jsonbody.Value
	unknown []string
}

// The bounds of [Members.Ignored]; the first and the third are for names that we do not know
// ourselves.
const (
	mostUnknown       = 16
	mostNames         = 64 // of all
	longestUnknown    = 48
	placeholderInName = '_'
)

// Sort looks at the body's members. Where one stands twice, the last one counts.
func (t *Table) Sort(root jsonbody.Value) Members {
	m := Members{table: t, root: root, known: map[string]jsonbody.Value{}}
	for name, v := range root.Members() {
		_, isIneffective := t.Ineffective[name]
		switch {
		case t.Read[name], isIneffective:
			m.known[name] = v
		case t.Bookkeeping[name], v.IsNull(), len(m.unknown) == mostUnknown:
		default:
			m.unknown = append(m.unknown, name)
		}
	}
	return m
}

// Get gives a member that is read. One that is absent has a path all the same.
func (m Members) Get(name string) jsonbody.Value {
	if v, ok := m.known[name]; ok {
		return v
	}
	return m.root.At(name)
}

// Ignored names the parameters that were given but have no effect: sorted, each once, a
// bounded number of short names made of letters, digits, '_', '-' and '.', so that they can
// stand in a header. The codec may add to them; see [Names].
func (m Members) Ignored() (names []string, err *conversation.Error) {
	known := make([]string, 0, len(m.known))
	for name := range m.known {
		known = append(known, name)
	}
	slices.Sort(known) // so that of several mistakes always the same one is told
	for _, name := range known {
		check, v := m.table.Ineffective[name], m.known[name]
		if check == nil || v.IsNull() {
			continue
		}
		noop, err := check(v)
		if err != nil {
			return nil, err
		}
		if !noop {
			names = append(names, name)
		}
	}
	return Names(append(names, m.unknown...)), nil
}

// Names sorts names and makes them fit to stand in a header.
func Names(names []string) []string {
	var safe []string
	for _, name := range names {
		if name = headerSafe(name); name != "" {
			safe = append(safe, name)
		}
	}
	slices.Sort(safe)
	safe = slices.Compact(safe)
	return safe[:min(len(safe), mostNames)]
}

// headerSafe makes a name that the client invented fit to stand in a header.
func headerSafe(name string) string {
	safe := strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '-', c == '.':
			return c
		default:
			return placeholderInName
		}
	}, name)
	return safe[:min(len(safe), longestUnknown)]
}

// NumberLike checks a number that means nothing where it is the usual one.
func NumberLike(usual float64) Check {
	return func(v jsonbody.Value) (bool, *conversation.Error) {
		f, err := v.Number()
		return f == usual, err
	}
}

// BoolLike checks true or false.
func BoolLike(usual bool) Check {
	return func(v jsonbody.Value) (bool, *conversation.Error) {
		b, err := v.Bool()
		return b == usual, err
	}
}

// StringLike checks a text.
func StringLike(usual string) Check {
	return func(v jsonbody.Value) (bool, *conversation.Error) {
		s, err := v.Text()
		return s == usual, err
	}
}

// WholeNumber checks an integer, whose value is of no interest: a seed may be any of 64 bits.
func WholeNumber(v jsonbody.Value) (bool, *conversation.Error) {
	f, err := v.Number()
	if err != nil || f != math.Trunc(f) {
		return false, v.Want("a whole number")
	}
	return false, nil
}

// EmptyOf checks an array or object that means nothing where it is empty.
func EmptyOf(what string, want jsonbody.Type) Check {
	return func(v jsonbody.Value) (bool, *conversation.Error) {
		if v.Type() != want {
			return false, v.Want(what)
		}
		return v.IsEmpty(), nil
	}
}
