// Package completions speaks OpenAI's legacy completions, which some tools still have for a
// plain prompt: it turns a request's body into a [conversation.Request] of one user message,
// and the events of the answer into chunks or into one body.
//
// Its models went on with the prompt's text. Claude answers it; which is as near as it gets.
//
// The law of this package is that of package chat: the chunks of a stream, put together, are
// the body. Everything is pure. The wire format is that of
// https://platform.openai.com/docs/api-reference/completions.
package completions
