package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/openai/openaitest"
)

// OpenAI's own client for JavaScript, which many programs are built upon.
func TestTheOfficialOpenAIClient(t *testing.T) {
	claudetest.Each(t, func(t *testing.T, cli string) {
		client := openaiClient(t)
		a := start(t, launch{cli: cli})

		t.Run("models", func(t *testing.T) {
			lines := a.in(t).ask(client, "models")
			require.Greater(t, len(lines), 3)
			for _, line := range lines {
				openaitest.Validate(t, "Model", line)
			}
			assert.Contains(t, string(lines[0]), `"id":"claude-opus-4"`)
		})
		t.Run("chat", func(t *testing.T) {
			line := only(t, a.in(t).ask(client, "chat"))
			openaitest.Validate(t, "CreateChatCompletionResponse", line)
			assert.Contains(t, string(line), `"content":"pong"`)
		})
		t.Run("stream", func(t *testing.T) {
			var s transcript
			for _, line := range a.in(t).ask(client, "stream") {
				openaitest.Validate(t, "CreateChatCompletionStreamResponse", line)
				var c chunk
				require.NoError(t, json.Unmarshal(line, &c))
				s.chunks = append(s.chunks, c)
			}
			assert.True(t, strings.HasSuffix(s.text(), "word29 word30 "), s.text())
			assert.Equal(t, "stop", s.finish())
			usage := s.chunks[len(s.chunks)-1].Usage
			if assert.NotNil(t, usage, "the last chunk has the usage") {
				assert.Equal(t, 30, usage.Completion)
			}
		})
		t.Run("json", func(t *testing.T) {
			var got []string
			for _, line := range a.in(t).ask(client, "json") {
				got = append(got, strings.TrimSpace(string(line)))
			}
			assert.Equal(t, []string{
				`{"x":1,"y":2}`, `{"x":1,"y":2}`, `{"x":3,"y":4}`, `{"x":3,"y":4}`,
				`{"status":422,"code":"format_not_met","param":"response_format"}`,
			}, got)
		})
		t.Run("image", func(t *testing.T) {
			line := only(t, a.in(t).ask(client, "image"))
			assert.Contains(t, string(line), "I can see 1 image or document (image/png).")
		})
		t.Run("tools", func(t *testing.T) {
			var got struct {
				Final string
				Ran   []struct {
					Name string
					Args struct{ City string }
				}
				Roles []string
			}
			a := a.in(t)
			require.NoError(t, json.Unmarshal(only(t, a.ask(client, "tools")), &got))
			require.Len(t, got.Ran, 2, "both functions were run")
			assert.Equal(t, []string{"get_time", "get_weather"}, []string{got.Ran[0].Name, got.Ran[1].Name})
			assert.Equal(t, "offline", got.Ran[1].Args.City)
			assert.Equal(t, []string{"user", "assistant", "tool", "tool", "assistant"}, got.Roles)
			assert.NotEmpty(t, got.Final)
			requests := a.model.Requests()
			body := string(requests[len(requests)-1].Body)
			assert.Contains(t, body, "get_weather of offline: fine")
			assert.Contains(t, body, "get_time of offline: fine")
		})
		t.Run("streamed tool call", func(t *testing.T) {
			line := only(t, a.in(t).ask(client, "toolstream"))
			var got struct {
				Pieces  int
				Choices []struct {
					FinishReason string `json:"finish_reason"`
					Message      struct {
						ToolCalls []struct {
							ID       string
							Function struct{ Name, Arguments string }
						} `json:"tool_calls"`
					}
				}
			}
			require.NoError(t, json.Unmarshal(line, &got))
			assert.Greater(t, got.Pieces, 1, "the arguments come as they are written")
			require.Len(t, got.Choices, 1)
			assert.Equal(t, "tool_calls", got.Choices[0].FinishReason)
			require.Len(t, got.Choices[0].Message.ToolCalls, 1)
			call := got.Choices[0].Message.ToolCalls[0]
			assert.Equal(t, "get_weather", call.Function.Name)
			assert.JSONEq(t, `{"city":"Rome"}`, call.Function.Arguments)
		})
		t.Run("errors", func(t *testing.T) {
			type thrown struct {
				Class   string
				Status  int
				Code    string
				Message string
			}
			want := []thrown{
				{"RateLimitError", 429, "rate_limit_exceeded", "the plan itself is not used up"},
				{"RateLimitError", 429, "usage_limit_reached", "it resets at"},
				{"AuthenticationError", 401, "sign_in_needed", "claude auth login"},
				{"BadRequestError", 400, "context_length_exceeded", "Shorten or compact"},
				{"APIError", 0, "upstream_error", "send the request again"},
			}
			lines := a.in(t).ask(client, "error")
			require.Len(t, lines, len(want))
			for i, line := range lines {
				var got thrown
				require.NoError(t, json.Unmarshal(line, &got), string(line))
				assert.Contains(t, got.Message, want[i].Message)
				got.Message = want[i].Message
				assert.Equal(t, want[i], got)
			}
		})
		t.Run("abort", func(t *testing.T) {
			a := a.in(t)
			ctx := a.context()
			command := a.command(ctx, client, "abort")
			stdin, err := command.StdinPipe()
			require.NoError(t, err)
			stdout, err := command.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, command.Start())
			line, err := bufio.NewReader(stdout).ReadString('\n')
			aborted := time.Now()
			require.NoError(t, err)
			assert.Equal(t, "\"aborted\"\n", line)
			require.NoError(t, a.model.WaitIdle(ctx))
			assert.Less(t, time.Since(aborted), time.Second, "until the abort had reached upstream")
			require.NoError(t, stdin.Close())
			require.NoError(t, command.Wait())
		})
	})
}

// openaiClient gives the folder that `make test` has installed the package in.
func openaiClient(t *testing.T) string {
	t.Helper()
	tool(t, "node")
	dir := os.Getenv("OPENAI_TEST_CLIENT")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "openai")); dir == "" || err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("the openai package is not there; run `make test`, which fetches it")
		}
		t.Skip("the openai package is not there; `make test` fetches it")
	}
	return dir
}

func (a *launched) command(ctx context.Context, client, what string) *exec.Cmd {
	command := exec.CommandContext(ctx, tool(a.t, "node"), filepath.Join("testdata", "openai", "ask.mjs"), what)
	command.Env = append(os.Environ(), "OPENAI_CLIENT="+client, "BASE_URL="+a.url+"/v1")
	command.Stderr = a.t.Output()
	return command
}

// ask runs the script and gives the lines that it printed.
func (a *launched) ask(client, what string) (lines [][]byte) {
	a.t.Helper()
	out, err := a.command(a.context(), client, what).Output()
	require.NoError(a.t, err)
	for line := range strings.Lines(string(out)) {
		lines = append(lines, []byte(line))
	}
	return lines
}

func only(t *testing.T, lines [][]byte) []byte {
	t.Helper()
	require.Len(t, lines, 1)
	return lines[0]
}
