package conformance

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/offline"
	"claude-max-api-proxy/proxy/openai/openaitest"
)

func listOfModels(t *testing.T, _ *api, saw seen, model *offline.Server) {
	assert.Subset(t, saw.Models, []string{"claude-opus-4", "claude-sonnet-4", "claude-haiku-4"})
	for _, raw := range saw.Raw {
		openaitest.Validate(t, "Model", raw)
	}
	assert.Empty(t, model.Requests(), "nobody has to be asked for a list of models")
}

func chat(t *testing.T, api *api, saw seen, model *offline.Server) {
	assert.Equal(t, "pong", saw.Text)
	assert.Contains(t, api.finish, saw.Finish)
	assert.Equal(t, 1, saw.Usage.Completion)
	assert.Positive(t, saw.Usage.Prompt)
	for _, raw := range saw.Raw {
		api.whole(t, raw)
	}
	arrived(t, only(t, model), "offline:echo(pong)")
}

func stream(t *testing.T, api *api, saw seen, model *offline.Server) {
	assert.True(t, strings.HasPrefix(saw.Text, "word1 ") && strings.HasSuffix(saw.Text, "word29 word30 "), saw.Text)
	assert.Equal(t, 30, saw.Pieces, "one piece for every one that the model says")
	assert.Contains(t, api.finish, saw.Finish)
	assert.Equal(t, 30, saw.Usage.Completion)
	assert.Positive(t, saw.Usage.Prompt)
	for _, raw := range saw.Raw {
		api.chunk(t, raw)
	}
	arrived(t, only(t, model), "offline:long(30)")
}

// arrived checks what every plain question consists of.
func arrived(t *testing.T, r *offline.Request, question string) {
	t.Helper()
	assert.True(t, strings.HasPrefix(r.Model, "claude-opus-"), r.Model)
	assert.Contains(t, r.SystemText(), systemPrompt)
	assert.Equal(t, question, ownTexts(r.LastUser()))
	assert.Equal(t, 500, r.MaxTokens)
	assert.Empty(t, r.ToolNames(), "no tools but the client's")
}

// ownTexts are a message's texts without what the CLI has added.
func ownTexts(m offline.Message) string {
	var own strings.Builder
	for _, b := range m.Content {
		if !strings.HasPrefix(b.Text, "<system-reminder>") {
			own.WriteString(b.Text)
		}
	}
	return own.String()
}

func image(t *testing.T, _ *api, saw seen, model *offline.Server) {
	assert.Contains(t, saw.Text, "I can see 1 image or document (image/png).")
	assert.Equal(t, "What is this?", ownTexts(only(t, model).LastUser()))
}

// thinks plays a model that thinks before it speaks.
func thinks(*offline.Request) offline.Reply {
	return offline.Script(offline.Thinking(signature, "Rome ", "first."), offline.Text("In ", "Rome."))
}

func thinking(t *testing.T, _ *api, saw seen, model *offline.Server) {
	assert.Equal(t, "Rome first.", saw.Thought)
	assert.Equal(t, "In Rome.", saw.Text)
	only(t, model)
}

func goesOn(r *offline.Request) offline.Reply {
	if strings.Contains(r.LastUserText(), "And then?") {
		return offline.Text("Then in ", "Oslo.")
	}
	return thinks(r)
}

// previous: the client has sent no more than the second question and an id.
func previous(t *testing.T, _ *api, saw seen, model *offline.Server) {
	assert.Equal(t, "Then in Oslo.", saw.Text)
	requests := model.Requests()
	require.Len(t, requests, 2)
	assert.Equal(t, []string{"user: Where is it warm?", "assistant: In Rome.", "user: And then?"}, told(t, requests[1]))
	assert.Contains(t, string(requests[1].Body), signature, "what the model thought is put back")
}

func countTokens(t *testing.T, _ *api, saw seen, model *offline.Server) {
	assert.Greater(t, saw.Usage.Prompt, 10)
	assert.Less(t, saw.Usage.Prompt, 100)
	assert.Empty(t, model.Requests(), "nobody is asked for it")
}
