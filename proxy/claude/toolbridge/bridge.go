package toolbridge

import (
	"encoding/json"

	"claude-max-api-proxy/proxy/conversation"
)

// Server is the name that the CLI knows the server by. It is no part of the tools'
// names.
const Server = "c"

// Bridge offers the tools of one conversation. It does not change, and may be used by
// any number of goroutines.
type Bridge struct{ tools []tool }

// tool is an MCP tool.
type tool struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	InputSchema json.RawMessage `json:"inputSchema"`
	Annotations annotations     `json:"annotations"`
}

// annotations let the CLI treat several calls alike; without them it would hold back
// all but the first.
type annotations struct {
	ReadOnly bool `json:"readOnlyHint"`
}

// New offers the tools.
func New(tools []conversation.Tool) *Bridge {
	b := &Bridge{tools: []tool{}}
	for _, t := range tools {
		b.tools = append(b.tools, tool{t.Name, t.Description, t.Schema, annotations{true}})
	}
	return b
}

// request is a JSON-RPC message of the CLI's.
type request struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params struct {
		ProtocolVersion string `json:"protocolVersion"`
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

// Answer gives the answer to a message. ok is false for a call of a tool, which stays
// without one.
func (b *Bridge) Answer(message json.RawMessage) (answer any, ok bool) {
	var r request
	if err := json.Unmarshal(message, &r); err != nil {
		return response{Version: "2.0", ID: json.RawMessage("null"), Error: &rpcError{invalidRequest, "not a request"}}, true
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
		return nil, false
	case "notifications/initialized", "ping":
		a.Result = map[string]any{}
	default:
		a.Error = &rpcError{methodNotFound, "there is no such method"}
	}
	return a, true
}
