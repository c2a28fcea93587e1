package schema

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
)

// deepest bounds how deep a schema may be nested.
const deepest = 100

// Check says what in the schema is not JSON Schema, draft 2020-12. Keywords that the
// draft does not know may have any value, as it says itself.
func Check(v jsonbody.Value) *conversation.Error {
	err := plain(v, 0)
	if err == nil {
		err = check(v)
	}
	if err != nil && err.Hint == "" {
		err.Hint = "Schemas are JSON Schema, draft 2020-12: https://json-schema.org/draft/2020-12."
	}
	return err
}

// plain keeps to JSON that the CLI passes on. Numbers go through JavaScript's, which has 53
// bits for whole ones.
func plain(v jsonbody.Value, depth int) *conversation.Error {
	if depth > deepest {
		return v.Invalid(fmt.Sprintf("%s is nested too deeply: %d levels are allowed.", v.Path(), deepest))
	}
	if v.Type() == jsonbody.Number {
		if _, err := v.Number(); err != nil {
			return v.Want("a number that 64 bits can hold")
		}
	}
	for name, member := range v.Members() {
		if name == "__proto__" { // the CLI is written in JavaScript
			return member.Invalid(member.Path() + ` cannot be passed on: the Claude Code CLI loses members of the name "__proto__".`)
		}
		if err := plain(member, depth+1); err != nil {
			return err
		}
	}
	for _, element := range v.Elements() {
		if err := plain(element, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// check goes through a schema and all that are in it.
func check(v jsonbody.Value) *conversation.Error {
	switch v.Type() {
	case jsonbody.Bool:
		return nil
	case jsonbody.Object:
	default:
		return v.Want("a JSON Schema: an object, true or false")
	}
	for name, member := range v.Members() {
		if err := keyword(name, member); err != nil {
			return err
		}
	}
	return nil
}

// keyword checks a member of a schema.
func keyword(name string, v jsonbody.Value) *conversation.Error {
	switch name {
	case "additionalProperties", "unevaluatedProperties", "propertyNames", "unevaluatedItems", "contains",
		"not", "if", "then", "else", "contentSchema":
		return check(v)
	case "items":
		if v.Type() == jsonbody.Array {
			return v.Want("one JSON Schema for all elements; those of a tuple are prefixItems")
		}
		return check(v)
	case "allOf", "anyOf", "oneOf", "prefixItems":
		return each(v, "a list of at least one JSON Schema", 1, check)
	case "properties", "patternProperties", "$defs", "definitions", "dependentSchemas":
		return members(v, check)
	case "dependentRequired":
		return members(v, names)
	case "dependencies":
		return members(v, func(v jsonbody.Value) *conversation.Error {
			if v.Type() == jsonbody.Array {
				return names(v)
			}
			return check(v)
		})
	case "type":
		return types(v)
	case "required":
		return names(v)
	case "enum", "examples":
		return each(v, "a list of values", 0, func(jsonbody.Value) *conversation.Error { return nil })
	case "minLength", "maxLength", "minItems", "maxItems", "minContains", "maxContains", "minProperties", "maxProperties":
		n, err := v.Number()
		if err != nil || n < 0 || n != math.Trunc(n) {
			return v.Want("a whole number of at least 0")
		}
	case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum":
		if v.Type() == jsonbody.Bool {
			return v.Want("a number, the bound itself")
		}
		_, err := v.Number()
		return err
	case "multipleOf":
		if n, err := v.Number(); err != nil || n <= 0 {
			return v.Want("a number above 0")
		}
	case "uniqueItems", "deprecated", "readOnly", "writeOnly":
		_, err := v.Bool()
		return err
	case "title", "description", "format", "pattern", "contentEncoding", "contentMediaType",
		"$comment", "$schema", "$id", "$ref", "$anchor", "$dynamicRef", "$dynamicAnchor":
		_, err := v.Text()
		return err
	}
	return nil
}

// each checks a list of at least so many elements.
func each(v jsonbody.Value, what string, least int, element func(jsonbody.Value) *conversation.Error) *conversation.Error {
	if v.Type() != jsonbody.Array || least > 0 && v.IsEmpty() {
		return v.Want(what)
	}
	for _, e := range v.Elements() {
		if err := element(e); err != nil {
			return err
		}
	}
	return nil
}

// members checks the members of an object.
func members(v jsonbody.Value, member func(jsonbody.Value) *conversation.Error) *conversation.Error {
	if v.Type() != jsonbody.Object {
		return v.Want("an object")
	}
	for _, m := range v.Members() {
		if err := member(m); err != nil {
			return err
		}
	}
	return nil
}

// names checks a list of properties' names.
func names(v jsonbody.Value) *conversation.Error {
	seen := map[string]bool{}
	return each(v, "a list of names", 0, func(v jsonbody.Value) *conversation.Error {
		name, err := v.Text()
		if err == nil && seen[name] {
			return v.Invalid(v.Path() + " is a name that stands there already.")
		}
		seen[name] = true
		return err
	})
}

var simpleTypes = []string{"array", "boolean", "integer", "null", "number", "object", "string"}

func types(v jsonbody.Value) *conversation.Error {
	if v.Type() != jsonbody.Array {
		return simpleType(v)
	}
	if err := names(v); err != nil {
		return err
	}
	return each(v, "a type, or a list of at least one", 1, simpleType)
}

func simpleType(v jsonbody.Value) *conversation.Error {
	if name, _ := v.Text(); !slices.Contains(simpleTypes, name) {
		return v.WantWord("one of the types " + strings.Join(simpleTypes, ", "))
	}
	return nil
}
