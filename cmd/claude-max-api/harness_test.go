package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/build/apptest"
	"claude-max-api-proxy/proxy"
	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/offline"
)

// binary builds the command once and gives its path.
var binary = sync.OnceValues(func() (string, error) {
	return filepath.Join(binaryDir, "claude-max-api"), apptest.Build("../..", binaryDir, apptest.Command)
})

// binaryDir is made and removed by TestMain.
var binaryDir string

// launched is the built command as a child process, with a home of its own and an
// offline model in Anthropic's place.
type launched struct {
	t      *testing.T
	home   string
	config string // the settings file
	url    string // without /v1
	key    string // the proxy's own; "" for none
	model  *offline.Server
	stdout *apptest.Output
	stderr *apptest.Output

	process *apptest.Process
}

// launch says how an app is started. The zero value but for the CLI will do.
type launch struct {
	cli      string
	key      string         // set as an environment variable
	home     string         // of an app that ran before; "" is a new one
	settings map[string]any // over those that every test needs
	args     []string
	env      []string
	nohup    bool     // as under nohup
	stderr   *os.File // in the place of one that is read
	respond  func(*offline.Request) offline.Reply

	// bare leaves out "serve" and has the settings in the usual place, as when a
	// desktop starts the app.
	bare    bool
	program string // "" is what binary gives
	path    string // PATH; "" is the test's own
}

// start starts the proxy and waits until it has a warm process. When the test
// ends, so does the proxy, in good order.
func start(t *testing.T, l launch) *launched {
	t.Helper()
	a := startCold(t, l)
	a.awaitWarm()
	return a
}

// startCold waits for the proxy only until it answers.
func startCold(t *testing.T, l launch) *launched {
	t.Helper()
	a := prepare(t, l)
	a.begin(l)
	a.awaitHealth(always)
	return a
}

// prepare makes all that an app needs, and starts none.
func prepare(t *testing.T, l launch) *launched {
	t.Helper()
	a := &launched{t: t, home: l.home, key: l.key, stdout: &apptest.Output{}, stderr: &apptest.Output{}}
	if a.home == "" {
		a.home = t.TempDir()
	}
	var err error
	a.model, err = offline.Start(offline.Config{Respond: l.respond})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.model.Close()) })
	a.config = filepath.Join(a.home, "settings.json")
	if l.bare {
		a.config = filepath.Join(a.home, ".config", "claude-max-api", "settings.json")
	}
	port, err := apptest.Settings(a.config, l.cli, claudetest.Environment(a.home, a.model.URL()), l.settings)
	require.NoError(t, err)
	a.url = fmt.Sprintf("http://127.0.0.1:%d", port)
	return a
}

// begin starts the app, which ends with the test, in good order.
func (a *launched) begin(l launch) {
	a.t.Helper()
	path := l.program
	if path == "" {
		var err error
		path, err = binary()
		require.NoError(a.t, err)
	}
	args := []string{"serve", "--config", a.config}
	if l.bare {
		args = nil
	}
	command := exec.Command(path, append(args, l.args...)...)
	if l.nohup {
		command = exec.Command("sh", append([]string{"-c", `trap "" HUP; exec "$0" "$@"`}, command.Args...)...)
	}
	command.Env = append([]string{"PATH=" + cmp.Or(l.path, os.Getenv("PATH")), "HOME=" + a.home, "CLAUDE_MAX_API_KEY=" + l.key}, l.env...)
	command.Stdout, command.Stderr = a.stdout, a.stderr
	if l.stderr != nil {
		command.Stderr = l.stderr
	}
	var err error
	a.process, err = apptest.Start(command)
	require.NoError(a.t, err)
	a.t.Cleanup(func() {
		if a.running() {
			a.signal(syscall.SIGTERM)
			require.Equal(a.t, exitOK, a.exitCode(), "exit code after SIGTERM")
		}
		a.awaitNoProcesses()
		if a.t.Failed() {
			a.t.Logf("stderr of the proxy:\n%s", a.stderr.String())
		}
	})
}

// in is the same app for a subtest.
func (a *launched) in(t *testing.T) *launched {
	b := *a
	b.t = t
	return &b
}

func (a *launched) running() bool { return a.process.Running() }

func (a *launched) signal(s os.Signal) { require.NoError(a.t, a.process.Command.Process.Signal(s)) }

// exitCode waits for the end; -1 stands for a signal.
func (a *launched) exitCode() int {
	a.t.Helper()
	return a.process.ExitCode(a.t, patience)
}

func (a *launched) health() (h proxy.Health, err error) {
	request, err := http.NewRequest(http.MethodGet, a.url+"/health", nil)
	if err != nil {
		return h, err
	}
	request.Header.Set("Authorization", "Bearer "+a.key)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return h, err
	}
	defer func() { _ = response.Body.Close() }()
	return h, json.NewDecoder(response.Body).Decode(&h)
}

// always is for those who only want an answer.
func always(proxy.Health) bool { return true }

func (a *launched) awaitHealth(reached func(proxy.Health) bool) {
	a.t.Helper()
	var h proxy.Health
	a.await("the proxy's health", func() bool {
		var err error
		h, err = a.health()
		require.True(a.t, a.running(), "the proxy has ended: %s", a.stderr.String())
		return err == nil && reached(h)
	})
}

// awaitWarm waits for a process that waits for a question.
func (a *launched) awaitWarm() {
	a.t.Helper()
	a.awaitHealth(func(h proxy.Health) bool {
		return h.Processes.Warm > 0 && h.Processes.Starting == 0 && h.SignIn.State != conversation.SignInUnknown
	})
}

func (a *launched) await(what string, reached func() bool) {
	a.t.Helper()
	await(a.t, what, reached)
}

