package openai

import (
	"cmp"
	"time"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/wire"
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

	aboutPrompt bool // then it is the prompt's parameter
}

// answers maps kinds to OpenAI's words. What a client does next hangs on the
// status: SDKs repeat 429 and everything from 500 on by themselves, and never
// 400, 401, 402, 403 or 404. The code is what tells two 429s apart.
var answers = map[conversation.Kind]answer{
	conversation.InvalidRequest: {status: 400, typ: typeRequest},
	// Clients compact their history when they read this code.
	conversation.ContextLength:    {status: 400, typ: typeRequest, code: "context_length_exceeded", aboutPrompt: true},
	conversation.ModelNotFound:    {status: 404, typ: typeRequest, code: "model_not_found", param: "model"},
	conversation.ResponseNotFound: {status: 404, typ: typeRequest},
	conversation.PreviousNotFound: {status: 400, typ: typeRequest, code: "previous_response_not_found"},
	conversation.SignInNeeded:     {status: 401, typ: typeAuth, code: "sign_in_needed"},
	conversation.PermissionDenied: {status: 403, typ: typePermission, code: "permission_denied"},
	conversation.RateLimited:      {status: 429, typ: typeRateLimit, code: "rate_limit_exceeded"},
	// A plan's window opens again by itself, so this is no insufficient_quota,
	// which clients take for "pay first".
	conversation.UsageLimit: {status: 429, typ: typeRateLimit, code: "usage_limit_reached"},
	// Upstream says so with a 400. It is passed on as one, because clients show the
	// message of a 400 as it is and do not try again.
	conversation.ExtraUsage: {status: 400, typ: typeRequest, code: "extra_usage_required"},
	conversation.TooLarge:   {status: 413, typ: typeRequest, code: "request_too_large"},
	conversation.Billing:    {status: 402, typ: typeQuota, code: "insufficient_quota"},
	conversation.QueueFull:  {status: 429, typ: typeRateLimit, code: "queue_full"},
	conversation.Overloaded: {status: 503, typ: typeServer, code: "overloaded"},
	conversation.Upstream:   {status: 502, typ: typeServer, code: "upstream_error"},
	// The answer was paid for: with any status from 500 on SDKs would ask for two more.
	conversation.FormatNotMet: {status: 422, typ: typeServer, code: "format_not_met"},
	conversation.Timeout:      {status: 504, typ: typeServer, code: "upstream_timeout"},
	conversation.CLIMissing:   {status: 503, typ: typeServer, code: "cli_missing"},
	conversation.CLIFailed:    {status: 502, typ: typeServer, code: "cli_failed"},
	// There is no status for it, and with 409 SDKs would ask again.
	conversation.Cancelled:    {status: 400, typ: typeRequest, code: "response_cancelled"},
	conversation.ShuttingDown: {status: 503, typ: typeServer, code: "shutting_down"},
	conversation.Internal:     {status: 500, typ: typeServer, code: "internal_error"},
}

// Names are what a protocol calls the parameters that the neutral model has in other words.
// An empty one means that the protocol has no such parameter.
type Names struct {
	Prompt, Stop, Format, Effort string
	// UsageLimit is the type of the error for a used-up plan, where clients of the protocol
	// know one; such an error also has resets_at. "" is the usual type.
	UsageLimit string
}

// Of gives the name of a parameter of the neutral model. Other names, and paths into the
// request, stay as they are.
func (n Names) Of(param string) string {
	switch param {
	case conversation.StopParam:
		return cmp.Or(n.Stop, param)
	case conversation.FormatParam:
		return cmp.Or(n.Format, param)
	case conversation.EffortParam, conversation.ThinkingParam:
		return cmp.Or(n.Effort, param)
	}
	return param
}

// ErrorBody gives the HTTP status and the JSON body of an error:
//
//	{"error":{"message":"…","type":"…","param":null,"code":null}}
//
// All four fields are always there, null where nothing is known. The message is
// the error's message and hint in one line. [conversation.Error.RetryAfter] has
// no place in the body; it belongs into the Retry-After header.
func (n Names) ErrorBody(err *conversation.Error) (status int, body []byte) {
	status, fields := n.Error(err)
	return status, wire.Marshal(errorEnvelope{fields})
}

// Error gives the HTTP status, and what the body says under "error".
func (n Names) Error(err *conversation.Error) (status int, fields ErrorFields) {
	a, ok := answers[err.Kind]
	if !ok {
		a = answers[conversation.Internal]
	}
	param := n.Of(err.Param)
	if param == "" && a.aboutPrompt {
		param = n.Prompt
	}
	fields = errorFields(err.Error(), a.typ, cmp.Or(param, a.param), a.code)
	if err.Kind == conversation.UsageLimit && n.UsageLimit != "" {
		fields.Type = n.UsageLimit
		if err.RetryAfter > 0 {
			fields.ResetsAt = time.Now().Add(err.RetryAfter).Unix()
		}
	}
	return statusOf(err, a.status), fields
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
	return wire.Marshal(errorEnvelope{errorFields(message, typ, "", code)})
}

type errorEnvelope struct {
	Error ErrorFields `json:"error"`
}

// ErrorFields are an error as all of OpenAI's protocols tell it.
type ErrorFields struct {
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"`
	Code    *string `json:"code"`
	// ResetsAt is when a used-up plan opens again, in seconds since 1970; 0 for nobody knows.
	ResetsAt int64 `json:"resets_at,omitempty"`
}

func errorFields(message, typ, param, code string) ErrorFields {
	return ErrorFields{Message: message, Type: typ, Param: orNull(param), Code: orNull(code)}
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
