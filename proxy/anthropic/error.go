package anthropic

import (
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/wire"
)

// The values of error.type; see https://docs.anthropic.com/en/api/errors.
const (
	typeRequest    = "invalid_request_error"
	typeAuth       = "authentication_error"
	typeBilling    = "billing_error"
	typePermission = "permission_error"
	typeNotFound   = "not_found_error"
	typeTooLarge   = "request_too_large"
	typeRateLimit  = "rate_limit_error"
	typeAPI        = "api_error"
	typeTimeout    = "timeout_error"
	typeOverloaded = "overloaded_error"
)

// answer is what a client is told about one kind of error.
type answer struct {
	status int
	typ    string
}

// answers maps kinds to Anthropic's words. What a client does next hangs on the status:
// SDKs repeat 408, 409, 429 and everything from 500 on by themselves.
var answers = map[conversation.Kind]answer{
	conversation.InvalidRequest:   {400, typeRequest},
	conversation.ContextLength:    {400, typeRequest},
	conversation.ModelNotFound:    {404, typeNotFound},
	conversation.ResponseNotFound: {404, typeNotFound},
	conversation.PreviousNotFound: {404, typeNotFound},
	conversation.SignInNeeded:     {401, typeAuth},
	conversation.PermissionDenied: {403, typePermission},
	conversation.RateLimited:      {429, typeRateLimit},
	conversation.UsageLimit:       {429, typeRateLimit},
	conversation.ExtraUsage:       {400, typeRequest},
	conversation.TooLarge:         {413, typeTooLarge},
	conversation.Billing:          {402, typeBilling},
	conversation.QueueFull:        {429, typeRateLimit},
	conversation.Overloaded:       {529, typeOverloaded},
	conversation.Upstream:         {502, typeAPI},
	// The answer was paid for: with any status from 500 on SDKs would ask for more.
	conversation.FormatNotMet: {422, typeAPI},
	conversation.Timeout:      {504, typeTimeout},
	conversation.CLIMissing:   {503, typeAPI},
	conversation.CLIFailed:    {502, typeAPI},
	conversation.Cancelled:    {400, typeRequest},
	conversation.ShuttingDown: {503, typeAPI},
	conversation.Internal:     {500, typeAPI},
}

// errorBody is an error, in a body and as an event of a stream.
type errorBody struct {
	Type      string      `json:"type"`
	Error     errorFields `json:"error"`
	RequestID string      `json:"request_id,omitempty"`
}

type errorFields struct {
	Type    string        `json:"type"`
	Message string        `json:"message"`
	Details *errorDetails `json:"details,omitempty"`
}

func errorOf(err *conversation.Error) errorBody {
	return errorBody{Type: "error", Error: errorFields{answerTo(err).typ, err.Error(), detailsOf(err)}}
}

func answerTo(err *conversation.Error) answer {
	a, ok := answers[err.Kind]
	if !ok {
		a = answers[conversation.Internal]
	}
	if err.Kind == conversation.Upstream && err.Status >= 500 && err.Status <= 599 {
		a.status = err.Status // says more than ours
	}
	return a
}

// ErrorBody gives the HTTP status and the JSON body of an error:
//
//	{"type":"error","error":{"type":"…","message":"…"},"request_id":"…"}
//
// The message is the error's message and hint in one line. Few errors have details; see
// [detailsOf].
// [conversation.Error.RetryAfter] has no place in the body; it belongs into the Retry-After
// header.
func ErrorBody(err *conversation.Error, request string) (status int, body []byte) {
	e := errorOf(err)
	e.RequestID = request
	return answerTo(err).status, wire.Marshal(e)
}

// StatusBody is the body of an error that the HTTP layer finds before any request has been
// read: an unknown route, a wrong method, a body too large, a wrong key, a foreign origin.
// The status decides on the type.
func StatusBody(status int, message, request string) []byte {
	typ := typeRequest
	switch status {
	case 401:
		typ = typeAuth
	case 402:
		typ = typeBilling
	case 403:
		typ = typePermission
	case 404:
		typ = typeNotFound
	case 408:
		typ = typeTimeout
	case 413:
		typ = typeTooLarge
	case 429:
		typ = typeRateLimit
	default:
		if status >= 500 {
			typ = typeAPI
		}
	}
	return wire.Marshal(errorBody{"error", errorFields{Type: typ, Message: message}, request})
}
