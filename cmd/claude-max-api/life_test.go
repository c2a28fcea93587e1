package main

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy"
	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/offline"
	"claude-max-api-proxy/proxy/openai/openaitest"
)

// sessionHeader is what every process of the CLI sends upstream, each its own.
const sessionHeader = "X-Claude-Code-Session-Id"

func TestTheFirstRequestIsAnsweredByAProcessThatWaited(t *testing.T) {
	linuxOnly(t)
	cli := claudetest.Either(t)
	var a *launched
	var whenAsked []int
	ready := make(chan struct{})
	a = start(t, launch{cli: cli, respond: func(*offline.Request) offline.Reply {
		<-ready
		whenAsked = pids(a)
		return offline.Text("Hello")
	}})
	// The process that was learned from, and the spare.
	a.awaitHealth(func(h proxy.Health) bool { return h.Processes.Warm == 2 })
	before := pids(a)
	close(ready)
	r := a.curl(completions, chat(false, "hi"))
	require.Equal(t, 200, r.status, "%s", r.body)
	for _, pid := range whenAsked {
		assert.Contains(t, before, pid, "a process that was started for the request")
	}
}

func pids(a *launched) []int { return slices.Sorted(maps.Keys(a.processes())) }

func TestTheNextTurnGoesToTheSameProcess(t *testing.T) {
	cli := claudetest.Either(t)
	a := start(t, launch{cli: cli, settings: map[string]any{"max_processes": 4}})
	say := func(texts ...string) string {
		t.Helper()
		r := a.curl(completions, chat(true, texts...))
		s := readStream(t, r.body)
		require.True(t, s.done, "%s", r.body)
		return s.text()
	}
	first := say("offline:echo(one)")
	assert.Equal(t, "one", first)
	second := say("offline:echo(one)", first, "offline:echo(two)")
	say("offline:echo(something else)")
	say("offline:echo(one)", first, "offline:echo(two)", second, "offline:echo(three)")

	var sessions []string
	for _, r := range a.model.Requests() {
		sessions = append(sessions, r.Header.Get(sessionHeader))
	}
	require.Len(t, sessions, 4, "one request upstream for each of ours")
	assert.NotEmpty(t, sessions[0])
	assert.Equal(t, sessions[0], sessions[1], "the conversation goes on")
	assert.NotEqual(t, sessions[0], sessions[2], "another conversation")
	assert.Equal(t, sessions[0], sessions[3], "the first one again")
}

func TestTwentyStreamsAtOnceAllFinish(t *testing.T) {
	cli := claudetest.Either(t)
	a := start(t, launch{cli: cli})
	const streams = 20
	answers := make([]transcript, streams)
	var all sync.WaitGroup
	for i := range streams {
		stream := a.openLater(chat(true, fmt.Sprintf("offline:echo(answer number %d)", i)))
		all.Go(func() {
			body, err := stream()
			if assert.NoError(t, err) {
				answers[i] = readStream(t, body)
			}
		})
	}
	all.Wait()
	for i, s := range answers {
		assert.Equal(t, fmt.Sprintf("answer number %d", i), s.text())
		assert.True(t, s.done)
	}
	assert.LessOrEqual(t, len(a.processes()), 2*6, "more processes than max_processes and what they start")
	h, err := a.health()
	require.NoError(t, err)
	assert.EqualValues(t, streams, h.Requests.Total)
	assert.Zero(t, h.Requests.Failed)
	assert.Equal(t, 6, h.Processes.Max)
}

// openLater gives a function that sends the request and reads the whole answer.
func (a *launched) openLater(body string) func() ([]byte, error) {
	ctx := a.context()
	return func() ([]byte, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url+completions, strings.NewReader(body))
		if err != nil {
			return nil, err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return nil, err
		}
		defer func() { _ = response.Body.Close() }()
		return io.ReadAll(response.Body)
	}
}

