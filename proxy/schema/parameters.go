package schema

import (
	"bytes"
	"encoding/json"
	"regexp"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
)

// propertyName is what upstream lets a function's argument be called.
var propertyName = regexp.MustCompile(`^[a-zA-Z0-9_.-]{1,64}$`)

// nothing is the schema of a function without arguments.
const nothing = `{"type":"object","properties":{}}`

// Parameters reads the schema of a function's arguments, and gives it as it was sent, apart
// from what upstream or the CLI would not take:
//
//   - it says that it is about an object, which OpenAI does not ask for;
//   - an argument's schema is an object: {} for true, {"not":{}} for false;
//   - anyOf, oneOf, allOf and $ref at the root become one list of properties that allows
//     at least as much. What this leaves unsaid is in words, which belong at the end
//     of the function's description; "" for none.
func Parameters(v jsonbody.Value) (schema json.RawMessage, words string, err *conversation.Error) {
	switch {
	case v.IsNull(), v.Type() == jsonbody.Object && v.IsEmpty():
		return json.RawMessage(nothing), "", nil
	case v.Type() != jsonbody.Object:
		return nil, "", v.Want("an object, a JSON Schema")
	}
	if err := Check(v); err != nil {
		return nil, "", err
	}
	var typed, union, booleans bool
	for name, member := range v.Members() {
		switch name {
		case "type":
			typed = true
			if kind, err := member.Text(); err != nil || kind != "object" {
				return nil, "", member.Want(`"object": a function's arguments have names`)
			}
		case "properties":
			for name, property := range member.Members() {
				booleans = booleans || property.Type() == jsonbody.Bool
				if !propertyName.MatchString(name) {
					return nil, "", unfitName(property)
				}
			}
		case "anyOf", "oneOf", "allOf", "$ref":
			union = true
		}
	}
	switch {
	case union, booleans:
		return flatten(v)
	case typed:
		return v.Raw(), "", nil
	default:
		return append([]byte(`{"type":"object",`), bytes.TrimPrefix(v.Raw(), []byte("{"))...), "", nil
	}
}

func unfitName(property jsonbody.Value) *conversation.Error {
	err := property.Invalid(property.Path() + " has a name that Anthropic does not take for an argument.")
	err.Hint = "Rename it: 1 to 64 letters, digits, '_', '.' and '-' are allowed."
	return err
}
