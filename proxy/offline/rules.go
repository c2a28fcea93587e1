package offline

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
)

// unforced are the models of which no call can be forced.
// https://platform.claude.com/docs/en/models/opus-5-5/whats-new-opus-5-5
var unforced = regexp.MustCompile(`claude-(opus-5-5|sonnet-5-5|fable-5-1)`)

// breach says what the API does not accept of a request's thinking and its forced calls, in its
// own words; ok is false where there is nothing.
// https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking
func breach(body []byte) (f failure, ok bool) {
	var r struct {
		Model     string `json:"model"`
		MaxTokens int    `json:"max_tokens"`
		Thinking  struct {
			Type   string `json:"type"`
			Budget int    `json:"budget_tokens"`
		} `json:"thinking"`
		ToolChoice struct {
			Type string `json:"type"`
		} `json:"tool_choice"`
	}
	_ = json.Unmarshal(body, &r) // what is of another type is decodeRequest's
	refuse := func(message string) (failure, bool) {
		return failure{http.StatusBadRequest, "invalid_request_error", message}, true
	}
	// Of other models that cannot be without it nobody has told what they do.
	thinks := r.Thinking.Type == "enabled" || r.Thinking.Type == "adaptive" && strings.Contains(r.Model, "-4-")
	forces := r.ToolChoice.Type == "any" || r.ToolChoice.Type == "tool"
	switch {
	case forces && unforced.MatchString(r.Model):
		return refuse(`tool_choice: type "tool" and "any" are not supported for this model.`)
	case thinks && forces:
		return refuse("Thinking may not be enabled when tool_choice forces tool use.")
	case r.Thinking.Type == "enabled" && r.Thinking.Budget < 1024:
		return refuse("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024")
	case r.Thinking.Type == "enabled" && r.Thinking.Budget >= r.MaxTokens:
		return refuse("`max_tokens` must be greater than `thinking.budget_tokens`.")
	}
	return failure{}, false
}