// An answer that is nearly done may finish; one that goes on is cut, and says so.
func TestASignalEndsTheProxyInGoodOrder(t *testing.T) {
	linuxOnly(t)
	for name, signal := range map[string]os.Signal{"SIGINT": syscall.SIGINT, "SIGTERM": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			cli := claudetest.Either(t)
			gate := make(chan struct{})
			a := start(t, launch{cli: cli, respond: func(r *offline.Request) offline.Reply {
				if strings.Contains(r.LastUserText(), "finish") {
					return offline.Script(offline.Text("nearly "), offline.Wait(gate), offline.Text("done"))
				}
				return offline.Script(offline.Text("for ever "), offline.Silence())
			}})
			var all sync.WaitGroup
			var finished, cut []byte
			for question, answer := range map[string]*[]byte{"finish": &finished, "go on": &cut} {
				ask := a.openLater(chat(true, question))
				all.Go(func() {
					var err error
					*answer, err = ask()
					assert.NoError(t, err)
				})
			}
			a.await("two running answers", func() bool { return a.model.Active() == 2 })
			a.await("both to have begun", func() bool {
				h, err := a.health()
				return err == nil && h.Processes.Busy == 2
			})
			assert.NotEmpty(t, a.processes())

			a.signal(signal)
			a.await("the port to be free", func() bool { _, err := a.health(); return err != nil })
			close(gate)
			all.Wait()
			assert.Equal(t, exitOK, a.exitCode())
			assert.Empty(t, a.processes(), "processes that outlive the proxy")

			s := readStream(t, finished)
			assert.Equal(t, "nearly done", s.text())
			assert.True(t, s.done)
			s = readStream(t, cut)
			assert.Equal(t, "for ever ", s.text())
			assert.False(t, s.done)
			assert.Empty(t, s.finish())
			if assert.NotNil(t, s.failed(), "%s", cut) {
				openaitest.Validate(t, "ErrorResponse", s.chunks[len(s.chunks)-1].raw)
				assert.Equal(t, "shutting_down", *s.failed().Code)
			}
			assert.Empty(t, instances(t, a), "run directories")
		})
	}
}

func TestASecondCtrlCEndsAtOnce(t *testing.T) {
	linuxOnly(t)
	a := start(t, launch{cli: claudetest.Either(t)})
	var asked sync.WaitGroup
	ask := a.openLater(chat(true, "offline:silent"))
	asked.Go(func() { _, _ = ask() })
	require.NoError(t, a.model.WaitRequests(a.context(), 1))
	a.signal(os.Interrupt)
	a.await("the port to be free", func() bool { _, err := a.health(); return err != nil })
	second := time.Now()
	a.signal(os.Interrupt)
	assert.Equal(t, -1, a.exitCode())
	assert.Less(t, time.Since(second), 2*time.Second)
	a.awaitNoProcesses()
	asked.Wait()
}

func TestAClosedTerminalEndsTheProxyUnlessItIsToStay(t *testing.T) {
	linuxOnly(t)
	claudetest.Either(t) // the e2e tests are wanted at all
	// A child inherits what its parent ignores, and these tests may run under nohup: what
	// is caught instead starts anew in a child.
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	a := startCold(t, launch{cli: "/nowhere/claude"})
	a.signal(syscall.SIGHUP)
	assert.Equal(t, exitOK, a.exitCode())

	stays := startCold(t, launch{cli: "/nowhere/claude", nohup: true})
	stays.signal(syscall.SIGHUP)
	_, err := stays.health()
	assert.NoError(t, err)
}

