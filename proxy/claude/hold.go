package claude

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"claude-max-api-proxy/proxy/claude/streamjson"
	"claude-max-api-proxy/proxy/claude/toolbridge"
	"claude-max-api-proxy/proxy/conversation"
)

// heldCalls are the calls that an answer ended with. The CLI waits for their results, and
// asks upstream again by itself once it has all of them: that is the cheapest way to
// go on. Where it would not be the exact one, the process is given up and another one is
// told the whole conversation.
type heldCalls struct {
	ids   []string    // the model's, in the order of the calls
	offer fingerprint // of the tools, see holds
}

// longestHold bounds how long a process waits for results. The CLI has been seen to wait
// for 15 minutes without losing patience.
const longestHold = 10 * time.Minute

// longestCalling bounds how long the CLI may take until it asks for results.
const longestCalling = 5 * time.Second

// call is a call of a tool together with the CLI's request that wants its result.
type call struct {
	toolbridge.Call
	request streamjson.ControlRequest
}

// note keeps a call until its result comes.
func (s *session) note(c call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls == nil {
		s.calls = map[string]call{}
	}
	s.calls[c.ID] = c
	if s.called != nil {
		close(s.called)
		s.called = nil
	}
}

// takes says whether the session can go on with what the request has to say next. One
// that waits for results takes nothing but these: what is said beside them, it
// would tell the model in words of its own, and so it would of what is no plain
// text. Nor does it take up all parameters while it waits.
func (s *session) takes(w want) bool {
	if s.held == nil {
		return true
	}
	news := w.turns[s.turns:]
	before, after := s.settings, w.opening.settings
	before.extraBody, after.extraBody = "", ""
	return len(news) == 1 && before == after && plainResults(news[0], len(s.held.ids)) != nil
}

// plainResults gives the texts of each result of a turn that consists of n of them, in
// the order of the calls, see [conversation.Pair]; nil when there is anything else.
func plainResults(t conversation.Turn, n int) (results [][]string) {
	size := 0
	if len(t.Blocks) != n {
		return nil
	}
	for _, b := range t.Blocks {
		r, ok := b.(conversation.ToolResult)
		if !ok || r.IsError || len(r.Blocks) == 0 {
			return nil
		}
		var texts []string
		for _, b := range r.Blocks {
			text, ok := b.(conversation.Text)
			if size += len(text.Text); !ok || strings.TrimSpace(text.Text) == "" || size > toolbridge.LongestResult {
				return nil
			}
			texts = append(texts, text.Text)
		}
		results = append(results, texts)
	}
	return results
}

// awaitCalls waits until the CLI has asked for the result of each call. It does so within
// milliseconds after the answer, so that this is for nobody but very fast clients.
func (s *session) awaitCalls(ctx context.Context) error {
	timer := time.NewTimer(longestCalling)
	defer timer.Stop()
	for _, id := range s.held.ids {
		for {
			s.mu.Lock()
			_, there := s.calls[id]
			if !there && s.called == nil {
				s.called = make(chan struct{})
			}
			called := s.called
			s.mu.Unlock()
			if there {
				break
			}
			select {
			case <-called:
			case <-s.ended:
				return s.lost()
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-timer.C:
				s.proc.Kill()
				return &lostError{cause: "it did not ask for the results of its calls"}
			}
		}
	}
	return nil
}

// tellResults answers the calls. Results stand upstream in the order in which the CLI
// has taken them over, so each waits for the one before. The lines go before all of them.
func (s *session) tellResults(ctx context.Context, x *exchange, t turn, lines *bytes.Buffer) error {
	results := plainResults(t.request.Turns[s.turns], len(s.held.ids))
	for i, id := range s.held.ids {
		s.mu.Lock()
		c := s.calls[id]
		delete(s.calls, id)
		s.mu.Unlock()
		if err := streamjson.AppendMCP(lines, c.request, c.Result(results[i])); err != nil {
			return err
		}
		if err := s.tellWithin(ctx, lines.Bytes(), t.silence); err != nil {
			return err
		}
		lines.Reset()
		if i == len(s.held.ids)-1 {
			return nil
		}
		if err := s.taken(ctx, x, id, t.silence); err != nil {
			return err
		}
	}
	return nil
}

// taken waits until the CLI has taken over the result of a call.
func (s *session) taken(ctx context.Context, x *exchange, id string, silence time.Duration) error {
	for {
		m, err := s.receive(ctx, x, silence)
		if err != nil {
			return err
		}
		switch m := m.(type) {
		case streamjson.ToolResults:
			if slices.Contains(m.IDs, id) {
				return nil
			}
		case streamjson.ControlResponse:
			if m.Subtype == "error" {
				return refused(m)
			}
		}
		if asksUpstream(m) {
			return &conversation.Error{
				Kind:    conversation.CLIFailed,
				Message: "The Claude Code CLI went on before it had all results of the tool calls.",
				Hint:    "Run `claude-max-api doctor` to see whether this version of the CLI is supported.",
			}
		}
	}
}
