package format

import (
	"encoding/json"
	"regexp"

	"github.com/google/jsonschema-go/jsonschema"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
)

// Format is a form of JSON that an answer must have.
type Format struct {
	// Schema is for upstream to enforce; nil when it cannot.
	Schema json.RawMessage
	// Instruction belongs at the end of the system prompt; "" when Schema does it.
	Instruction string

	whole *jsonschema.Resolved // nil for any object
}

const onlyJSON = " and with nothing else: no text before or after it, no code fence."

var goodName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

// Read reads the value of response_format, as chat completions have it; nil for text:
//
//	{"type": "json_schema", "json_schema": {"name": …, "schema": …}}
func Read(v jsonbody.Value) (*Format, *conversation.Error) {
	return readAs(v, member(v, "json_schema"))
}

// ReadFlat reads the value of text.format, as the Responses API has it; nil for text:
//
//	{"type": "json_schema", "name": …, "schema": …}
func ReadFlat(v jsonbody.Value) (*Format, *conversation.Error) { return readAs(v, v) }

func readAs(v, named jsonbody.Value) (*Format, *conversation.Error) {
	const kinds = "text, json_object or json_schema"
	if v.IsNull() {
		return nil, nil
	}
	if v.Type() != jsonbody.Object {
		return nil, v.Want("an object")
	}
	kind := member(v, "type")
	switch word, _ := kind.Text(); word {
	case "text":
		return nil, nil
	case "json_object":
		return &Format{Instruction: "Answer with one JSON object" + onlyJSON}, nil
	case "json_schema":
		return readSchema(named)
	default:
		return nil, kind.WantWord(kinds)
	}
}

func readSchema(v jsonbody.Value) (*Format, *conversation.Error) {
	if v.Type() != jsonbody.Object {
		return nil, v.Want("an object with name and schema")
	}
	name := member(v, "name")
	if text, err := name.Text(); err != nil || !goodName.MatchString(text) {
		return nil, name.Want("a name of 1 to 64 letters, digits, _ and -")
	}
	// Strict or not, the answer is held to the schema.
	if strict := member(v, "strict"); !strict.IsNull() {
		if _, err := strict.Bool(); err != nil {
			return nil, err
		}
	}
	schema := member(v, "schema")
	if schema.Type() != jsonbody.Object {
		return nil, schema.Want("an object: a JSON Schema")
	}
	whole, err := compile(schema)
	if err != nil {
		return nil, err
	}
	f := &Format{whole: whole}
	if reduced, ok := reduce(schema); ok {
		f.Schema = reduced
	} else {
		f.Instruction = "Answer with one JSON value that satisfies the JSON Schema below" + onlyJSON + "\n" + string(schema.Raw())
	}
	return f, nil
}

// member is the last member of that name; when absent, it still has a path.
func member(v jsonbody.Value, name string) jsonbody.Value {
	found := v.At(name)
	for n, m := range v.Members() {
		if n == name {
			found = m
		}
	}
	return found
}
