package responses

import (
	"bytes"
	"encoding/json"
	"slices"

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
	if v := members.Get("metadata"); onlyTexts(v) {
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
	if s, err := given.Get("verbosity").Text(); err == nil && slices.Contains(verbosities, s) {
		verbosity = s
	}
	e.text = wire.Marshal(struct {
		Format    json.RawMessage `json:"format"`
		Verbosity string          `json:"verbosity"`
	}{format, verbosity})

	reasoning := members.Get("reasoning").Pick("effort", "summary")
	oneOf := func(v jsonbody.Value, known []string) json.RawMessage {
		if s, err := v.Text(); err != nil || !slices.Contains(known, s) {
			return json.RawMessage("null")
		}
		return v.Raw()
	}
	e.reasoning = wire.Marshal(struct {
		Effort  json.RawMessage `json:"effort"`
		Summary json.RawMessage `json:"summary"`
	}{oneOf(reasoning.Get("effort"), efforts), oneOf(reasoning.Get("summary"), summaries)})
}

// The words that OpenAI's schema has.
var (
	verbosities = []string{"low", "medium", "high"}
	efforts     = []string{"none", "minimal", "low", "medium", "high", "xhigh", "max"}
	summaries   = []string{"auto", "concise", "detailed"}
)

// onlyTexts says whether a value is an object whose members are all strings.
func onlyTexts(v jsonbody.Value) bool {
	for _, member := range v.Members() {
		if member.Type() != jsonbody.String {
			return false
		}
	}
	return v.Type() == jsonbody.Object
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
