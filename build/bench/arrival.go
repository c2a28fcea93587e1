package main

import (
	"context"
	"fmt"
	"strings"

	"claude-max-api-proxy/proxy/offline"
)

// askWhole asks like ask, and makes sure that the whole conversation has reached the model:
// what leaves something out is fast. It also says which of the CLI's sessions it was.
func (c *comparison) askWhole(ctx context.Context, p *subject, r offline.Reply, messages ...message) (a answer, session string, err error) {
	c.model.Reset()
	if a, err = c.ask(ctx, p, r, messages...); err != nil {
		return a, "", err
	}
	for _, request := range c.model.Requests() { // the CLI may have some of its own
		// The npm package makes one message of all.
		turns := turnsOf(request)
		if carries(request, messages) && (turns == countTurns(messages) || p.name == theirsName && turns == 1) {
			return a, request.Header.Get("X-Claude-Code-Session-Id"), nil
		}
	}
	return a, "", fmt.Errorf("%s: the model was not told the whole conversation", p.name)
}

// carries says whether all texts are in the request, in their order.
func carries(r *offline.Request, messages []message) bool {
	var told strings.Builder
	told.WriteString(r.SystemText())
	for _, m := range r.Messages {
		for _, b := range m.Content {
			told.WriteString(b.Text)
			for _, inner := range b.Content { // of a tool's result
				told.WriteString(inner.Text)
			}
		}
	}
	rest := told.String()
	for _, m := range messages {
		_, after, found := strings.Cut(rest, m.Content)
		if !found {
			return false
		}
		rest = after
	}
	return true
}

// turnsOf counts a request's turns. What newer CLIs say as the system in the middle is none.
func turnsOf(r *offline.Request) (n int) {
	for _, m := range r.Messages {
		if m.Role != "system" {
			n++
		}
	}
	return n
}

// countTurns counts the turns that messages make: results are the user's, and what one
// side says in a row is one turn.
func countTurns(messages []message) (n int) {
	last := ""
	for _, m := range messages {
		role := m.Role
		if role == "tool" {
			role = "user"
		}
		if role != "system" && role != last {
			n, last = n+1, role
		}
	}
	return n
}
