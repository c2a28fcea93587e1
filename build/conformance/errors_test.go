package conformance

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/offline"
)

func jsonRefused(t *testing.T, saw seen, _ *offline.Server) {
	thrownAre(t, saw, thrown{"UnprocessableEntityError", 422, "format_not_met", "is not JSON", "response_format"})
}

func failures(t *testing.T, saw seen, _ *offline.Server) {
	thrownAre(
		t, saw,
		thrown{"RateLimitError", 429, "rate_limit_exceeded", "the plan itself is not used up", ""},
		thrown{"RateLimitError", 429, "usage_limit_reached", "it resets at", ""},
		thrown{"AuthenticationError", 401, "sign_in_needed", "claude auth login", ""},
		thrown{"BadRequestError", 400, "context_length_exceeded", "Shorten or compact", "messages"},
	)
}

func brokenStream(t *testing.T, saw seen, _ *offline.Server) {
	assert.Equal(t, "The line breaks ", saw.Text, "what came before the break")
	thrownAre(t, saw, thrown{"APIError", 0, "upstream_error", "the request again", ""})
}

// thrownAre checks what the user's program learned; messages only have to contain
// what is wanted.
func thrownAre(t *testing.T, saw seen, want ...thrown) {
	t.Helper()
	require.Len(t, saw.Errors, len(want))
	for i, w := range want {
		got := saw.Errors[i]
		assert.Contains(t, got.Message, w.Message)
		w.Message = got.Message
		if got.Class == "" {
			w.Class = ""
		}
		// Not all clients pass on the code of an error in a stream.
		if w.Status == 0 && got.Code == "" {
			w.Code = ""
		}
		assert.Equal(t, w, got)
	}
}

// abort: the client has left its running program's stream.
func abort(t *testing.T, _ seen, model *offline.Server) {
	only(t, model)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(t, model.WaitIdle(ctx), "the abort has to reach upstream")
}
