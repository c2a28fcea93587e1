package offline

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// chunkSize is how many bytes of a tool's input go into one delta, about.
const chunkSize = 12

func oneTool(req *Request, arg string) Reply {
	name, input, _ := strings.Cut(strings.TrimSpace(arg), " ")
	return call(req, name, strings.TrimSpace(input))
}

func twoTools(req *Request, _ string) Reply {
	second := ""
	if len(req.Tools) > 1 {
		second = req.Tools[1].Name
	}
	return Script(Text("Two things ", "at once."), call(req, "", ""), call(req, second, ""))
}

// call fills what is not given: the name of the first tool offered, "Bash" when
// there is none, and an input that its schema allows.
func call(req *Request, name, input string) Reply {
	if name == "" {
		name = "Bash"
		if len(req.Tools) > 0 {
			name = req.Tools[0].Name
		}
	}
	if input == "" {
		input = sampleInput(req, name)
	}
	return ToolUse("", name, chunks(input)...)
}

// chunks begin with an empty one, as the API's do.
func chunks(input string) []string {
	pieces := []string{""}
	for len(input) > 0 {
		n := min(chunkSize, len(input))
		for n < len(input) && !utf8.RuneStart(input[n]) {
			n++
		}
		pieces = append(pieces, input[:n])
		input = input[n:]
	}
	return pieces
}

func sampleInput(req *Request, name string) string {
	for _, t := range req.Tools {
		if t.Name == name {
			return string(sample(t.InputSchema))
		}
	}
	return `{"command":"echo offline"}`
}

// sample makes a value with a schema's required properties and nothing else.
func sample(schema json.RawMessage) json.RawMessage {
	var s struct {
		Type       any                        `json:"type"` // a name or a list of names
		Enum       []json.RawMessage          `json:"enum"`
		Properties map[string]json.RawMessage `json:"properties"`
		Required   []string                   `json:"required"`
	}
	if json.Unmarshal(schema, &s) != nil {
		return json.RawMessage(`{}`)
	}
	if len(s.Enum) > 0 {
		return s.Enum[0]
	}
	if names, ok := s.Type.([]any); ok && len(names) > 0 {
		s.Type = names[0]
	}
	switch s.Type {
	case "string":
		return json.RawMessage(`"offline"`)
	case "number", "integer":
		return json.RawMessage(`1`)
	case "boolean":
		return json.RawMessage(`true`)
	case "array":
		return json.RawMessage(`[]`)
	case "null":
		return json.RawMessage(`null`)
	}
	object := map[string]json.RawMessage{}
	for _, name := range s.Required {
		object[name] = sample(s.Properties[name])
	}
	data, err := json.Marshal(object)
	if err != nil {
		return json.RawMessage(`{}`)
	}
	return data
}
