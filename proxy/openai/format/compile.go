package format

import (
	"encoding/json"

	"github.com/google/jsonschema-go/jsonschema"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
	"claude-max-api-proxy/proxy/schema"
)

// mostSteps bounds how many schemas looking at one may come by, each time that a reference
// leads to one.
const mostSteps = 10_000

// compile makes of a schema what checks values. What is wrong with it is said in our own
// words: the library's are about Go.
func compile(v jsonbody.Value) (*jsonschema.Resolved, *conversation.Error) {
	if err := schema.Check(v); err != nil {
		return nil, err
	}
	if err := walk(v, check); err != nil {
		return nil, err
	}
	var read jsonschema.Schema
	if json.Unmarshal(v.Raw(), &read) != nil {
		return nil, unreadable(v)
	}
	// The library takes "$REF" for "$ref" and merges members that stand twice. What it
	// has understood is what has to be looked at.
	understood, err := json.Marshal(&read)
	if err != nil {
		return nil, unreadable(v)
	}
	if root, invalid := jsonbody.Parse(understood); invalid == nil { // else it is true or false
		if err := checkReferences(v, root); err != nil {
			return nil, err
		}
	}
	whole, err := read.Resolve(nil)
	if err != nil {
		return nil, unreadable(v)
	}
	return whole, nil
}

// check looks at what JSON Schema allows and the library does not, in one schema.
func check(v jsonbody.Value) *conversation.Error {
	if !member(v, "$defs").IsNull() && !member(v, "definitions").IsNull() {
		return v.Invalid(v.Path() + " has both $defs and definitions, which mean the same. Put all of them into $defs.")
	}
	return checkPatterns(v)
}

func unreadable(v jsonbody.Value) *conversation.Error {
	err := v.Invalid(v.Path() + " is not a JSON Schema that can be checked.")
	err.Hint = "A validator for JSON Schema shows what is wrong with it."
	return err
}
