package responses

import (
	"bytes"
	"encoding/json"

	"claude-max-api-proxy/proxy/jsonbody"
	"claude-max-api-proxy/proxy/wire"
)

// readEcho keeps what a response says back of its request and nobody else reads. What has not
// the form that OpenAI's schema wants is said back as if it had not been sent.
func (r *Request) readEcho(root jsonbody.Value) {
	members := root.Pick("metadata", "text", "tool_choice", "reasoning", "temperature", "top_p", "prompt_cache_key", "safety_identifier", "user")
	e := &r.said
	e.temperature, e.topP = 1, 1
	if f, err := members.Get("temperature").Number(); err == nil {
		e.temperature = f
	}
	if f, err := members.Get("top_p").Number(); err == nil {
		e.topP = f
	}
	text := func(name string) *string {
		if s, err := members.Get(name).Text(); err == nil {
			return &s
		}
		return nil
	}
	e.promptCacheKey, e.safetyIdentifier, e.user = text("prompt_cache_key"), text("safety_identifier"), text("user")

	e.metadata = json.RawMessage("{}")
	if v := members.Get("metadata"); v.Type() == jsonbody.Object {
		e.metadata = v.Raw()
	}
	e.toolChoice = json.RawMessage(`"auto"`)
	if v := members.Get("tool_choice"); !v.IsNull() {
		e.toolChoice = v.Raw()
	}
	if len(e.tools) == 0 {
		e.tools = []json.RawMessage{}
	}

	given := members.Get("text").Pick("format", "verbosity")
	format := json.RawMessage(`{"type":"text"}`)
	if v := given.Get("format"); v.Type() == jsonbody.Object {
		format = v.Raw()
	}
	verbosity := "medium"
	if s, err := given.Get("verbosity").Text(); err == nil {
		verbosity = s
	}
	e.text = wire.Marshal(struct {
		Format    json.RawMessage `json:"format"`
		Verbosity string          `json:"verbosity"`
	}{format, verbosity})

	reasoning := members.Get("reasoning").Pick("effort", "summary")
	orNull := func(v jsonbody.Value) json.RawMessage {
		if v.Type() != jsonbody.String {
			return json.RawMessage("null")
		}
		return v.Raw()
	}
	e.reasoning = wire.Marshal(struct {
		Effort  json.RawMessage `json:"effort"`
		Summary json.RawMessage `json:"summary"`
	}{orNull(reasoning.Get("effort")), orNull(reasoning.Get("summary"))})
}

// echoTool is a tool as it is said back: with the members that OpenAI's schema requires.
func echoTool(v jsonbody.Value, kind string) json.RawMessage {
	raw := v.Raw()
	if kind != "function" {
		return raw
	}
	for _, name := range []string{"parameters", "strict"} {
		if v.Pick(name).Get(name).Absent() {
			raw = append(append([]byte(`{"`+name+`":null,`), bytes.TrimPrefix(raw, []byte("{"))...), nil...)
		}
	}
	return raw
}
