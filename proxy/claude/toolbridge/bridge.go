package toolbridge

import (
	"encoding/json"

	"claude-max-api-proxy/proxy/conversation"
)

// Server is the name that the CLI knows the server by. It is no part of the tools'
// names.
const Server = "c"

// LongestResult bounds the texts of all results that are given to one answer's calls, in
// bytes. The CLI writes longer ones to files; 200 KB were seen to arrive unchanged.
const LongestResult = 100_000

// Bridge offers the tools of one conversation. It does not change, and may be used by
// any number of goroutines.
type Bridge struct{ tools []tool }

// tool is an MCP tool.
type tool struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	InputSchema json.RawMessage `json:"inputSchema"`
	Annotations annotations     `json:"annotations"`
	Meta        meta            `json:"_meta"`
}

// annotations let the CLI treat several calls alike; without them it would hold back
// all but the first.
type annotations struct {
	ReadOnly bool `json:"readOnlyHint"`
}

// meta is for the CLI alone and does not go upstream.
type meta struct {
	// MaxResult is how many characters of a result reach the model as they are; of
	// what is longer the CLI would make a file and a preview.
	MaxResult int `json:"anthropic/maxResultSizeChars"`
}

// New offers the tools.
func New(tools []conversation.Tool) *Bridge {
	b := &Bridge{tools: []tool{}}
	for _, t := range tools {
		b.tools = append(b.tools, tool{t.Name, t.Description, t.Schema, annotations{true}, meta{2 * LongestResult}})
	}
	return b
}

// request is a JSON-RPC message of the CLI's.
type request struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params struct {
		ProtocolVersion string `json:"protocolVersion"`
		Meta            struct {
			ToolUseID string `json:"claudecode/toolUseId"`
		} `json:"_meta"`
	} `json:"params"`
}

// response is a JSON-RPC answer.
type response struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Result  any             `json:"result,omitempty"`
	Error   *rpcError       `json:"error,omitempty"`
}

type rpcError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// The JSON-RPC codes that are used.
const (
	invalidRequest = -32600
	methodNotFound = -32601
)

// Call is a call of a tool that waits for its result.
type Call struct {
	// ID is the model's id of the call.
	ID string

	request json.RawMessage // the id of the JSON-RPC request
}

// Result answers the call with a result of these texts, one block each.
func (c Call) Result(texts []string) any {
	type block struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	blocks := []block{}
	for _, t := range texts {
		blocks = append(blocks, block{"text", t})
	}
	return response{Version: "2.0", ID: c.request, Result: map[string]any{"content": blocks}}
}

// Answer gives the answer to a message. A call of a tool has none, and is returned in
// its place.
func (b *Bridge) Answer(message json.RawMessage) (answer any, call *Call) {
	var r request
	if err := json.Unmarshal(message, &r); err != nil {
		return response{Version: "2.0", ID: json.RawMessage("null"), Error: &rpcError{invalidRequest, "not a request"}}, nil
	}
	a := response{Version: "2.0", ID: r.ID}
	if len(a.ID) == 0 {
		a.ID = json.RawMessage("0") // a notification, which the CLI wants to have answered, too
	}
	switch r.Method {
	case "initialize":
		a.Result = map[string]any{
			"protocolVersion": r.Params.ProtocolVersion,
			"capabilities":    map[string]any{"tools": map[string]any{}},
			"serverInfo":      map[string]any{"name": Server, "version": "1"},
		}
	case "tools/list":
		a.Result = map[string]any{"tools": b.tools}
	case "tools/call":
		return nil, &Call{ID: r.Params.Meta.ToolUseID, request: a.ID}
	case "notifications/initialized", "ping":
		a.Result = map[string]any{}
	default:
		a.Error = &rpcError{methodNotFound, "there is no such method"}
	}
	return a, nil
}
