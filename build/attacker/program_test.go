//go:build unix

package attacker

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/build/apptest"
	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/offline"
)

// patience bounds every wait; it is used up only when a test fails.
const patience = 90 * time.Second

// program is the built command as a user runs it, with an offline model in
// Anthropic's place.
type program struct {
	port  int
	model *offline.Server
	log   *log

	control string // where other commands reach the app, as "127.0.0.1:4711"
	token   string // for them
	process *apptest.Process
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
	settings := map[string]any{"log_level": "debug"} // a line for each request
	maps.Copy(settings, more)
	config := filepath.Join(home, "settings.json")
	cli := claudetest.Real(t, claudetest.Versions[len(claudetest.Versions)-1])
	p.port, err = apptest.Settings(config, cli, claudetest.Environment(home, p.model.URL()), settings)
	require.NoError(t, err)

	command := exec.Command(path, "serve", "--config", config)
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}
	command.Stderr = p.log
	p.process, err = apptest.Start(command)
	require.NoError(t, err)
	t.Cleanup(func() {
		p.process.Terminate()
		assert.Zero(t, p.process.ExitCode(t, patience), "the proxy's exit code")
		if t.Failed() {
			t.Logf("stderr of the proxy:\n%s", p.log)
		}
	})
	apptest.Await(t, patience, "the proxy to listen", func() bool { return apptest.Listens("127.0.0.1", p.port) })
	apptest.Await(t, patience, "the app's record", func() bool {
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
	apptest.Output
	seen int // bytes of it that were read
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
	text := l.String()
	whole := strings.LastIndexByte(text, '\n') + 1
	for line := range strings.Lines(text[l.seen:whole]) {
		if m := requestLine.FindStringSubmatch(line); m != nil {
			status, _ := strconv.Atoi(m[3])
			arrived = append(arrived, arrival{m[1], m[2], status})
		}
	}
	l.seen = whole
	return arrived
}