// await polls what announces nothing.
func await(t *testing.T, what string, reached func() bool) {
	t.Helper()
	apptest.Await(t, patience, what, reached)
}

// context ends when the test's patience does.
func (a *launched) context() context.Context {
	ctx, cancel := context.WithTimeout(a.t.Context(), patience)
	a.t.Cleanup(cancel)
	return ctx
}

// processes are those that the proxy has started, directly or not: all that have
// its CLI's home in their environment. Linux only; elsewhere none is seen.
func (a *launched) processes() map[int]string {
	return claudetest.ProcessesWith("CLAUDE_CONFIG_DIR=" + filepath.Join(a.home, ".claude"))
}

func (a *launched) awaitNoProcesses() {
	a.t.Helper()
	a.await("the end of all processes of the CLI", func() bool { return len(a.processes()) == 0 })
}

// linuxOnly is for tests that look into /proc.
func linuxOnly(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("looks into /proc")
	}
}

// response is what curl received.
type response struct {
	status int
	header textproto.MIMEHeader
	body   []byte
}

// curl sends a body, or asks with GET when it is "", as a person does.
func (a *launched) curl(path, body string, args ...string) response {
	a.t.Helper()
	headers := filepath.Join(a.t.TempDir(), "headers")
	args = append([]string{"-sS", "-N", "--max-time", "60", "-D", headers, a.url + path}, args...)
	if body != "" {
		args = append(args, "-H", "Content-Type: application/json", "--data-binary", "@-")
	}
	command := exec.CommandContext(a.context(), apptest.Tool(a.t, "curl"), args...)
	command.Stdin = strings.NewReader(body)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	require.NoError(a.t, err, "curl: %s", stderr.String())

	text, err := os.ReadFile(headers)
	require.NoError(a.t, err)
	// A large body is announced with "Expect: 100-continue", which has an answer
	// of its own.
	text = bytes.TrimPrefix(text, []byte("HTTP/1.1 100 Continue\r\n\r\n"))
	line, rest, _ := strings.Cut(string(text), "\r\n")
	r := response{body: out}
	_, err = fmt.Sscanf(line, "HTTP/1.1 %d", &r.status)
	require.NoError(a.t, err, line)
	r.header = textproto.MIMEHeader{}
	for field := range strings.SplitSeq(strings.TrimSpace(rest), "\r\n") {
		key, value, _ := strings.Cut(field, ": ")
		r.header.Add(key, value)
	}
	return r
}

// chat makes a request's body from alternating user and assistant texts.
func chat(stream bool, texts ...string) string {
	var messages []map[string]any
	for i, text := range texts {
		role := "user"
		if i%2 == 1 {
			role = "assistant"
		}
		messages = append(messages, map[string]any{"role": role, "content": text})
	}
	return marshal(map[string]any{
		"model": "claude-opus-4", "messages": messages, "stream": stream,
		"stream_options": map[string]any{"include_usage": stream},
	})
}

func marshal(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // a mistake in the test
	}
	return string(data)
}

// open sends a streaming request and returns the running answer.
func (a *launched) open(body string) io.ReadCloser {
	a.t.Helper()
	request, err := http.NewRequestWithContext(a.context(), http.MethodPost, a.url+"/v1/chat/completions", strings.NewReader(body))
	require.NoError(a.t, err)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	require.NoError(a.t, err)
	a.t.Cleanup(func() { _ = response.Body.Close() })
	return response.Body
}

// chunk is an event of a stream, or the error that ends one.
type chunk struct {
	ID      string `json:"id"`
	Model   string `json:"model"`
	Choices []struct {
		Delta struct {
			Role    string `json:"role"`
			Content string `json:"content"`
		} `json:"delta"`
		FinishReason string `json:"finish_reason"`
	} `json:"choices"`
	Usage *struct {
		Prompt     int `json:"prompt_tokens"`
		Completion int `json:"completion_tokens"`
		Total      int `json:"total_tokens"`
	} `json:"usage"`
	Error *failure `json:"error"`

	raw []byte
}

type failure struct {
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Code    *string `json:"code"`
}

// transcript is a whole stream.
type transcript struct {
	chunks []chunk
	done   bool // [DONE] was the last
}

func (s transcript) text() string {
	var out strings.Builder
	for _, c := range s.chunks {
		for _, choice := range c.Choices {
			out.WriteString(choice.Delta.Content)
		}
	}
	return out.String()
}

// finish is the finish_reason; "" when there is none.
func (s transcript) finish() string {
	for _, c := range s.chunks {
		for _, choice := range c.Choices {
			if choice.FinishReason != "" {
				return choice.FinishReason
			}
		}
	}
	return ""
}

// failed is the error chunk, which must be the last; nil when there is none.
func (s transcript) failed() *failure {
	if len(s.chunks) == 0 {
		return nil
	}
	return s.chunks[len(s.chunks)-1].Error
}

// readStream accepts nothing but "data: " lines, each followed by an empty one:
// some clients die of comments.
func readStream(t *testing.T, stream []byte) (s transcript) {
	t.Helper()
	for event := range strings.SplitSeq(strings.TrimSuffix(string(stream), "\n\n"), "\n\n") {
		data, ok := strings.CutPrefix(event, "data: ")
		require.True(t, ok && !strings.Contains(data, "\n"), "not an event of one data line: %q", event)
		require.False(t, s.done, "something follows [DONE]: %q", event)
		if data == "[DONE]" {
			s.done = true
			continue
		}
		c := chunk{raw: []byte(data)}
		require.NoError(t, json.Unmarshal(c.raw, &c), data)
		s.chunks = append(s.chunks, c)
	}
	return s
}