// TestATerminalThatNobodyReadsHoldsNothingUp: it may be stopped with Ctrl-S, or be the pipe of
// a program that has other things to do.
func TestATerminalThatNobodyReadsHoldsNothingUp(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	for name, end := range map[string]func(*testing.T, *launched){
		"SIGTERM": func(_ *testing.T, a *launched) { a.signal(syscall.SIGTERM) },
		"quit": func(t *testing.T, a *launched) {
			program, err := binary()
			require.NoError(t, err)
			quit := exec.CommandContext(a.context(), program, "quit", "--config", a.config)
			quit.Env = []string{"HOME=" + a.home}
			out, err := quit.CombinedOutput()
			require.NoError(t, err, "%s", out)
		},
	} {
		t.Run(name, func(t *testing.T) {
			unread, stderr, err := os.Pipe()
			require.NoError(t, err)
			t.Cleanup(func() { assert.NoError(t, unread.Close()) })
			a := prepare(t, launch{cli: "/nowhere/claude"})
			a.begin(launch{stderr: stderr})
			require.NoError(t, stderr.Close())
			a.awaitHealth(always)
			const requests = 1000 // more lines than a pipe holds
			for range requests {
				request, err := http.NewRequestWithContext(a.context(), http.MethodPost, a.url+completions, strings.NewReader("{"))
				require.NoError(t, err)
				response, err := http.DefaultClient.Do(request)
				require.NoError(t, err)
				require.NoError(t, response.Body.Close())
			}
			log, err := os.ReadFile(filepath.Join(a.home, ".local", "state", "claude-max-api", "claude-max-api.log"))
			require.NoError(t, err)
			assert.Equal(t, requests, strings.Count(string(log), " msg=request "), "the log file has all of them")
			end(t, a)
			assert.Equal(t, exitOK, a.exitCode())
		})
	}
}

func TestAKilledProxyLeavesNothingBehind(t *testing.T) {
	linuxOnly(t)
	claudetest.Each(t, func(t *testing.T, cli string) {
		a := start(t, launch{cli: cli})
		ask := a.openLater(chat(true, "offline:silent"))
		var asked sync.WaitGroup
		asked.Go(func() { _, _ = ask() })
		require.NoError(t, a.model.WaitRequests(a.context(), 1))
		assert.NotEmpty(t, a.processes())

		a.signal(syscall.SIGKILL)
		assert.Equal(t, -1, a.exitCode())
		began := time.Now()
		a.awaitNoProcesses()
		assert.Less(t, time.Since(began), 5*time.Second)
		asked.Wait()
		require.NoError(t, a.model.WaitIdle(a.context()))
		left := instances(t, a)
		require.Len(t, left, 1, "a killed app cannot clean up")

		// The next one does.
		b := start(t, launch{cli: cli, home: a.home})
		now := instances(t, b)
		require.Len(t, now, 1)
		assert.NotEqual(t, left, now)
		assert.Equal(t, 200, b.curl(completions, chat(false, "hi")).status)
	})
}

