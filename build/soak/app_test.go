package soak

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
)

// program builds the command once, as `make build` does, but with its debugging
// information, which the watcher needs.
var program = sync.OnceValues(func() (string, error) {
	path := filepath.Join(programDir, "claude-max-api")
	args := []string{"build", "-trimpath", "-o", path}
	if *races {
		args = append(args, "-race")
	}
	out, err := exec.Command("go", append(args, "../../cmd/claude-max-api")...).CombinedOutput()
	if err != nil {
		return "", &buildError{err, out}
	}
	return path, nil
})

// programDir is made and removed by TestMain.
var programDir string

type buildError struct {
	err error
	out []byte
}

func (e *buildError) Error() string { return "go build: " + e.err.Error() + ": " + string(e.out) }

// app is the built program with a home of its own. It can be started again and again.
type app struct {
	t       *testing.T
	program string
	home    string
	config  string // the settings file
	url     string // without /v1
	watcher *watcher
	asking  *http.Client // for /health; it keeps no connections

	cmd    *exec.Cmd
	done   chan struct{} // closed when the process has ended
	stderr bytes.Buffer  // of the last start; to be read when done is closed
}

// newApp prepares all that the program needs in front of a CLI that gets these further
// variables.
func newApp(t *testing.T, cli, modelURL string, env ...string) *app {
	t.Helper()
	path, err := program()
	require.NoError(t, err)
	a := &app{
		t: t, program: path, home: t.TempDir(),
		asking: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience},
	}
	a.watcher, err = newWatcher(path)
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(a.temporary(), 0o700))
	variables := map[string]string{}
	for _, pair := range append(claudetest.Environment(a.home, modelURL), env...) {
		key, value, _ := strings.Cut(pair, "=")
		variables[key] = value
	}
	port := freePort(t)
	settings, err := json.Marshal(map[string]any{
		"port": port.Port, "listen": "127.0.0.1", "claude": cli, "claude_env": variables, "log_level": "info",
	})
	require.NoError(t, err)
	a.config = filepath.Join(a.home, "settings.json")
	require.NoError(t, os.WriteFile(a.config, settings, 0o600))
	a.url = "http://" + port.String()
	t.Cleanup(func() {
		if a.cmd != nil && a.running() {
			a.kill()
		}
	})
	return a
}

// freePort is one that nobody had a moment ago.
func freePort(t *testing.T) *net.TCPAddr {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().(*net.TCPAddr)
}

func (a *app) temporary() string { return filepath.Join(a.home, "tmp") }

// run gives the command line of the program, as this user of it.
func (a *app) run(args ...string) *exec.Cmd {
	command := exec.Command(a.program, append(args, "--config", a.config)...)
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + a.home, "TMPDIR=" + a.temporary()}
	return command
}

// begin starts the program and does not wait for anything.
func (a *app) begin() {
	a.t.Helper()
	a.cmd, a.done = a.run("serve"), make(chan struct{})
	a.stderr.Reset()
	a.cmd.Stderr = &a.stderr
	require.NoError(a.t, a.cmd.Start())
	cmd, done := a.cmd, a.done
	go func() {
		_ = cmd.Wait() // its state tells
		close(done)
	}()
}

// start starts the program and waits until it answers.
func (a *app) start() {
	a.t.Helper()
	a.begin()
	a.await("the proxy to answer", func() bool {
		_, err := a.health()
		return err == nil
	})
}

// do asks the running program for one of its actions, which has taken effect then.
func (a *app) do(action string) {
	a.t.Helper()
	out, err := a.run(action).CombinedOutput()
	require.NoError(a.t, err, "claude-max-api %s: %s", action, out)
}

func (a *app) pid() int { return a.cmd.Process.Pid }

func (a *app) running() bool {
	select {
	case <-a.done:
		return false
	default:
		return true
	}
}

// kill ends it as a crash does.
func (a *app) kill() {
	_ = a.cmd.Process.Kill()
	<-a.done
}

// quit ends it as a service manager does, and says whether that went well.
func (a *app) quit() {
	a.t.Helper()
	require.NoError(a.t, a.cmd.Process.Signal(syscall.SIGTERM))
	a.await("the program to end", func() bool { return !a.running() })
	assert.Zero(a.t, a.cmd.ProcessState.ExitCode(), "exit code")
	assert.NotContains(a.t, a.stderr.String(), "DATA RACE")
}

// health is what is needed of the answer to GET /health.
type health struct {
	Processes struct {
		Starting, Warm, Busy int
		Queued               int `json:"queued_requests"`
	}
}

func (a *app) health() (h health, err error) {
	response, err := a.asking.Get(a.url + "/health")
	if err != nil {
		return h, err
	}
	defer func() { _ = response.Body.Close() }()
	return h, json.NewDecoder(response.Body).Decode(&h)
}

// rest waits until nothing goes on in the proxy any more, and a process waits for the next
// question.
func (a *app) rest() {
	a.t.Helper()
	a.await("the proxy to come to rest", func() bool {
		h, err := a.health()
		p := h.Processes
		return err == nil && p.Busy == 0 && p.Starting == 0 && p.Queued == 0 && p.Warm > 0
	})
}

// await polls what announces nothing.
func (a *app) await(what string, reached func() bool) {
	a.t.Helper()
	if !within(patience, reached) {
		require.Fail(a.t, "waited "+patience.String()+" in vain for "+what, "%s", a.lastWords())
	}
}

// within polls until the condition holds, for the time given at most.
func within(limit time.Duration, reached func() bool) bool {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(limit); !reached(); <-tick.C {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

func (a *app) lastWords() string {
	if a.running() {
		return "it runs"
	}
	return "it has ended and has said: " + a.stderr.String()
}

// processes are all of the CLI, those that it has started included.
func (a *app) processes() []int {
	return slices.Sorted(maps.Keys(claudetest.ProcessesWith("CLAUDE_CONFIG_DIR=" + filepath.Join(a.home, ".claude"))))
}

// killSome kills one of the CLI's processes and says whether there was one.
func (a *app) killSome(random *rand.Rand) bool {
	all := a.processes()
	if len(all) == 0 {
		return false
	}
	// A handle is bound to one process: what has ended meanwhile and has given its number
	// away is not among them when it is looked at again.
	victim, err := os.FindProcess(all[random.IntN(len(all))])
	if err != nil {
		return false
	}
	defer func() { _ = victim.Release() }()
	return slices.Contains(a.processes(), victim.Pid) && victim.Kill() == nil
}

// instances are the private directories of running programs, and of killed ones.
func (a *app) instances() (names []string) {
	entries, _ := os.ReadDir(filepath.Join(a.home, ".cache", "claude-max-api", "run"))
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

// filesBelow are all that are no directories.
func filesBelow(dir string) (files []string) {
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return nil
	})
	return files
}

// answers sends one question, another one each time, to see that there is an answer.
func (a *app) answers(ctx context.Context, n *news) {
	a.t.Helper()
	l := newLedger()
	c := newClient(a.url+"/v1", n)
	defer c.http.CloseIdleConnections()
	v := &visitor{client: c, ledger: l, random: rand.New(rand.NewPCG(rand.Uint64(), 0))}
	require.True(a.t, v.turn(ctx, "", deed{say, 3}), "%v\n%s", l.bad, a.lastWords())
}
