package conformance

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/offline"
)

func jsonRefused(t *testing.T, api *api, saw seen, _ *offline.Server) {
	thrownAre(t, saw, api.refused)
}

func failures(t *testing.T, api *api, saw seen, _ *offline.Server) {
	thrownAre(t, saw, api.failures...)
}

func brokenStream(t *testing.T, api *api, saw seen, _ *offline.Server) {
	assert.Equal(t, "The line breaks ", saw.Text, "what came before the break")
	thrownAre(t, saw, api.brokenStream)
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
func abort(t *testing.T, _ *api, _ seen, model *offline.Server) {
	only(t, model)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(t, model.WaitIdle(ctx), "the abort has to reach upstream")
}
