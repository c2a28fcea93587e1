package openai_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai"
	"claude-max-api-proxy/proxy/openai/openaitest"
)

var chatNames = openai.Names{Prompt: "messages", Stop: "stop", Format: "response_format", Effort: "reasoning_effort"}

func TestEveryKindHasItsStatusTypeAndCode(t *testing.T) {
	for _, test := range []struct {
		kind     conversation.Kind
		upstream int
		status   int
		fields   string // type, param and code
	}{
		{conversation.InvalidRequest, 0, 400, `"type":"invalid_request_error","param":null,"code":null`},
		{conversation.ContextLength, 400, 400, `"type":"invalid_request_error","param":"messages","code":"context_length_exceeded"`},
		{conversation.ModelNotFound, 404, 404, `"type":"invalid_request_error","param":"model","code":"model_not_found"`},
		{conversation.SignInNeeded, 401, 401, `"type":"authentication_error","param":null,"code":"sign_in_needed"`},
		{conversation.PermissionDenied, 403, 403, `"type":"permission_error","param":null,"code":"permission_denied"`},
		{conversation.RateLimited, 429, 429, `"type":"rate_limit_error","param":null,"code":"rate_limit_exceeded"`},
		{conversation.UsageLimit, 429, 429, `"type":"rate_limit_error","param":null,"code":"usage_limit_reached"`},
		{conversation.ExtraUsage, 400, 400, `"type":"invalid_request_error","param":null,"code":"extra_usage_required"`},
		{conversation.TooLarge, 413, 413, `"type":"invalid_request_error","param":null,"code":"request_too_large"`},
		{conversation.Billing, 402, 402, `"type":"insufficient_quota","param":null,"code":"insufficient_quota"`},
		{conversation.QueueFull, 0, 429, `"type":"rate_limit_error","param":null,"code":"queue_full"`},
		{conversation.Overloaded, 0, 503, `"type":"server_error","param":null,"code":"overloaded"`},
		{conversation.Overloaded, 529, 529, `"type":"server_error","param":null,"code":"overloaded"`},
		{conversation.Upstream, 0, 502, `"type":"server_error","param":null,"code":"upstream_error"`},
		{conversation.Upstream, 500, 500, `"type":"server_error","param":null,"code":"upstream_error"`},
		{conversation.Upstream, 418, 502, `"type":"server_error","param":null,"code":"upstream_error"`},
		{conversation.Timeout, 0, 504, `"type":"server_error","param":null,"code":"upstream_timeout"`},
		{conversation.CLIMissing, 0, 503, `"type":"server_error","param":null,"code":"cli_missing"`},
		{conversation.CLIFailed, 0, 502, `"type":"server_error","param":null,"code":"cli_failed"`},
		{conversation.ShuttingDown, 0, 503, `"type":"server_error","param":null,"code":"shutting_down"`},
		{conversation.Internal, 0, 500, `"type":"server_error","param":null,"code":"internal_error"`},
		{"a kind from the future", 0, 500, `"type":"server_error","param":null,"code":"internal_error"`},
	} {
		t.Run(string(test.kind), func(t *testing.T) {
			status, body := chatNames.ErrorBody(&conversation.Error{Kind: test.kind, Message: "It failed.", Status: test.upstream})
			assert.Equal(t, test.status, status)
			assert.Equal(t, `{"error":{"message":"It failed.",`+test.fields+`}}`, string(body))
			openaitest.Validate(t, "ErrorResponse", body)
		})
	}
}

func TestAnErrorTellsItsHintAndItsField(t *testing.T) {
	err := conversation.Invalid("messages[1].content", "It is <wrong> & \"bad\".")
	err.Hint = "Do this."
	_, body := chatNames.ErrorBody(err)
	assert.Equal(t, `{"error":{"message":"It is <wrong> & \"bad\". Do this.",`+
		`"type":"invalid_request_error","param":"messages[1].content","code":null}}`, string(body))
}

func TestErrorsOfTheHTTPLayerHaveTheSameShape(t *testing.T) {
	for status, fields := range map[int]string{
		400: `"type":"invalid_request_error","param":null,"code":null`,
		401: `"type":"invalid_request_error","param":null,"code":"invalid_api_key"`,
		403: `"type":"permission_error","param":null,"code":"forbidden"`,
		404: `"type":"invalid_request_error","param":null,"code":"unknown_url"`,
		405: `"type":"invalid_request_error","param":null,"code":"method_not_allowed"`,
		408: `"type":"invalid_request_error","param":null,"code":"request_timeout"`,
		413: `"type":"invalid_request_error","param":null,"code":"request_too_large"`,
		415: `"type":"invalid_request_error","param":null,"code":"unsupported_media_type"`,
		429: `"type":"rate_limit_error","param":null,"code":"rate_limit_exceeded"`,
		500: `"type":"server_error","param":null,"code":"internal_error"`,
	} {
		body := openai.StatusBody(status, "No.")
		assert.Equal(t, `{"error":{"message":"No.",`+fields+`}}`, string(body))
		openaitest.Validate(t, "ErrorResponse", body)
	}
}

func TestModelsAreListed(t *testing.T) {
	opus := openai.Model{ID: "claude-opus-4", Created: time.Unix(1767225600, 0)}
	const object = `{"id":"claude-opus-4","object":"model","created":1767225600,"owned_by":"anthropic"}`
	assert.Equal(t, object, string(openai.ModelBody(opus)))
	openaitest.Validate(t, "Model", openai.ModelBody(opus))

	list := openai.ModelListBody([]openai.Model{opus})
	assert.Equal(t, `{"object":"list","data":[`+object+`]}`, string(list))
	openaitest.Validate(t, "ListModelsResponse", list)

	none := openai.ModelListBody(nil)
	assert.Equal(t, `{"object":"list","data":[]}`, string(none), "an empty list is no null")
	openaitest.Validate(t, "ListModelsResponse", none)
}
