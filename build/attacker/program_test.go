//go:build unix

package attacker

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/offline"
)

// patience bounds every wait; it is used up only when a test fails.
const patience = 90 * time.Second

// await polls what announces nothing.
func await(t *testing.T, what string, reached func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !reached(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %s in vain for %s", patience, what)
		}
	}
}

// program is the built command as a user runs it, with an offline model in
// Anthropic's place.
type program struct {
	port  int
	model *offline.Server
	log   *log

	control string // where other commands reach the app, as "127.0.0.1:4711"
	token   string // for them
	command *exec.Cmd
}

// begin starts the program in front of a real CLI, until the test ends.
func begin(t *testing.T, path string, more map[string]any) *program {
	t.Helper()
	p := &program{log: &log{}}
	var err error
	p.model, err = offline.Start(offline.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.model.Close()) })

	home := t.TempDir()
	claudeEnv := map[string]string{}
	for _, pair := range claudetest.Environment(home, p.model.URL()) {
		key, value, _ := strings.Cut(pair, "=")
		claudeEnv[key] = value
	}
	p.port = freePort(t)
	settings := map[string]any{
		"port": p.port, "claude": claudetest.Real(t, claudetest.Versions[len(claudetest.Versions)-1]), "claude_env": claudeEnv,
		"log_level": "debug", // a line for each request
	}
	maps.Copy(settings, more)
	text, err := json.Marshal(settings)
	require.NoError(t, err)
	config := filepath.Join(home, "settings.json")
	require.NoError(t, os.WriteFile(config, text, 0o600))

	p.command = exec.Command(path, "serve", "--config", config)
	p.command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}
	p.command.Stderr = p.log
	stdout, err := p.command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.command.Start())
	t.Cleanup(func() {
		_ = p.command.Process.Signal(syscall.SIGTERM)
		killer := time.AfterFunc(patience, func() { _ = p.command.Process.Kill() })
		_ = p.command.Wait() // it says that it was stopped
		killer.Stop()
		assert.Zero(t, p.command.ProcessState.ExitCode(), "the proxy's exit code")
		if t.Failed() {
			t.Logf("stderr of the proxy:\n%s", p.log)
		}
	})
	running := false
	for lines := bufio.NewScanner(stdout); !running && lines.Scan(); {
		running = strings.HasPrefix(lines.Text(), "Base URL: ")
	}
	require.True(t, running, "the proxy did not say where it listens")

	await(t, "the app's record", func() bool {
		records, err := filepath.Glob(filepath.Join(home, ".local", "state", "claude-max-api", "instance*", "instance.json"))
		if err != nil || len(records) != 1 {
			return false
		}
		var r struct{ Address, Token string }
		data, err := os.ReadFile(records[0])
		if err != nil || json.Unmarshal(data, &r) != nil {
			return false
		}
		p.control, p.token = r.Address, r.Token
		return r.Token != ""
	})
	return p
}

// state is what the app tells other commands of this user.
func (p *program) state(t *testing.T) map[string]any {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, "http://"+p.control+"/state", nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+p.token)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err, "the app has ended")
	defer response.Body.Close()
	require.Equal(t, http.StatusOK, response.StatusCode)
	var state map[string]any
	require.NoError(t, json.NewDecoder(response.Body).Decode(&state))
	// What goes on by itself.
	for _, of := range []string{"usage_windows", "sign_in", "cli_path", "cli_version"} {
		delete(state, of)
	}
	return state
}

// log is the program's, of which requests are read.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
	seen int // bytes of it that were read
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

var requestLine = regexp.MustCompile(`msg=request .*method=(\S+) path=(\S+) status=(\d+)`)

// arrival is a request that the proxy has answered.
type arrival struct {
	method, path string
	status       int
}

func (a arrival) String() string { return fmt.Sprintf("%s %d", a.method, a.status) }

// next gives the requests since the last call.
func (l *log) next() (arrived []arrival) {
	l.mu.Lock()
	defer l.mu.Unlock()
	whole := bytes.LastIndexByte(l.text.Bytes(), '\n') + 1
	for line := range strings.Lines(string(l.text.Bytes()[l.seen:whole])) {
		if m := requestLine.FindStringSubmatch(line); m != nil {
			status, _ := strconv.Atoi(m[3])
			arrived = append(arrived, arrival{m[1], m[2], status})
		}
	}
	l.seen = whole
	return arrived
}

// freePort is one that nobody had a moment ago.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().(*net.TCPAddr).Port
}
