package soak

import (
	"strings"

	"claude-max-api-proxy/proxy/offline"
)

// respond is the model behind the real CLI.
func (n *news) respond(r *offline.Request) offline.Reply {
	n.moment()
	heard := marksIn(r.SystemText())
	for _, m := range r.Messages {
		for _, b := range m.Content {
			heard = append(heard, marksIn(blockText(b))...)
		}
	}
	var last strings.Builder
	for _, b := range r.LastUser().Content {
		last.WriteString(blockText(b))
	}
	d, ok := deedIn(last.String())
	n.arrived(lastMark(heard), d)
	if !ok {
		return offline.Fail(400, "invalid_request_error", "the last text does not say what to do")
	}
	return d.reply(heard)
}

// blockText is all of a block as it arrived.
func blockText(b offline.ContentBlock) string {
	if len(b.Raw) > 0 {
		return string(b.Raw)
	}
	return b.Text
}

// upstreamErrors are the API's names for its statuses.
var upstreamErrors = map[int]string{
	401: "authentication_error", 429: "rate_limit_error", 500: "api_error", 529: "overloaded_error",
}

func (d deed) reply(heard []string) offline.Reply {
	text := offline.Text(words(heard, d.n)...)
	switch d.name {
	case say:
		return text
	case call:
		var parts []offline.Reply
		for _, c := range calls(heard, d.n) {
			parts = append(parts, offline.ToolUse(c.ID, toolName, "", c.Arguments[:5], c.Arguments[5:]))
		}
		return offline.Script(parts...)
	case hang:
		return offline.Script(text, offline.Silence())
	case silent:
		return offline.Silence()
	case cut:
		return offline.Script(text, offline.CutMidLine())
	case event:
		return offline.Script(text, offline.ErrorEvent("overloaded_error", "Overloaded"))
	}
	failure := offline.Fail(d.n, upstreamErrors[d.n], "as it was asked for")
	if d.n == 429 {
		return offline.Script(offline.Headers("Retry-After", "7"), failure)
	}
	return failure
}
