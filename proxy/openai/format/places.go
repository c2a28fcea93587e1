package format

import (
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
)

// place says how further schemas stand under a keyword. What stands under the others is
// data, as under enum and default, whatever it looks like.
type place int

const (
	itself place = iota + 1 // the value is a schema
	listed                  // its elements are
	named                   // its members are
)

var places = map[string]place{
	"not": itself, "if": itself, "then": itself, "else": itself,
	"items": itself, "unevaluatedItems": itself, "contains": itself,
	"additionalProperties": itself, "unevaluatedProperties": itself, "propertyNames": itself,
	"contentSchema": itself,

	"allOf": listed, "anyOf": listed, "oneOf": listed, "prefixItems": listed,

	"properties": named, "patternProperties": named, "$defs": named, "definitions": named,
	"dependentSchemas": named, "dependencies": named,
}

// walk visits a schema and every other one in it, the inner ones first, until one has
// a mistake.
func walk(v jsonbody.Value, visit func(jsonbody.Value) *conversation.Error) *conversation.Error {
	for keyword, value := range v.Members() {
		switch places[keyword] {
		case itself:
			if err := walk(value, visit); err != nil {
				return err
			}
		case listed:
			for _, element := range value.Elements() {
				if err := walk(element, visit); err != nil {
					return err
				}
			}
		case named:
			for _, member := range value.Members() {
				if keyword == "dependencies" && member.Type() == jsonbody.Array {
					continue // names of properties
				}
				if err := walk(member, visit); err != nil {
					return err
				}
			}
		}
	}
	return visit(v)
}
