package chat

import (
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
	"claude-max-api-proxy/proxy/openai"
	"claude-max-api-proxy/proxy/params"
)

// Names are what chat completions call their parameters.
var Names = openai.Names{Prompt: "messages", Stop: "stop", Format: "response_format", Effort: "reasoning_effort"}

// table sorts the members of a request.
var table = params.Table{
	Read: map[string]bool{
		"model": true, "messages": true, "stream": true, "stream_options": true,
		"max_tokens": true, "max_completion_tokens": true, "n": true,
		"tools": true, "tool_choice": true, "parallel_tool_calls": true,
		"functions": true, "function_call": true,
		"temperature": true, "top_p": true, "stop": true, "reasoning_effort": true,
		"response_format": true,
	},
	Bookkeeping: map[string]bool{
		"metadata":               true,
		"prediction":             true, // makes OpenAI's answers faster, not different
		"prompt_cache_key":       true,
		"prompt_cache_options":   true,
		"prompt_cache_retention": true,
		"safety_identifier":      true,
		"service_tier":           true,
		"store":                  true,
		"user":                   true,
	},
	Ineffective: map[string]params.Check{
		"presence_penalty":  params.NumberLike(0),
		"frequency_penalty": params.NumberLike(0),
		"seed":              params.WholeNumber,
		"top_logprobs":      params.WholeNumber,
		"logprobs":          params.BoolLike(false),
		"logit_bias":        params.EmptyOf("an object", jsonbody.Object),

		"verbosity":  params.StringLike("medium"),
		"modalities": modalitiesLike,
	},
}

func modalitiesLike(v jsonbody.Value) (bool, *conversation.Error) {
	if v.Type() != jsonbody.Array {
		return false, v.Want("an array")
	}
	for _, element := range v.Elements() {
		s, err := element.Text()
		if err != nil || s != "text" {
			return false, err
		}
	}
	return true, nil
}
