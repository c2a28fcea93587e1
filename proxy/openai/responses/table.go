package responses

import (
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
	"claude-max-api-proxy/proxy/openai"
	"claude-max-api-proxy/proxy/params"
)

// Names are what the Responses API calls its parameters. codex, its main client, tells its
// user when a plan opens again, if the error has this type.
var Names = openai.Names{Prompt: "input", Format: "text.format", Effort: "reasoning.effort", UsageLimit: "usage_limit_reached"}

// table sorts the members of a request.
var table = params.Table{
	Read: map[string]bool{
		"model": true, "input": true, "instructions": true, "stream": true,
		"previous_response_id": true, "store": true, "metadata": true,
		"max_output_tokens": true, "temperature": true, "top_p": true,
		"reasoning": true, "text": true,
		"tools": true, "tool_choice": true, "parallel_tool_calls": true,
		"background": true, "conversation": true, "prompt": true, "truncation": true,
	},
	Bookkeeping: map[string]bool{
		"client_metadata": true, // codex' name for it
		// Encrypted reasoning always comes along, and there is nothing else to include.
		"include":                true,
		"max_tool_calls":         true, // bounds OpenAI's own tools
		"prompt_cache_key":       true,
		"prompt_cache_options":   true,
		"prompt_cache_retention": true,
		"safety_identifier":      true,
		"service_tier":           true,
		"stream_options":         true, // obfuscation, which hides lengths on the way
		"user":                   true,
	},
	Ineffective: map[string]params.Check{
		"top_logprobs": func(v jsonbody.Value) (bool, *conversation.Error) {
			f, err := v.Number()
			return f == 0, err
		},
	},
}
