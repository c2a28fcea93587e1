package openaitest

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
)

//go:embed testdata/openai-schema.json
var document []byte

var (
	mu       sync.Mutex
	resolved = map[string]*jsonschema.Resolved{}
)

// Validate fails the test if the body does not match the schema of that name in
// OpenAI's document, for instance "CreateChatCompletionResponse".
func Validate(t testing.TB, schemaName string, body []byte) {
	t.Helper()
	if err := Check(schemaName, body); err != nil {
		t.Errorf("not a valid %s: %v\n%s", schemaName, err, body)
	}
}

// Check is [Validate] without a test.
func Check(schemaName string, body []byte) error {
	schema, err := schemaOf(schemaName)
	if err != nil {
		return err
	}
	var instance any
	if err := json.Unmarshal(body, &instance); err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	return schema.Validate(instance)
}

// EventSchema names the schema of an event of the Responses API by its type:
// response.output_item.done has ResponseOutputItemDoneEvent.
func EventSchema(kind string) string {
	switch kind {
	case "error":
		return "ResponseErrorEvent"
	case "response.output_text.delta":
		return "ResponseTextDeltaEvent"
	case "response.output_text.done":
		return "ResponseTextDoneEvent"
	}
	var name strings.Builder
	for _, word := range strings.FieldsFunc(kind, func(c rune) bool { return c == '.' || c == '_' }) {
		name.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return name.String() + "Event"
}

func schemaOf(name string) (*jsonschema.Resolved, error) {
	mu.Lock()
	defer mu.Unlock()
	if r := resolved[name]; r != nil {
		return r, nil
	}
	var root jsonschema.Schema
	if err := json.Unmarshal(document, &root); err != nil {
		return nil, fmt.Errorf("the schema document: %w", err)
	}
	if root.Defs[name] == nil {
		return nil, fmt.Errorf("there is no schema %q; add it to subset.go", name)
	}
	root.Ref = "#/$defs/" + name
	r, err := root.Resolve(nil)
	if err != nil {
		return nil, fmt.Errorf("the schema %s: %w", name, err)
	}
	resolved[name] = r
	return r, nil
}
