package claude

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"claude-max-api-proxy/proxy/claude/streamjson"
	"claude-max-api-proxy/proxy/conversation"
)

// answer turns the CLI's messages of one turn into events. It is a pure state
// machine: one message in, at most one event out, and a verdict on how to go on.
type answer struct {
	model     string
	usage     conversation.Usage
	stop      conversation.StopReason
	sequence  string // that stopped it; "" for none
	offered   []conversation.Tool
	calls     []conversation.ToolUse // those of offered tools, so far; the last one may be open
	calling   bool                   // the open block is one of them
	foreign   bool                   // a tool was called that was not offered
	thinking  []conversation.Block   // so far; the last one may be open
	pondering bool                   // the open block is one of them
	untold    []conversation.Event   // thoughts that wait for the next event
	requested bool                   // the CLI has asked upstream: the turn may have cost something
	forwarded bool                   // something of the answer has gone to the client
	tool      string
	text      strings.Builder // what the client has seen, for recognising it later

	errorCode string
	apiError  streamjson.APIError // the last that the CLI has told
	retry     streamjson.APIRetry
	limit     streamjson.RateLimit
}

// verdict says what follows a message.
type verdict int

const (
	goOn     verdict = iota
	finished         // the answer is complete, the process can be used again
	holding          // the answer is complete, the process waits for the results of its calls
	cut              // the answer is complete, but the process must be killed
)

// longestRetry is how long we let the CLI wait before it repeats a request.
// Beyond it the client is told at once, with the time to wait.
const longestRetry = 3 * time.Second

func (a *answer) step(m streamjson.Message) (conversation.Event, verdict, *conversation.Error) {
	switch m := m.(type) {
	case streamjson.Init:
		if lost := a.lostTools(m.Tools); len(lost) > 0 {
			return nil, cut, toolsLost(lost)
		}
	case streamjson.StreamEvent:
		return a.streamEvent(m)
	case streamjson.Requesting:
		a.requested = true
		if a.errorCode != "" {
			return nil, cut, a.changed()
		}
	case streamjson.RateLimit:
		a.limit = m
	case streamjson.APIError:
		a.errorCode, a.apiError = m.Code, m
	case streamjson.APIRetry:
		a.requested = true
		a.retry = m
		if a.forwarded {
			return nil, cut, brokenOff()
		}
		if delay(m) > longestRetry {
			a.errorCode = m.Code
			return nil, cut, a.failure(streamjson.Result{APIErrorStatus: m.Status})
		}
	case streamjson.Result:
		if m.IsError || a.errorCode != "" {
			return nil, cut, a.failure(m)
		}
		if a.stop == "" {
			return nil, cut, &conversation.Error{
				Kind:    conversation.CLIFailed,
				Message: "The Claude Code CLI ended the turn without an answer of the model.",
				Hint:    "Run `claude-max-api doctor`; if the CLI was updated just now, try again.",
			}
		}
		return a.done(), finished, nil
	case streamjson.ControlResponse:
		if m.Subtype == "error" {
			return nil, cut, refused(m)
		}
	}
	return nil, goOn, nil
}

// formerName is how the CLI calls a tool in its list, and only there, that has the name of
// one of its own which was renamed.
var formerName = map[string]string{"Agent": "Task"}

func (a *answer) streamEvent(e streamjson.StreamEvent) (conversation.Event, verdict, *conversation.Error) {
	a.requested = true
	switch e.Type {
	case "message_start":
		if a.errorCode != "" {
			return nil, cut, a.changed()
		}
		if a.forwarded {
			// The CLI repeats a broken answer from its beginning, so the client would get
			// the text twice; or, in newer versions, asks for the rest with words of its own,
			// which the client's history would not have.
			return nil, cut, brokenOff()
		}
		again := a.model != ""
		if e.Message != nil {
			a.model = e.Message.Model
			a.count(&e.Message.Usage)
		}
		a.stop, a.sequence, a.tool, a.calling, a.foreign, a.calls = "", "", "", false, false, nil
		a.thinking, a.pondering, a.untold = nil, false, nil
		if !again {
			return conversation.Started{Model: a.model, Usage: a.usage}, goOn, nil
		}
	case "content_block_start":
		a.calling, a.pondering = false, false
		if e.ContentBlock == nil {
			break
		}
		switch e.ContentBlock.Type {
		case "thinking":
			a.thinking, a.pondering = append(a.thinking, conversation.Thinking{}), true
		case "redacted_thinking":
			a.thinking, a.pondering = append(a.thinking, conversation.RedactedThinking{Data: e.ContentBlock.Data}), true
		}
		if e.ContentBlock.Type != "tool_use" {
			break
		}
		a.tool = e.ContentBlock.Name
		// Whatever else the model may think of, only the client's tools are there.
		a.calling = slices.ContainsFunc(a.offered, func(t conversation.Tool) bool { return t.Name == a.tool })
		if a.calling {
			a.forwarded = true
			a.calls = append(a.calls, conversation.ToolUse{ID: e.ContentBlock.ID, Name: a.tool})
			return conversation.ToolCall{ID: e.ContentBlock.ID, Name: a.tool}, goOn, nil
		}
		a.foreign = true
	case "content_block_delta":
		if e.Delta == nil {
			break
		}
		if e.Delta.Type == "text_delta" && e.Delta.Text != "" {
			a.forwarded = true
			a.text.WriteString(e.Delta.Text)
			return conversation.TextDelta{Text: e.Delta.Text}, goOn, nil
		}
		if e.Delta.Type == "input_json_delta" && e.Delta.JSON != "" && a.calling {
			last := &a.calls[len(a.calls)-1]
			last.Input = append(last.Input, e.Delta.JSON...)
			return conversation.ToolArguments{JSON: e.Delta.JSON}, goOn, nil
		}
		a.think(e.Delta.Thinking, e.Delta.Signature)
		if e.Delta.Type == "thinking_delta" && e.Delta.Thinking != "" {
			a.forwarded = true
			return conversation.ThinkingDelta{Text: e.Delta.Thinking}, goOn, nil
		}
	case "content_block_stop":
		if a.pondering {
			a.pondering = false
			a.untold = append(a.untold, conversation.Thought{Block: a.thinking[len(a.thinking)-1]})
		}
	case "message_delta":
		a.count(e.Usage)
		if e.Delta != nil {
			a.sequence = e.Delta.StopSequence
			return a.stopped(conversation.StopReason(e.Delta.StopReason))
		}
	}
	return nil, goOn, nil
}

