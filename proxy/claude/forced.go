package claude

import (
	"errors"
	"fmt"
	"slices"

	"claude-max-api-proxy/proxy/conversation"
)

// Newest models refuse a request for a call that has to be made, each with a 400 that blames
// tool_choice, and the CLI does not tell which they are: upstream is asked once, and what it
// says is kept for as long as the CLI is the same.
// https://platform.claude.com/docs/en/models/opus-5-5/whats-new-opus-5-5

// refusesForce says that upstream did not accept the request because it forces a call. That has
// cost nothing, and nothing has gone to the client.
func refusesForce(r *conversation.Request, err error) bool {
	failure := (*conversation.Error)(nil)
	return mustCall(r) && errors.As(err, &failure) &&
		failure.Kind == conversation.InvalidRequest && failure.Param == conversation.ToolChoiceParam && failure.Status != 0
}

// unforced asks for the call in words. Of a named tool it offers that one alone.
func unforced(r *conversation.Request) *conversation.Request {
	q := *r
	wish := "Answer with a call of one of the tools, and with nothing else."
	if name := r.ToolChoice.Name; r.ToolChoice.Mode == conversation.NamedTool {
		wish = fmt.Sprintf("Answer with a call of the tool %q, and with nothing else.", name)
		q.Tools = slices.DeleteFunc(slices.Clone(r.Tools), func(t conversation.Tool) bool { return t.Name != name })
	}
	q.ToolChoice = conversation.ToolChoice{}
	q.System = append(slices.Clone(r.System), wish)
	return &q
}
