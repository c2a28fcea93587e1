package anthropic

import (
	"encoding/base64"
	"math"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/wire"
)

// What things come to in tokens, about. Texts in Latin script have 3.5 letters a token or
// more, others down to one. A picture of the largest size that models look at has 1600
// tokens, by width times height through 750. A page of a PDF has up to 3000, for its text and
// its picture, and takes about 50 KB; one that is only pointed to counts as one page.
//
// https://docs.anthropic.com/en/docs/build-with-claude/vision,
// https://docs.anthropic.com/en/docs/build-with-claude/pdf-support and
// https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/overview.
const (
	perASCII     = 1 / 3.5 // a byte
	perTwoBytes  = 0.5     // a letter of two bytes in UTF-8: Greek, Cyrillic, Arabic, …
	perLonger    = 1.0     // any other: Chinese, emoji, …
	perPicture   = 1600.0
	perPage      = 3000.0
	pageSize     = 50_000.0 // bytes
	perMessage   = 4.0      // the role and the marks around it
	perCall      = 12.0     // the same for a call, and for its result
	forAnyTools  = 346.0    // what Anthropic says to the model where there are any
	perSchemaTag = 8.0      // what stands around a tool
)

// Estimate says about how many tokens a request has. It counts letters, pictures and pages
// and asks nobody: only upstream could count exactly, and that would be a request of its own. It is
// meant to be too high rather than too low, because clients keep below a limit with it. What the
// Claude Code CLI adds of its own is not in it.
func Estimate(r *Request) int {
	var e estimator
	c := &r.conversation
	for _, text := range c.System {
		e.text(text)
	}
	for _, t := range c.Turns {
		e.tokens += perMessage
		e.blocks(t.Blocks)
	}
	if len(c.Tools) > 0 {
		e.tokens += forAnyTools
	}
	for _, t := range c.Tools {
		e.tokens += perSchemaTag
		e.text(t.Name)
		e.text(t.Description)
		e.text(string(t.Schema))
	}
	e.text(string(c.Schema))
	return int(math.Ceil(e.tokens))
}

// CountBody is the answer to a request to count tokens.
func CountBody(tokens int) []byte {
	return wire.Marshal(struct {
		InputTokens int `json:"input_tokens"`
	}{tokens})
}

type estimator struct{ tokens float64 }

func (e *estimator) text(s string) {
	for _, c := range s {
		switch {
		case c < 0x80:
			e.tokens += perASCII
		case c < 0x800:
			e.tokens += perTwoBytes
		default:
			e.tokens += perLonger
		}
	}
}

func (e *estimator) blocks(blocks []conversation.Block) {
	for _, b := range blocks {
		switch b := b.(type) {
		case conversation.Text:
			e.text(b.Text)
		case conversation.Image:
			e.tokens += perPicture
		case conversation.Document:
			size := float64(base64.StdEncoding.DecodedLen(len(b.Source.Data)))
			e.tokens += perPage * math.Max(1, math.Ceil(size/pageSize))
			e.text(b.Title)
			e.text(b.Context)
		case conversation.ToolUse:
			e.tokens += perCall
			e.text(b.Name)
			e.text(string(b.Input))
		case conversation.ToolResult:
			e.tokens += perCall
			e.blocks(b.Blocks)
		case conversation.Thinking:
			e.text(b.Text)
		case conversation.RedactedThinking:
			e.text(b.Data)
		}
	}
}
