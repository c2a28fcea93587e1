package anthropic

import (
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
	"claude-max-api-proxy/proxy/params"
)

// table sorts the members of a request.
var table = params.Table{
	Read: map[string]bool{
		"model": true, "messages": true, "system": true, "stream": true, "max_tokens": true,
		"tools": true, "tool_choice": true, "thinking": true, threadParam: true,
		"temperature": true, "top_p": true, "stop_sequences": true,
		"output_config": true, "output_format": true,
	},
	Bookkeeping: map[string]bool{
		"cache_control": true, // the CLI sets marks of its own
		"metadata":      true,
		"service_tier":  true,
	},
	Ineffective: map[string]params.Check{
		"top_k":              params.WholeNumber,
		"mcp_servers":        params.EmptyOf("an array", jsonbody.Array),
		"context_management": params.EmptyOf("an object", jsonbody.Object),
	},
}

// Param gives the API's name of a parameter of the neutral model, whose names are nearly
// the API's own.
func Param(name string) string {
	if name == conversation.EffortParam {
		return effortPath
	}
	return name
}
