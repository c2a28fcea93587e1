package claude

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/streamjson"
	"claude-max-api-proxy/proxy/conversation"
)

// After a refusal the CLI may ask again, for something else than the client did.
func TestAnotherRequestAfterARefusalIsCut(t *testing.T) {
	tests := map[string]struct {
		told   streamjson.APIError
		kind   conversation.Kind
		status int
	}{
		"the CLI tells the status":          {streamjson.APIError{Code: "unknown", Status: 413}, conversation.TooLarge, 413},
		"the status is in the words":        {streamjson.APIError{Code: "unknown", Text: "API Error: 413 too large"}, conversation.TooLarge, 413},
		"a refusal without a status":        {streamjson.APIError{Code: "invalid_request", Text: "an image was removed"}, conversation.InvalidRequest, 400},
		"a failure that is not the request": {streamjson.APIError{Code: "server_error"}, conversation.Upstream, 0},
	}
	for name, test := range tests {
		for again, m := range map[string]streamjson.Message{
			"a request": streamjson.Requesting{},
			"an answer": streamjson.StreamEvent{Type: "message_start", Message: &streamjson.MessageStart{Model: "m"}},
		} {
			t.Run(name+", then "+again, func(t *testing.T) {
				var a answer
				_, v, failure := a.step(test.told)
				require.Equal(t, goOn, v)
				require.Nil(t, failure)
				event, v, failure := a.step(m)
				assert.Nil(t, event)
				assert.Equal(t, cut, v)
				require.NotNil(t, failure)
				assert.Equal(t, test.kind, failure.Kind)
				assert.Equal(t, test.status, failure.Status)
			})
		}
	}
}

func TestAnAnswerIsNeverQuotedInAnError(t *testing.T) {
	a := answer{errorCode: "unknown"}
	_, _, failure := a.step(streamjson.Result{Text: "what the model said"})
	require.NotNil(t, failure)
	assert.NotContains(t, failure.Error(), "what the model said")
}
