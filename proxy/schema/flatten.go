package schema

import (
	"encoding/json"
	"fmt"
	"slices"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
	"claude-max-api-proxy/proxy/wire"
)

// Bounds of flattening. A reference leads to the same schema as often as it is followed, so
// a small schema can be much work.
const (
	// mostSteps bounds how many schemas it looks at.
	mostSteps = 10_000
	// mostWork bounds how many bytes those have together that references lead to.
	mostWork = 8 << 20
)

// flatten gives a schema without alternatives at its root that allows whatever the whole
// one does, and the alternatives in words.
func flatten(root jsonbody.Value) (json.RawMessage, string, *conversation.Error) {
	f := flattener{
		references: NewReferences(root), at: map[string]int{},
		schemas: map[string][]string{}, said: map[[2]string]bool{}, optional: map[string]bool{}, open: map[string]bool{},
	}
	f.note(root)
	f.own = len(f.names)
	required := newNameList()
	f.gather(root, required)
	switch {
	case f.exhausted():
		return nil, "", root.Invalid(root.Path() + " has too many alternatives.")
	case f.unfit.Path() != "":
		return nil, "", unfitName(f.unfit)
	}

	var out, alternatives object
	out.add("type", []byte(`"object"`))
	out.add("properties", f.properties())
	if len(required.list) > 0 {
		out.add("required", wire.Marshal(required.list))
	}
	for name, member := range root.Members() {
		switch name {
		case "type", "properties", "required":
		case "anyOf", "oneOf", "allOf", "$ref":
			alternatives.add(name, member.Raw())
		default:
			out.add(name, member.Raw())
		}
	}
	if alternatives.empty() {
		return out.bytes(), "", nil
	}
	return out.bytes(), fmt.Sprintf("The arguments also have to satisfy this JSON Schema, whose references are those of the parameters: %s", alternatives.bytes()), nil
}

// flattener collects what a schema and its alternatives say of an object's properties.
type flattener struct {
	references References
	names      []string            // of the properties, as they come
	at         map[string]int      // where in names each is
	own        int                 // how many of them are the root's own: what it says of them holds
	schemas    map[string][]string // of each property, all different
	said       map[[2]string]bool  // a property's name and one of its schemas
	// optional are properties of which something else may hold: they come in an
	// alternative.
	optional map[string]bool
	choosing int             // how many choices between alternatives are open
	open     map[string]bool // references that are being followed
	unfit    jsonbody.Value  // a property that upstream does not take
	steps    int
	work     int
}

// exhausted says that a bound is reached: nothing that is still found counts.
func (f *flattener) exhausted() bool { return f.steps > mostSteps || f.work > mostWork }

// spend counts work that is done as often as a reference leads to it.
func (f *flattener) spend(bytes int) {
	if len(f.open) > 0 {
		f.work += bytes
	}
}

// note takes over a schema's own properties.
func (f *flattener) note(v jsonbody.Value) {
	for name, member := range v.Members() {
		if name != "properties" {
			continue
		}
		for name, property := range member.Members() {
			known, ok := f.at[name]
			switch {
			case ok && known < f.own:
				continue
			case !ok:
				f.at[name] = len(f.names)
				f.names = append(f.names, name)
			}
			if !propertyName.MatchString(name) {
				f.unfit = property
			}
			f.optional[name] = f.optional[name] || f.choosing > 0
			if s := objectFor(property); !f.said[[2]string{name, s}] {
				f.said[[2]string{name, s}] = true
				f.schemas[name] = append(f.schemas[name], s)
			}
		}
	}
}

// objectFor is a schema as an object, also where it is true or false.
func objectFor(v jsonbody.Value) string {
	if v.Type() != jsonbody.Bool {
		return string(v.Raw())
	}
	if all, _ := v.Bool(); all {
		return "{}"
	}
	return `{"not":{}}`
}

// gather notes the properties of a schema's alternatives, and adds the names that every
// object has that satisfies it.
func (f *flattener) gather(v jsonbody.Value, required *nameList) {
	f.steps++
	f.spend(len(v.Raw()))
	for name, member := range v.Members() {
		if f.exhausted() {
			return
		}
		switch name {
		case "required":
			for _, e := range member.Elements() {
				text, _ := e.Text() // checked
				required.add(text)
			}
		case "$ref":
			path, _ := member.Text() // checked
			target, ok := f.references.Resolve(path)
			if !ok || f.open[path] {
				continue
			}
			f.open[path] = true
			f.alternative(target, required)
			delete(f.open, path)
		case "allOf":
			for _, e := range member.Elements() {
				f.alternative(e, required)
			}
		case "anyOf", "oneOf":
			f.choosing++
			required.add(f.common(member)...)
			f.choosing--
		}
	}
}

// common notes the properties of the schemas between which there is a choice, and gives the
// names that every object has that satisfies any of them.
func (f *flattener) common(choice jsonbody.Value) (required []string) {
	for i, e := range choice.Elements() {
		if f.exhausted() {
			return nil
		}
		names := newNameList()
		f.alternative(e, names)
		if i == 0 {
			required = names.list
		} else {
			required = slices.DeleteFunc(required, func(n string) bool { return !names.has[n] })
		}
		for _, n := range required {
			f.spend(len(n) + perName)
		}
	}
	return required
}

// perName is what a name from a choice costs besides its bytes, in bytes of a schema: it
// is looked up once more.
const perName = 16

// alternative is gather for what is not the root.
func (f *flattener) alternative(v jsonbody.Value, required *nameList) {
	if f.exhausted() {
		return
	}
	f.note(v)
	f.gather(v, required)
}

// nameList has names that are all different, in the order in which they came.
type nameList struct {
	list []string
	has  map[string]bool
}

func newNameList() *nameList { return &nameList{has: map[string]bool{}} }

func (n *nameList) add(more ...string) {
	for _, name := range more {
		if !n.has[name] {
			n.has[name] = true
			n.list = append(n.list, name)
		}
	}
}

// properties gives all that were noted. One of which different things are said has to be
// all of them, or any where they come in alternatives.
func (f *flattener) properties() []byte {
	var out object
	for _, name := range f.names {
		all := f.schemas[name]
		if len(all) == 1 {
			out.add(name, []byte(all[0]))
			continue
		}
		var list []json.RawMessage
		for _, s := range all {
			list = append(list, json.RawMessage(s))
		}
		how := "allOf"
		if f.optional[name] {
			how = "anyOf"
		}
		out.add(name, wire.Marshal(map[string]any{how: list}))
	}
	return out.bytes()
}
