package conformance

import (
	"encoding/json"
	"testing"

	"claude-max-api-proxy/proxy/openai/openaitest"
)

// api is a protocol that the proxy speaks, with its words for the same things.
type api struct {
	name string // for people
	// short is its name in the names of scenarios, and what they are told in $API.
	short string
	// finish is why an answer ends that is complete, called why one does that ends in
	// calls. A second word is that of clients which have words of their own.
	finish, called []string
	// The errors of the scenarios with failures, in their order.
	failures              []thrown
	refused, brokenStream thrown
	// whole and chunk check bodies and what streams consist of, where there is a schema.
	whole, chunk func(t *testing.T, raw json.RawMessage)
}

var (
	chatCompletions = &api{
		name: "Chat completions", short: "chat",
		finish: []string{"stop"}, called: []string{"tool_calls"},
		failures: []thrown{
			{"RateLimitError", 429, "rate_limit_exceeded", "the plan itself is not used up", ""},
			{"RateLimitError", 429, "usage_limit_reached", "it resets at", ""},
			{"AuthenticationError", 401, "sign_in_needed", "claude auth login", ""},
			{"BadRequestError", 400, "context_length_exceeded", "Shorten or compact", "messages"},
		},
		refused:      thrown{"UnprocessableEntityError", 422, "format_not_met", "is not JSON", "response_format"},
		brokenStream: thrown{"APIError", 0, "upstream_error", "the request again", ""},
		whole:        schema("CreateChatCompletionResponse"),
		chunk:        schema("CreateChatCompletionStreamResponse"),
	}
	responsesAPI = &api{
		name: "Responses", short: "responses",
		finish: []string{"completed", "stop"}, called: []string{"completed", "tool-calls"},
		failures: []thrown{
			{"RateLimitError", 429, "rate_limit_exceeded", "the plan itself is not used up", ""},
			{"RateLimitError", 429, "usage_limit_reached", "it resets at", ""},
			{"AuthenticationError", 401, "sign_in_needed", "claude auth login", ""},
			{"BadRequestError", 400, "context_length_exceeded", "Shorten or compact", "input"},
		},
		refused:      thrown{"UnprocessableEntityError", 422, "format_not_met", "is not JSON", "text.format"},
		brokenStream: thrown{"APIError", 0, "upstream_error", "the request again", ""},
		whole:        schema("Response"),
		chunk: func(t *testing.T, raw json.RawMessage) {
			var event struct{ Type string }
			if err := json.Unmarshal(raw, &event); err != nil {
				t.Errorf("no event: %v", err)
				return
			}
			openaitest.Validate(t, openaitest.EventSchema(event.Type), raw)
		},
	}
	messagesAPI = &api{
		name: "Messages", short: "messages",
		finish: []string{"end_turn"}, called: []string{"tool_use"},
		failures: []thrown{
			{"RateLimitError", 429, "rate_limit_error", "the plan itself is not used up", ""},
			{"RateLimitError", 429, "rate_limit_error", "it resets at", ""},
			{"AuthenticationError", 401, "authentication_error", "claude auth login", ""},
			{"BadRequestError", 400, "invalid_request_error", "Shorten or compact", ""},
		},
		brokenStream: thrown{"APIError", 0, "api_error", "the request again", ""},
	}

	// apis are in the table's order.
	apis = []*api{chatCompletions, responsesAPI, messagesAPI}
)

func schema(name string) func(*testing.T, json.RawMessage) {
	return func(t *testing.T, raw json.RawMessage) { openaitest.Validate(t, name, raw) }
}
