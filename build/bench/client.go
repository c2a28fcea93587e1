package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// client asks for streamed answers, in OpenAI's form or in that of the Messages
// API: as far as they are used here, the two requests are the same.
type client struct {
	url       string
	maxTokens int    // 0: not in the request; the Messages API requires it
	tools     []tool // offered with each request; OpenAI's form only
}

// withLimit is a client that limits the answer, without harm to those used here.
func (c *client) withLimit() *client { return &client{url: c.url, maxTokens: 4096} }

// withTool is a client that offers one tool.
func (c *client) withTool(name string) *client {
	return &client{url: c.url, tools: []tool{newTool(name)}}
}

type message struct {
	Role       string     `json:"role"`
	Content    string     `json:"content"`
	ToolCalls  []toolCall `json:"tool_calls,omitempty"`   // of an answer
	ToolCallID string     `json:"tool_call_id,omitempty"` // of a result
}

func system(text string) message    { return message{Role: "system", Content: text} }
func user(text string) message      { return message{Role: "user", Content: text} }
func assistant(text string) message { return message{Role: "assistant", Content: text} }

// answer is one answer and when it came, counted from before the request.
type answer struct {
	first, whole time.Duration
	text         string
	calls        []toolCall
}

// askLimit bounds one answer: a proxy that hangs must not hang the benchmark.
const askLimit = time.Minute

// ask reads one answer to its end. onFirst, if there is one, is called with the
// first text.
func (c *client) ask(ctx context.Context, messages []message, onFirst func()) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	question := map[string]any{"model": "claude-opus-4", "stream": true, "messages": messages}
	if c.maxTokens > 0 {
		question["max_tokens"] = c.maxTokens
	}
	if len(c.tools) > 0 {
		question["tools"] = c.tools
	}
	body, err := json.Marshal(question)
	if err != nil {
		return answer{}, err
	}
	began := time.Now()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		said, _ := readAll(response)
		return answer{}, fmt.Errorf("%s: %s", response.Status, said)
	}
	var a answer
	var text strings.Builder
	lines := bufio.NewReader(response.Body)
	for {
		line, err := lines.ReadBytes('\n')
		if data, ok := bytes.CutPrefix(line, []byte("data: ")); ok {
			delta, calls, err := deltaOf(bytes.TrimSpace(data))
			if err != nil {
				return a, err
			}
			a.calls = appendCalls(a.calls, calls)
			if delta != "" && a.first == 0 {
				a.first = time.Since(began)
				if onFirst != nil {
					onFirst()
				}
			}
			text.WriteString(delta)
		}
		if errors.Is(err, io.EOF) {
			a.whole, a.text = time.Since(began), text.String()
			return a, nil
		}
		if err != nil {
			return a, err
		}
	}
}

// deltaOf is what one event of either protocol adds to the text, and to the calls.
func deltaOf(data []byte) (string, []toolCall, error) {
	if string(data) == "[DONE]" {
		return "", nil, nil
	}
	var event struct {
		Choices []struct {
			Delta struct {
				Content   string
				ToolCalls []toolCall `json:"tool_calls"`
			}
		}
		Delta struct{ Text string }
		Error json.RawMessage
	}
	if err := json.Unmarshal(data, &event); err != nil {
		return "", nil, fmt.Errorf("not an event: %s", data)
	}
	if len(event.Error) > 0 {
		return "", nil, fmt.Errorf("the answer is an error: %s", event.Error)
	}
	if len(event.Choices) > 0 {
		delta := event.Choices[0].Delta
		return delta.Content, delta.ToolCalls, nil
	}
	return event.Delta.Text, nil, nil
}

// check says whether the answer is one of those the model gives.
func (a answer) check(expected ...[]string) error {
	for _, deltas := range expected {
		if a.text == strings.Join(deltas, "") {
			return nil
		}
	}
	return fmt.Errorf("this is not what the model said: %q", a.text)
}

func readAll(response *http.Response) ([]byte, error) {
	defer func() { _ = response.Body.Close() }()
	return io.ReadAll(io.LimitReader(response.Body, 1<<20))
}
