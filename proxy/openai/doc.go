// Package openai holds what OpenAI's chat completions and Responses API share:
// errors, ids, the model list and the cleaning of model names.
//
//	openai/chat ──────┐
//	(openai/responses)┼─► openai: errors, ids, models, names
//	the HTTP layer ───┘        └─► openai/jsonbody: reading a request
//
// Everything here turns values into bytes and back; nothing knows net/http, and
// status codes are plain ints. All functions may be called from any goroutine.
//
// The wire format is the one of https://platform.openai.com/docs/api-reference,
// in the machine-readable form that OpenAI publishes at
// https://github.com/openai/openai-openapi. Tests check every body against that
// schema; see the package openaitest.
package openai
