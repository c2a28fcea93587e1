package openai

import (
	"cmp"

	"claude-max-api-proxy/proxy/conversation"
)

// The values of error.type that the bodies use. OpenAI has no closed list.
const (
	typeRequest    = "invalid_request_error"
	typeAuth       = "authentication_error"
	typePermission = "permission_error"
	typeRateLimit  = "rate_limit_error"
	typeQuota      = "insufficient_quota"
	typeServer     = "server_error"
)

// answer is what a client is told about one kind of error.
type answer struct {
	status    int
	typ, code string
	param     string // when the error names none
}

// answers maps kinds to OpenAI's words. What a client does next hangs on the
// status: SDKs repeat 429 and everything from 500 on by themselves, and never
// 400, 401, 402, 403 or 404. The code is what tells two 429s apart.
var answers = map[conversation.Kind]answer{
	conversation.InvalidRequest: {400, typeRequest, "", ""},
	// Clients compact their history when they read this code.
	conversation.ContextLength:    {400, typeRequest, "context_length_exceeded", "messages"},
	conversation.ModelNotFound:    {404, typeRequest, "model_not_found", "model"},
	conversation.SignInNeeded:     {401, typeAuth, "sign_in_needed", ""},
	conversation.PermissionDenied: {403, typePermission, "permission_denied", ""},
	conversation.RateLimited:      {429, typeRateLimit, "rate_limit_exceeded", ""},
	// A plan's window opens again by itself, so this is no insufficient_quota,
	// which clients take for "pay first".
	conversation.UsageLimit: {429, typeRateLimit, "usage_limit_reached", ""},
	// Upstream says so with a 400. It is passed on as one, because clients show the
	// message of a 400 as it is and do not try again.
	conversation.ExtraUsage: {400, typeRequest, "extra_usage_required", ""},
	conversation.TooLarge:   {413, typeRequest, "request_too_large", ""},
	conversation.Billing:    {402, typeQuota, "insufficient_quota", ""},
	conversation.QueueFull:  {429, typeRateLimit, "queue_full", ""},
	conversation.Overloaded: {503, typeServer, "overloaded", ""},
	conversation.Upstream:   {502, typeServer, "upstream_error", ""},
	// The answer was paid for: with any status from 500 on SDKs would ask for two more.
	conversation.FormatNotMet: {422, typeServer, "format_not_met", ""},
	conversation.Timeout:      {504, typeServer, "upstream_timeout", ""},
	conversation.CLIMissing:   {503, typeServer, "cli_missing", ""},
	conversation.CLIFailed:    {502, typeServer, "cli_failed", ""},
	conversation.ShuttingDown: {503, typeServer, "shutting_down", ""},
	conversation.Internal:     {500, typeServer, "internal_error", ""},
}

// ErrorBody gives the HTTP status and the JSON body of an error:
//
//	{"error":{"message":"…","type":"…","param":null,"code":null}}
//
// All four fields are always there, null where nothing is known. The message is
// the error's message and hint in one line. [conversation.Error.RetryAfter] has
// no place in the body; it belongs into the Retry-After header.
func ErrorBody(err *conversation.Error) (status int, body []byte) {
	a, ok := answers[err.Kind]
	if !ok {
		a = answers[conversation.Internal]
	}
	return statusOf(err, a.status), errorBody(err.Error(), a.typ, cmp.Or(WireName(err.Param), a.param), a.code)
}

// WireName is what a parameter of the neutral model is called in chat completions.
// Other names and paths into the request stay as they are.
func WireName(param string) string {
	switch param {
	case conversation.StopParam:
		return "stop"
	case conversation.FormatParam:
		return "response_format"
	case conversation.EffortParam:
		return "reasoning_effort"
	}
	return param
}

// statusOf keeps upstream's own status where it says more than ours. 529, which
// Anthropic uses for "overloaded", means nothing to OpenAI's clients as a number,
// but they treat all from 500 on alike.
func statusOf(err *conversation.Error, usual int) int {
	switch {
	case err.Kind == conversation.Overloaded && err.Status == 529,
		err.Kind == conversation.Upstream && err.Status >= 500 && err.Status <= 599:
		return err.Status
	default:
		return usual
	}
}

// StatusBody is the body of an error that the HTTP layer finds before any request
// has been read: an unknown route, a wrong method, a body too large, a wrong key,
// a foreign origin. The status decides on type and code.
func StatusBody(status int, message string) []byte {
	typ, code := typeRequest, ""
	switch status {
	case 401:
		code = "invalid_api_key"
	case 403:
		typ, code = typePermission, "forbidden"
	case 404:
		code = "unknown_url"
	case 405:
		code = "method_not_allowed"
	case 408:
		code = "request_timeout"
	case 413:
		code = "request_too_large"
	case 415:
		code = "unsupported_media_type"
	case 429:
		typ, code = typeRateLimit, "rate_limit_exceeded"
	default:
		if status >= 500 {
			typ, code = typeServer, "internal_error"
		}
	}
	return errorBody(message, typ, "", code)
}

type errorEnvelope struct {
	Error errorFields `json:"error"`
}

type errorFields struct {
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"`
	Code    *string `json:"code"`
}

func errorBody(message, typ, param, code string) []byte {
	return Marshal(errorEnvelope{errorFields{message, typ, orNull(param), orNull(code)}})
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
