package format

import (
	"encoding/json"
	"iter"
	"strings"

	"claude-max-api-proxy/proxy/conversation"
)

// Enforce gives the answer when it is complete and right, its text without a code
// fence and in one piece, and otherwise an error in its place. Until then nothing but
// what was ignored passes, so that the failure can have a status of its own. A nil
// Format passes all on as it comes.
//
// Of an answer that was cut at its length the text passes as far as it went, whatever
// it is: its end says that it is not whole, which clients look at before they parse it,
// and that a longer one is what to ask for. Of one that the model refused to go on
// with, none passes.
func (f *Format) Enforce(events iter.Seq2[conversation.Event, error]) iter.Seq2[conversation.Event, error] {
	if f == nil {
		return events
	}
	return func(yield func(conversation.Event, error) bool) {
		var held []conversation.Event
		var text strings.Builder
		for event, err := range events {
			if err != nil {
				yield(nil, err)
				return
			}
			switch e := event.(type) {
			case conversation.Ignored, conversation.Flattened:
				if !yield(e, nil) {
					return
				}
			case conversation.TextDelta:
				text.WriteString(e.Text)
			case conversation.ToolCall:
				// What is said beside a call is not the answer yet.
				if text.Len() > 0 {
					held = append(held, conversation.TextDelta{Text: text.String()})
					text.Reset()
				}
				held = append(held, e)
			case conversation.Done:
				if e.Reason == conversation.ToolCalls {
					if text.Len() > 0 {
						held = append(held, conversation.TextDelta{Text: text.String()})
					}
					for _, h := range append(held, e) {
						if !yield(h, nil) {
							return
						}
					}
					held = nil
					continue
				}
				answer, failure := f.check(text.String(), e.Reason)
				if failure != nil {
					yield(nil, failure)
					return
				}
				if answer != "" {
					held = append(held, conversation.TextDelta{Text: answer})
				}
				for _, h := range append(held, e) {
					if !yield(h, nil) {
						return
					}
				}
				held = nil // what may come after the end is passed on as it is
			default:
				held = append(held, event)
			}
		}
	}
}

// check gives the text that may be shown.
func (f *Format) check(text string, reason conversation.StopReason) (string, *conversation.Error) {
	switch reason {
	case conversation.Refusal:
		return "", nil
	case conversation.MaxTokens:
		return asFarAsItWent(text), nil
	case conversation.StopSequence:
		// The client had it end there, which no other try would change.
		if answer, failure := f.complete(text); failure == nil {
			return answer, nil
		}
		return asFarAsItWent(text), nil
	}
	return f.complete(text)
}

// asFarAsItWent is an answer that was cut, without the beginning of a code fence.
func asFarAsItWent(text string) string {
	if begun := opened(text); strings.HasPrefix(begun, "{") || strings.HasPrefix(begun, "[") {
		return begun
	}
	return text
}

// complete gives the text of an answer that the model has ended.
func (f *Format) complete(text string) (string, *conversation.Error) {
	text = unfenced(text)
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		return "", notMet("is not JSON")
	}
	if f.whole == nil {
		if _, ok := value.(map[string]any); !ok {
			return "", notMet("is JSON, but not an object")
		}
		return text, nil
	}
	if f.whole.Validate(value) != nil { // its words would show the answer's
		return "", notMet("does not satisfy the schema")
	}
	return text, nil
}

func notMet(why string) *conversation.Error {
	return &conversation.Error{
		Kind: conversation.FormatNotMet, Param: conversation.FormatParam,
		Message: "The model's answer " + why + ", so it is not passed on.",
		Hint:    "Send the request again, or say more clearly in the messages what the JSON is to hold.",
	}
}

const fence = "```"

// unfenced takes a code fence off that is around the whole text.
func unfenced(text string) string {
	inner := opened(text)
	if cut, ok := strings.CutSuffix(inner, fence); ok && len(inner) < len(strings.TrimSpace(text)) {
		inner = cut
	}
	return strings.TrimSpace(inner)
}

// opened takes the beginning of a code fence off: its first line.
func opened(text string) string {
	text = strings.TrimSpace(text)
	inner, ok := strings.CutPrefix(text, fence)
	if !ok {
		return text
	}
	inner = strings.TrimLeft(inner, " \t")
	if len(inner) >= 4 && strings.EqualFold(inner[:4], "json") {
		inner = inner[4:]
	}
	return strings.TrimSpace(inner)
}
