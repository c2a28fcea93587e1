package soak

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/build/apptest"
	"claude-max-api-proxy/proxy/claude/claudetest"
)

// program builds the command once, with its debugging information, which the watcher needs.
var program = sync.OnceValues(func() (string, error) {
	args := []string{apptest.Command}
	if *races {
		args = []string{"-race", apptest.Command}
	}
	return filepath.Join(programDir, "claude-max-api"), apptest.Build("../..", programDir, args...)
})

// programDir is made and removed by TestMain.
var programDir string

// app is the built program with a home of its own. It can be started again and again.
type app struct {
	t       *testing.T
	program string
	home    string
	config  string // the settings file
	url     string // without /v1
	watcher *watcher
	asking  *http.Client // for /health; it keeps no connections

	process *apptest.Process // of the last start; nil before the first
	stderr  bytes.Buffer     // likewise; to be read when that has ended
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
	a.config = filepath.Join(a.home, "settings.json")
	port, err := apptest.Settings(a.config, cli, append(claudetest.Environment(a.home, modelURL), env...),
		map[string]any{"listen": "127.0.0.1", "log_level": "info"})
	require.NoError(t, err)
	a.url = fmt.Sprintf("http://127.0.0.1:%d", port)
	t.Cleanup(func() {
		if a.process != nil {
			a.process.Kill()
		}
	})
	return a
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
	command := a.run("serve")
	a.stderr.Reset()
	command.Stderr = &a.stderr
	var err error
	a.process, err = apptest.Start(command)
	require.NoError(a.t, err)
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

// quit ends it as a service manager does, and says whether that went well.
func (a *app) quit() {
	a.t.Helper()
	a.process.Terminate()
	assert.Zero(a.t, a.process.ExitCode(a.t, patience), "exit code")
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
	if a.process.Running() {
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
