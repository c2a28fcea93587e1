package anthropic

import (
	"iter"
	"strings"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/params"
	"claude-max-api-proxy/proxy/wire"
)

// Fold gives the one message of an answer that is not streamed, from the same events that
// a stream is made of. It reads them to their end. Where an error comes before
// [conversation.Done], or Done does not come, that is the outcome, without a message. The
// id is as in [NewEncoder].
func Fold(events iter.Seq2[conversation.Event, error], id string, r *Request) ([]byte, *conversation.Error) {
	var done *conversation.Done
	var content pieces
	model := r.Model
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
			content.within("text").text.WriteString(event.Text)
		case conversation.ThinkingDelta:
			content.within("thinking").text.WriteString(event.Text)
		case conversation.Thought:
			switch b := event.Block.(type) {
			case conversation.Thinking:
				p := content.within("thinking")
				p.signature, p.ended = b.Signature, true
			case conversation.RedactedThinking:
				content.begin("redacted_thinking").text.WriteString(b.Data)
			}
		case conversation.ToolCall:
			p := content.begin("tool_use")
			p.id, p.name = event.ID, event.Name
		case conversation.ToolArguments:
			content[len(content)-1].text.WriteString(event.JSON)
		case conversation.Done:
			done = &event
		}
	}
	if done == nil {
		return nil, conversation.Incomplete()
	}
	m := newMessage(id, model, done.Usage)
	m.StopReason, m.StopSequence = stopReason(done.Reason), stopSequence(*done)
	for _, p := range content {
		m.Content = append(m.Content, p.block())
	}
	return wire.Marshal(m), nil
}

// piece is a block of the answer as it grows.
type piece struct {
	kind      string
	text      strings.Builder // what it is made of: text, thinking, data or arguments
	signature string
	id, name  string
	ended     bool // nothing can be added
}

type pieces []*piece

// within gives the last block if it is of this type and not ended, or else a new one.
func (s *pieces) within(kind string) *piece {
	if n := len(*s); n > 0 && (*s)[n-1].kind == kind && !(*s)[n-1].ended {
		return (*s)[n-1]
	}
	return s.begin(kind)
}

func (s *pieces) begin(kind string) *piece {
	p := &piece{kind: kind}
	*s = append(*s, p)
	return p
}

func (p *piece) block() any {
	text := p.text.String()
	switch p.kind {
	case "thinking":
		return thinkingBlock{p.kind, text, p.signature}
	case "redacted_thinking":
		return redactedBlock{p.kind, text}
	case "tool_use":
		return toolBlock{p.kind, p.id, p.name, params.Input(text)}
	default:
		return textBlock{p.kind, text}
	}
}
