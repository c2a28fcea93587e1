package soak

// request is one that a client sends, and what is to come of it.
type request struct {
	system   string
	messages []message
	tools    string // description of the one that is offered; "" for none
	stream   bool

	mark   string // of its last text
	deed   deed   // that its last text asks for
	fate   fate   // of its process, where the CLI is scripted
	leaves point  // when the client hangs up
	kills  point  // when some process of the CLI is killed, where it is the real one
	way    string // what it is measured as
}

// body is the request on the wire.
func (q request) body() map[string]any {
	all := q.messages
	if q.system != "" {
		all = append([]message{{Role: "system", Content: q.system}}, all...)
	}
	body := map[string]any{"model": "claude-opus-4", "messages": all, "stream": q.stream}
	if q.tools != "" {
		body["tools"] = []any{map[string]any{
			"type": "function",
			"function": map[string]any{
				"name": toolName, "description": q.tools,
				"parameters": map[string]any{
					"type":       "object",
					"properties": map[string]any{"question": map[string]any{"type": "string"}},
				},
			},
		}}
	}
	return body
}

// heard are the marks that the model gets with it.
func (q request) heard() []string {
	heard := marksIn(q.system)
	for _, m := range q.messages {
		heard = append(heard, marksIn(m.Content)...)
		for _, c := range m.ToolCalls {
			heard = append(heard, marksIn(c.Function.Arguments)...)
		}
	}
	return heard
}