// TestTheNextStartRemovesWhatAKilledProxyCouldNot: the files that the CLI keeps of its running
// processes, and its logs of tools.
func TestTheNextStartRemovesWhatAKilledProxyCouldNot(t *testing.T) {
	linuxOnly(t)
	for _, version := range claudetest.Versions {
		t.Run(version, func(t *testing.T) {
			cli := claudetest.Real(t, version)
			home, err := os.MkdirTemp("", "cli") // short enough for the path of a socket
			require.NoError(t, err)
			t.Cleanup(func() { assert.NoError(t, os.RemoveAll(home)) })
			ofProcesses := func() (files []string) {
				for _, dir := range []string{filepath.Join(".claude", "sessions"), filepath.Join("run", "cc-socks")} {
					found, err := filepath.Glob(filepath.Join(home, dir, "*"))
					require.NoError(t, err)
					files = append(files, found...)
				}
				return files
			}
			logs := func() []string {
				found, err := filepath.Glob(filepath.Join(home, ".cache", "claude-cli-nodejs", "*"))
				require.NoError(t, err)
				return found
			}
			a := start(t, launch{cli: cli, home: home, respond: func(*offline.Request) offline.Reply {
				return offline.ToolUse("toolu_01AbC", "ask", `{}`)
			}})
			r := a.curl(completions, marshal(map[string]any{
				"model": "claude-opus-4", "messages": []map[string]any{{"role": "user", "content": "hello"}},
				"tools": []map[string]any{{"type": "function", "function": map[string]any{"name": "ask", "parameters": map[string]any{"type": "object"}}}},
			}))
			require.Equal(t, 200, r.status, "%s", r.body)
			a.await("a log of a tool", func() bool { return len(logs()) > 0 })

			a.signal(syscall.SIGKILL)
			assert.Equal(t, -1, a.exitCode())
			a.awaitNoProcesses()
			left, leftLogs := ofProcesses(), logs()
			assert.NotEmpty(t, leftLogs, "a killed app cannot clean up")
			if version != claudetest.Versions[0] {
				assert.NotEmpty(t, left, "nor can its processes")
			}

			b := start(t, launch{cli: cli, home: home})
			b.await("the leftovers to be gone", func() bool {
				return !slices.ContainsFunc(ofProcesses(), func(file string) bool { return slices.Contains(left, file) }) &&
					!slices.ContainsFunc(logs(), func(file string) bool { return slices.Contains(leftLogs, file) })
			})
			b.signal(syscall.SIGTERM)
			assert.Equal(t, exitOK, b.exitCode())
			assert.Empty(t, ofProcesses())
			assert.Empty(t, logs())
		})
	}
}

// instances are the private directories of running apps, by name.
func instances(t *testing.T, a *launched) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(a.home, ".cache", "claude-max-api", "run"))
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

func TestAClientThatLeavesEndsItsRequestUpstream(t *testing.T) {
	cli := claudetest.Either(t)
	a := start(t, launch{cli: cli})
	stream := a.open(chat(true, "offline:slow(1000)"))
	_, err := stream.Read(make([]byte, 1))
	require.NoError(t, err)
	require.NoError(t, stream.Close())
	left := time.Now()
	require.NoError(t, a.model.WaitIdle(a.context()))
	assert.Less(t, time.Since(left), time.Second)
	a.awaitHealth(func(h proxy.Health) bool { return h.Processes.Busy == 0 })
}

func TestTheSettingsFileIsHonoured(t *testing.T) {
	cli := claudetest.Either(t)
	a := startCold(t, launch{cli: cli, settings: map[string]any{
		"max_processes": 3, "spares": 0, "max_body_mib": 1, "api_key": "mine", "log_level": "error",
		"allowed_origins": []string{"http://localhost:5173"}, "allowed_hosts": []string{"host.docker.internal"},
	}})
	key := []string{"-H", "Authorization: Bearer mine"}
	wrong{status: 401, code: "invalid_api_key", message: "the settings file"}.check(t, a.curl(completions, chat(false, "hi")))
	wrong{status: 401, code: "invalid_api_key", message: "Bearer KEY"}.check(t, a.curl("/v1/models", ""))
	assert.NotContains(t, string(a.curl("/health", "").body), "version", "what strangers are told")
	wrong{status: 413, code: "request_too_large", message: "1 MiB"}.check(t, a.curl(completions, chat(false, strings.Repeat("x", 1<<20)), key...))
	r := a.curl(completions, chat(false, "offline:echo(hi)"), append(key, "-H", "Host: host.docker.internal", "-H", "Origin: http://localhost:5173")...)
	assert.Equal(t, 200, r.status, "%s", r.body)
	assert.Equal(t, "http://localhost:5173", r.header.Get("Access-Control-Allow-Origin"))
	assert.Equal(t, 200, a.curl("/v1/models", "", "-H", "X-Api-Key: mine").status)
	assert.Contains(t, string(a.curl("/health", "", key...).body), `"max": 3`)
	assert.Contains(t, string(a.curl("/health", "", key...).body), `"warm": 0`)
	assert.Empty(t, a.stderr.String(), "log_level error")
}
