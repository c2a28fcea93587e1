package format

import (
	"bytes"
	"encoding/json"
	"strings"

	"claude-max-api-proxy/proxy/jsonbody"
	"claude-max-api-proxy/proxy/schema"
)

// formats are the values of "format" that Anthropic knows.
var formats = map[string]bool{
	"date-time": true, "time": true, "date": true, "duration": true, "email": true,
	"hostname": true, "uri": true, "ipv4": true, "ipv6": true, "uuid": true,
}

// reduce gives the schema that upstream can enforce: every value that it allows and the
// whole schema's other constraints allow is right. Members keep their order, which is
// the order in which the model writes. ok is false where there is no such schema.
func reduce(whole jsonbody.Value) (reduced json.RawMessage, ok bool) {
	var out bytes.Buffer
	r := reducer{out: &out, references: schema.NewReferences(whole), behind: map[string]int{}}
	if !isObject(r.references, whole) || !r.schema(whole) {
		return nil, false
	}
	return out.Bytes(), true
}

// isObject says that a schema is about an object, by itself or by what it refers to. That
// references lead somewhere, and not in circles, has been checked.
func isObject(references schema.References, v jsonbody.Value) bool {
	path, err := member(v, "$ref").Text()
	if err != nil {
		return string(member(v, "type").Raw()) == `"object"`
	}
	target, ok := references.Resolve(path)
	return ok && isObject(references, target)
}

type reducer struct {
	out        *bytes.Buffer
	references schema.References
	steps      int // how many schemas there are, each as often as a reference leads to it
	// behind has how many of them each reference leads to, by its path. Those that are being
	// followed have open.
	behind map[string]int
}

func (r *reducer) schema(v jsonbody.Value) bool {
	if r.steps++; r.steps > mostSteps || v.Type() != jsonbody.Object { // true, or false
		return false
	}
	var object, properties, closed, combined bool
	m := begin(r.out)
	for name, value := range v.Members() {
		switch name {
		case "type":
			object = object || strings.Contains(string(value.Raw()), `"object"`)
			m.raw(name, value)
		case "enum", "const", "required", "description", "title", "default":
			m.raw(name, value)
		case "format":
			if text, err := value.Text(); err == nil && formats[text] {
				m.raw(name, value)
			}
		case "minItems":
			if n, err := value.Number(); err == nil && n <= 1 {
				m.raw(name, value)
			}
		case "additionalProperties":
			if string(value.Raw()) != "false" {
				return false // members of any name
			}
			closed = true
		case "properties", "$defs", "definitions":
			properties = properties || name == "properties"
			object = object || properties
			m.name(name)
			if !r.schemas(value) {
				return false
			}
		case "items":
			m.name(name)
			if !r.schema(value) {
				return false
			}
		case "anyOf", "oneOf", "allOf":
			combined = true
			if name == "oneOf" {
				name = "anyOf" // that it is one only is checked here
			}
			if name == "allOf" && several(value) {
				return false // each would be closed to what the others name
			}
			m.name(name)
			r.out.WriteByte('[')
			for i, element := range value.Elements() {
				if i > 0 {
					r.out.WriteByte(',')
				}
				if !r.schema(element) {
					return false
				}
			}
			r.out.WriteByte(']')
		case "$ref":
			if r.recursive(value) {
				return false
			}
			m.raw(name, value)
		}
	}
	// Closed, it would allow less than the client does: nothing at all, or none of what
	// its alternatives name.
	if object && !closed && (!properties || combined) {
		return false
	}
	if object {
		m.name("additionalProperties")
		r.out.WriteString("false")
	}
	r.out.WriteByte('}')
	return true
}

// several says whether a list has more than one element.
func several(list jsonbody.Value) bool {
	for i := range list.Elements() {
		if i > 0 {
			return true
		}
	}
	return false
}

// schemas writes an object whose members are schemas.
func (r *reducer) schemas(v jsonbody.Value) bool {
	if v.Type() != jsonbody.Object {
		return false
	}
	m := begin(r.out)
	for name, value := range v.Members() {
		m.name(name)
		if !r.schema(value) {
			return false
		}
	}
	r.out.WriteByte('}')
	return true
}

// recursive says whether a reference leads to itself, or to what cannot be reduced.
func (r *reducer) recursive(ref jsonbody.Value) bool {
	path, _ := ref.Text()
	if n, known := r.behind[path]; known {
		r.steps += n
		return n == open || r.steps > mostSteps
	}
	target, ok := r.references.Resolve(path)
	if !ok || path == "#" {
		return true
	}
	before, out := r.steps, r.out
	r.behind[path], r.out = open, new(bytes.Buffer)
	fits := r.schema(target)
	r.behind[path], r.out = r.steps-before, out
	return !fits
}

// members writes an object's members.
type members struct {
	out   *bytes.Buffer
	begun bool
}

func begin(out *bytes.Buffer) *members {
	out.WriteByte('{')
	return &members{out: out}
}

func (m *members) name(name string) {
	if m.begun {
		m.out.WriteByte(',')
	}
	m.begun = true
	quoted, _ := json.Marshal(name) // a string can always be encoded
	m.out.Write(quoted)
	m.out.WriteByte(':')
}

func (m *members) raw(name string, v jsonbody.Value) {
	m.name(name)
	m.out.Write(v.Raw())
}
