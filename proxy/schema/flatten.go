package schema

import (
	"encoding/json"
	"fmt"
	"slices"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
	"claude-max-api-proxy/proxy/wire"
)

// mostSteps bounds how many schemas flattening looks at, each time that a reference
// leads to one.
const mostSteps = 10_000

// flatten gives a schema without alternatives at its root that allows whatever the whole
// one does, and the alternatives in words.
func flatten(root jsonbody.Value) (json.RawMessage, string, *conversation.Error) {
	f := flattener{root: root, schemas: map[string][]string{}, optional: map[string]bool{}}
	f.note(root)
	f.own = len(f.names)
	required := f.gather(root)
	switch {
	case f.steps > mostSteps:
		return nil, "", root.Invalid(root.Path() + " has too many alternatives.")
	case f.unfit.Path() != "":
		return nil, "", unfitName(f.unfit)
	}

	var out, alternatives object
	out.add("type", []byte(`"object"`))
	out.add("properties", f.properties())
	if len(required) > 0 {
		out.add("required", wire.Marshal(required))
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
	root    jsonbody.Value
	names   []string            // of the properties, as they come
	own     int                 // how many of them are the root's own: what it says of them holds
	schemas map[string][]string // of each property, all different
	// optional are properties of which something else may hold: they come in an
	// alternative.
	optional map[string]bool
	choosing int            // how many choices between alternatives are open
	open     []string       // references that are being followed
	unfit    jsonbody.Value // a property that upstream does not take
	steps    int
}

// note takes over a schema's own properties.
func (f *flattener) note(v jsonbody.Value) {
	for name, member := range v.Members() {
		if name != "properties" {
			continue
		}
		for name, property := range member.Members() {
			known := slices.Index(f.names, name)
			switch {
			case known >= 0 && known < f.own:
				continue
			case known < 0:
				f.names = append(f.names, name)
			}
			if !propertyName.MatchString(name) {
				f.unfit = property
			}
			f.optional[name] = f.optional[name] || f.choosing > 0
			if s := objectFor(property); !slices.Contains(f.schemas[name], s) {
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

// gather notes the properties of a schema's alternatives, and gives the names that
// every object has that satisfies it.
func (f *flattener) gather(v jsonbody.Value) (required []string) {
	if f.steps++; f.steps > mostSteps {
		return nil
	}
	for name, member := range v.Members() {
		var more []string
		switch name {
		case "required":
			for _, e := range member.Elements() {
				text, _ := e.Text() // checked
				more = append(more, text)
			}
		case "$ref":
			path, _ := member.Text() // checked
			target, ok := Resolve(f.root, path)
			if !ok || slices.Contains(f.open, path) {
				continue
			}
			f.open = append(f.open, path)
			more = f.alternative(target)
			f.open = f.open[:len(f.open)-1]
		case "allOf":
			for _, e := range member.Elements() {
				more = append(more, f.alternative(e)...)
			}
		case "anyOf", "oneOf":
			f.choosing++
			for i, e := range member.Elements() {
				names := f.alternative(e)
				if i == 0 {
					more = names
				}
				more = slices.DeleteFunc(more, func(n string) bool { return !slices.Contains(names, n) })
			}
			f.choosing--
		}
		for _, n := range more {
			if !slices.Contains(required, n) {
				required = append(required, n)
			}
		}
	}
	return required
}

// alternative is gather for what is not the root.
func (f *flattener) alternative(v jsonbody.Value) (required []string) {
	f.note(v)
	return f.gather(v)
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
