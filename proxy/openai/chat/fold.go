package chat

import (
	"iter"
	"strings"
	"time"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai"
	"claude-max-api-proxy/proxy/wire"
)

// Fold gives the one body of an answer that is not streamed, from the same events
// that a stream is made of. It reads them to their end. Where an error comes before
// [conversation.Done], or Done does not come, that is the outcome, without a body.
// The id is as in [NewEncoder].
func Fold(events iter.Seq2[conversation.Event, error], id string, r *Request, created time.Time) ([]byte, *conversation.Error) {
	var text, thinking strings.Builder
	var done *conversation.Done
	model := r.Model
	var calls []toolCall
	for event, err := range events {
		switch {
		case done != nil: // whatever comes, the answer is complete
			continue
		case err != nil:
			return nil, conversation.AsError(err)
		}
		switch event := event.(type) {
		case conversation.Started:
			if event.Model != "" {
				model = event.Model
			}
		case conversation.TextDelta:
			text.WriteString(event.Text)
		case conversation.ThinkingDelta:
			thinking.WriteString(event.Text)
		case conversation.ToolCall:
			calls = append(calls, toolCall{ID: event.ID, Type: "function", Function: functionCall{Name: event.Name}})
		case conversation.ToolArguments:
			calls[len(calls)-1].Function.Arguments += event.JSON
		case conversation.Done:
			done = &event
		}
	}
	if done == nil {
		return nil, conversation.Incomplete()
	}
	content := text.String()
	m := answerMessage{Role: "assistant", Content: &content, ReasoningContent: thinking.String()}
	for i := range calls {
		if calls[i].Function.Arguments == "" {
			calls[i].Function.Arguments = "{}"
		}
	}
	if len(calls) > 0 {
		if content == "" {
			m.Content = nil
		}
		if m.ToolCalls = calls; r.legacy { // which has room for one
			m.ToolCalls, m.FunctionCall = nil, &calls[0].Function
		}
	}
	return wire.Marshal(completion{
		ID:      id,
		Object:  "chat.completion",
		Created: created.Unix(),
		Model:   model,
		Choices: []completionChoice{{Message: m, FinishReason: finishReason(done.Reason, r.legacy)}},
		Usage:   openai.UsageOf(done.Usage),
	}), nil
}
