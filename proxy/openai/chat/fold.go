package chat

import (
	"iter"
	"strings"
	"time"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai"
)

// Fold gives the one body of an answer that is not streamed, from the same events
// that a stream is made of. It reads them to their end. Where an error comes before
// [conversation.Done], or Done does not come, that is the outcome, without a body.
// The id and the model are as in [NewEncoder].
func Fold(events iter.Seq2[conversation.Event, error], id, requestedModel string, created time.Time) ([]byte, *conversation.Error) {
	var text, thinking strings.Builder
	var done *conversation.Done
	model := requestedModel
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
		case conversation.Done:
			done = &event
		}
	}
	if done == nil {
		return nil, conversation.Incomplete()
	}
	return openai.Marshal(completion{
		ID:      id,
		Object:  "chat.completion",
		Created: created.Unix(),
		Model:   model,
		Choices: []completionChoice{{
			Message: answerMessage{
				Role:             "assistant",
				Content:          text.String(),
				ReasoningContent: thinking.String(),
			},
			FinishReason: finishReason(done.Reason),
		}},
		Usage: usageOf(done.Usage),
	}), nil
}
