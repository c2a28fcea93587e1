// Package openai holds what OpenAI's chat completions, legacy completions and Responses API
// share: errors, token counts and the model list.
//
//	openai/chat ───────┐
//	openai/completions ┼─► openai: errors, token counts, models
//	openai/responses ──┘
//	the HTTP layer ────┘
//
// Everything here turns values into bytes and back; nothing knows net/http, and
// status codes are plain ints. All functions may be called from any goroutine.
//
// The wire format is the one of https://platform.openai.com/docs/api-reference,
// in the machine-readable form that OpenAI publishes at
// https://github.com/openai/openai-openapi. Tests check every body against that
// schema; see the package openaitest.
package openai
