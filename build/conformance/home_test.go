package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
)

// home is all that an agent may know of the machine: a folder of its own, with one in it to
// work in, few variables, and the way to the proxy.
type home struct {
	t       *testing.T
	dir     string
	work    string
	path    []string // folders of programs
	env     []string // beside HOME and PATH
	outside *outside
}

func newHome(t *testing.T) *home {
	t.Helper()
	dir := t.TempDir()
	h := &home{t: t, dir: dir, work: filepath.Join(dir, "work"), path: []string{"/usr/bin", "/bin"}, outside: watchOutside(t)}
	require.NoError(t, os.Mkdir(h.work, 0o700))
	t.Cleanup(h.awaitNoProcesses)
	return h
}

// in is the same home for a subtest.
func (h *home) in(t *testing.T) *home {
	sub := *h
	sub.t = t
	return &sub
}

// write puts a file into the home: a text, or anything else as JSON.
func (h *home) write(name string, content any) {
	h.t.Helper()
	text, ok := content.(string)
	if !ok {
		data, err := json.MarshalIndent(content, "", "  ")
		require.NoError(h.t, err)
		text = string(data)
	}
	path := filepath.Join(h.dir, name)
	require.NoError(h.t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(h.t, os.WriteFile(path, []byte(text), 0o600))
}

// read gives a file's text; an empty one when it is not there.
func (h *home) read(name string) string {
	text, _ := os.ReadFile(filepath.Join(h.dir, name))
	return string(text)
}

// run starts a program in the folder to work in, and waits for its success.
func (h *home) run(program string, args ...string) (stdout string) {
	h.t.Helper()
	stdout, stderr, err := h.try(program, args...)
	require.NoError(h.t, err, "%s %q\nstdout: %s\nstderr: %s", filepath.Base(program), args, stdout, stderr)
	return stdout
}

// try starts a program in the folder to work in, and waits for its end.
func (h *home) try(program string, args ...string) (stdout, stderr string, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(h.t.Context()), agentPatience) // cleaning up, too
	defer cancel()
	command := exec.CommandContext(ctx, program, args...)
	command.Dir = h.work
	command.Env = append(h.outside.env(), "HOME="+h.dir, "PATH="+strings.Join(h.path, string(filepath.ListSeparator)))
	command.Env = append(command.Env, h.env...)
	command.WaitDelay = time.Second // what it has started may hold its output open
	var out, log bytes.Buffer
	command.Stdout, command.Stderr = &out, &log
	err = command.Run()
	return out.String(), log.String(), err
}

// agentPatience is long, because starting an agent can take a minute on a busy machine.
const agentPatience = 5 * time.Minute

// awaitNoProcesses holds that the programs have left none running. Linux only; elsewhere
// none is seen.
func (h *home) awaitNoProcesses() {
	deadline := time.Now().Add(10 * time.Second)
	left := claudetest.ProcessesWith("HOME=" + h.dir)
	for ; len(left) > 0 && time.Now().Before(deadline); left = claudetest.ProcessesWith("HOME=" + h.dir) {
		time.Sleep(20 * time.Millisecond)
	}
	for pid, command := range left {
		h.t.Errorf("it has left a process: %q", command)
		if process, err := os.FindProcess(pid); err == nil {
			_ = process.Kill()
		}
	}
}

// outside stands where the agents look for the internet: a web proxy that notes what it is
// asked for, and lets nothing through.
type outside struct {
	server *httptest.Server
	mu     sync.Mutex
	asked  []string
}

func watchOutside(t *testing.T) *outside {
	t.Helper()
	o := &outside{}
	o.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.asked = append(o.asked, r.URL.Hostname())
		http.Error(w, "nobody is to be asked but the proxy", http.StatusForbidden)
	}))
	t.Cleanup(func() {
		o.server.Close()
		o.mu.Lock()
		defer o.mu.Unlock()
		assert.Empty(t, o.asked, "it wanted something from the internet")
	})
	return o
}

func (o *outside) env() (all []string) {
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		all = append(all, name+"="+o.server.URL)
	}
	return append(all, "NO_PROXY=127.0.0.1,localhost", "no_proxy=127.0.0.1,localhost")
}
