package format

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"

	"github.com/google/jsonschema-go/jsonschema"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai/jsonbody"
)

// The bounds of a schema: how deep it may be, and how many schemas looking at it, each
// time that a reference leads to one, may come by.
const (
	deepest   = 100
	mostSteps = 10_000
)

// compile makes of a schema what checks values. What is wrong with it is said in our own
// words: the library's are about Go.
func compile(v jsonbody.Value) (*jsonschema.Resolved, *conversation.Error) {
	if tooDeep(v, 0) {
		return nil, v.Invalid(fmt.Sprintf("%s is nested more than %d deep.", v.Path(), deepest))
	}
	if err := walk(v, check); err != nil {
		return nil, err
	}
	var schema jsonschema.Schema
	if json.Unmarshal(v.Raw(), &schema) != nil {
		return nil, misread(v)
	}
	// The library takes "$REF" for "$ref" and merges members that stand twice. What it
	// has understood is what has to be looked at.
	understood, err := json.Marshal(&schema)
	if err != nil {
		return nil, unreadable(v)
	}
	if root, invalid := jsonbody.Parse(understood); invalid == nil { // else it is true or false
		if err := checkReferences(v, root); err != nil {
			return nil, err
		}
	}
	whole, err := schema.Resolve(nil)
	if err != nil {
		return nil, unreadable(v)
	}
	return whole, nil
}

// check looks at what stands where a schema belongs, but not at those in it.
func check(v jsonbody.Value) *conversation.Error {
	if t := v.Type(); t != jsonbody.Object && t != jsonbody.Bool {
		return v.Want("a JSON Schema: an object, true or false")
	}
	if !member(v, "$defs").IsNull() && !member(v, "definitions").IsNull() {
		return v.Invalid(v.Path() + " has both $defs and definitions, which mean the same. Put all of them into $defs.")
	}
	return checkPatterns(v)
}

// misread finds the keyword whose value cannot be read, in the innermost schema.
func misread(v jsonbody.Value) *conversation.Error {
	const longest = 1 << 20 // beyond it, reading each schema in it on its own takes too long
	if len(v.Raw()) > longest {
		return unreadable(v)
	}
	unread := func(raw []byte) bool {
		var schema jsonschema.Schema
		return json.Unmarshal(raw, &schema) != nil
	}
	err := walk(v, func(v jsonbody.Value) *conversation.Error {
		if !unread(v.Raw()) {
			return nil
		}
		for name, value := range v.Members() {
			var alone bytes.Buffer
			begin(&alone).raw(name, value)
			alone.WriteByte('}')
			if unread(alone.Bytes()) {
				return value.Invalid(value.Path() + " has a value of another type or size than JSON Schema takes there.")
			}
		}
		return unreadable(v)
	})
	return cmp.Or(err, unreadable(v))
}

func unreadable(v jsonbody.Value) *conversation.Error {
	err := v.Invalid(v.Path() + " is not a JSON Schema that can be checked.")
	err.Hint = "A validator for JSON Schema shows what is wrong with it."
	return err
}

func tooDeep(v jsonbody.Value, depth int) bool {
	if depth > deepest {
		return true
	}
	for _, value := range v.Members() {
		if tooDeep(value, depth+1) {
			return true
		}
	}
	for _, value := range v.Elements() {
		if tooDeep(value, depth+1) {
			return true
		}
	}
	return false
}
