package openaitest

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTheSchemaTellsRightFromWrong(t *testing.T) {
	const choice = `{"index":0,"message":{"role":"assistant","content":"Hi","refusal":null},"logprobs":null,"finish_reason":"stop"}`
	const head = `{"id":"x","object":"chat.completion","created":1,"model":"m","choices":`
	assert.NoError(t, Check("CreateChatCompletionResponse", []byte(head+`[`+choice+`]}`)))
	for name, body := range map[string]string{
		"no refusal":       head + `[{"index":0,"message":{"role":"assistant","content":"Hi"},"logprobs":null,"finish_reason":"stop"}]}`,
		"no logprobs":      head + `[{"index":0,"message":{"role":"assistant","content":"Hi","refusal":null},"finish_reason":"stop"}]}`,
		"unknown reason":   head + `[{"index":0,"message":{"role":"assistant","content":"Hi","refusal":null},"logprobs":null,"finish_reason":"end_turn"}]}`,
		"null finish":      head + `[{"index":0,"message":{"role":"assistant","content":"Hi","refusal":null},"logprobs":null,"finish_reason":null}]}`,
		"fractional index": head + `[{"index":0.5,"message":{"role":"assistant","content":"Hi","refusal":null},"logprobs":null,"finish_reason":"stop"}]}`,
		"no choices":       `{"id":"x","object":"chat.completion","created":1,"model":"m"}`,
		"null choices":     head + `null}`,
		"not JSON":         head,
	} {
		assert.Error(t, Check("CreateChatCompletionResponse", []byte(body)), name)
	}
	assert.Error(t, Check("ErrorResponse", []byte(`{"error":{"message":"m","type":"t","param":null}}`)), "no code")
	assert.Error(t, Check("NoSuchSchema", []byte(`{}`)))
}

func TestNullableFieldsTakeNull(t *testing.T) {
	assert.NoError(t, Check("CreateChatCompletionStreamResponse", []byte(
		`{"id":"x","object":"chat.completion.chunk","created":1,"model":"m","usage":null,`+
			`"choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":null}]}`)))
}