// before gives the thoughts that come before an event. They wait for one, because a client
// that has seen nothing yet can be given another answer when this one breaks off.
func (a *answer) before(event conversation.Event) (thoughts []conversation.Event) {
	if event == nil {
		return nil
	}
	thoughts, a.untold = a.untold, nil
	return thoughts
}

// think adds to the open block of thinking.
func (a *answer) think(text, signature string) {
	if !a.pondering {
		return
	}
	last := len(a.thinking) - 1
	if open, ok := a.thinking[last].(conversation.Thinking); ok {
		open.Text += text
		open.Signature += signature
		a.thinking[last] = open
	}
}

// stopped handles the reason why the model stopped. After anything but a plain
// end the CLI would ask upstream again by itself, which nobody asked for and which
// costs quota, so the turn is cut right here: an interrupt would come too late.
func (a *answer) stopped(reason conversation.StopReason) (conversation.Event, verdict, *conversation.Error) {
	a.stop = reason
	switch reason {
	case "":
		return nil, goOn, nil
	case conversation.EndTurn, conversation.StopSequence:
		if a.text.Len() > 0 && len(a.calls) == 0 {
			return nil, goOn, nil
		}
		// An answer without text is an answer; the CLI would ask for another.
	case "model_context_window_exceeded":
		a.stop = conversation.MaxTokens
	case conversation.ToolCalls:
		if a.holdable() {
			return a.done(), holding, nil
		}
		if len(a.calls) > 0 {
			break
		}
		if !a.forwarded {
			hint := "Try again, or tell the model in the system prompt that it has no tools."
			if len(a.offered) > 0 {
				hint = "Try again, or tell the model in the system prompt to use the tools it has."
			}
			return nil, cut, &conversation.Error{
				Kind:    conversation.Upstream,
				Brief:   "The model called a tool that the request did not offer, and said nothing else.",
				Message: fmt.Sprintf("The model called the tool %q, which the request did not offer, and said nothing else.", a.tool),
				Hint:    hint,
			}
		}
		a.stop = conversation.EndTurn
	}
	return a.done(), cut, nil
}

// said is the answer as a turn, as a client sends it back.
func (a *answer) said() conversation.Turn {
	turn := conversation.Turn{Role: conversation.Assistant}
	if text := a.text.String(); text != "" {
		turn.Blocks = append(turn.Blocks, conversation.Text{Text: text})
	}
	for _, call := range a.calls {
		if len(call.Input) == 0 {
			call.Input = json.RawMessage("{}")
		}
		turn.Blocks = append(turn.Blocks, call)
	}
	if normal := conversation.Normalize([]conversation.Turn{turn}); len(normal) == 1 {
		return normal[0]
	}
	return turn
}

func (a *answer) done() conversation.Event {
	return conversation.Done{Reason: a.stop, Usage: a.usage, StopSequence: a.sequence}
}

// count takes over usage figures. message_delta repeats the input counts in new
// API versions and leaves them out in old ones.
func (a *answer) count(u *streamjson.Usage) {
	if u == nil {
		return
	}
	if u.InputTokens+u.CacheCreationInputTokens+u.CacheReadInputTokens > 0 {
		a.usage.InputTokens = u.InputTokens
		a.usage.CacheCreationTokens = u.CacheCreationInputTokens
		a.usage.CacheReadTokens = u.CacheReadInputTokens
	}
	a.usage.OutputTokens = u.OutputTokens
}

func delay(r streamjson.APIRetry) time.Duration {
	return time.Duration(r.DelayMS * float64(time.Millisecond))
}
