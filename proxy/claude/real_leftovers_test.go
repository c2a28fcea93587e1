package claude_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude"
	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/conversation"
)

// disk is where a CLI with a home of its own writes.
type disk struct{ home string }

func newDisk(t *testing.T) disk {
	home, err := os.MkdirTemp("", "cli") // short enough for the path of a socket
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, os.RemoveAll(home)) })
	require.NoError(t, os.Mkdir(filepath.Join(home, "tmp"), 0o700))
	return disk{home}
}

func (d disk) use(c *claude.Config) {
	c.Env = append(c.Env, "HOME="+d.home, "USERPROFILE="+d.home, "CLAUDE_CONFIG_DIR="+filepath.Join(d.home, ".claude"),
		"XDG_RUNTIME_DIR="+filepath.Join(d.home, "run"), "TMPDIR="+filepath.Join(d.home, "tmp"), "XDG_CACHE_HOME="+filepath.Join(d.home, "cache"))
}

func (d disk) list(t *testing.T, pattern ...string) []string {
	found, err := filepath.Glob(filepath.Join(append([]string{d.home}, pattern...)...))
	require.NoError(t, err)
	return found
}

// processes are the files that the CLI keeps of running processes.
func (d disk) processes(t *testing.T) []string {
	return append(d.list(t, ".claude", "sessions", "*"), d.list(t, "run", "cc-socks", "*")...)
}

// orphans are those of them whose process is no more.
func (d disk) orphans(t *testing.T) (files []string) {
	for _, file := range d.processes(t) {
		number, _, _ := strings.Cut(filepath.Base(file), ".")
		pid, err := strconv.Atoi(number)
		require.NoError(t, err, file)
		if p, err := os.FindProcess(pid); err != nil || p.Signal(syscall.Signal(0)) != nil {
			files = append(files, file)
		}
	}
	return files
}

// probes are files by which the CLI tries out how files are watched.
func (d disk) probes(t *testing.T) []string { return d.list(t, "tmp", "*", "*") }

func (d disk) logs(t *testing.T) []string { return d.list(t, "cache", "claude-cli-nodejs", "*") }

// TestAKilledProcessLeavesNothing: what the CLI keeps of its running processes would be on the
// user's disk for ever.
func TestAKilledProcessLeavesNothing(t *testing.T) {
	claudetest.Each(t, func(t *testing.T, cli string) {
		d := newDisk(t)
		r := newRig(t, cli, d.use)

		for e, err := range r.Reply(deadline(t), question("offline:slow(100)")) {
			if _, ok := e.(conversation.TextDelta); ok {
				break
			}
			require.NoError(t, err)
		}
		assert.Empty(t, d.orphans(t), "its caller left")

		q := question("offline:max_tokens")
		q.MaxTokens = 5
		a := r.ask(deadline(t), q)
		require.NoError(t, a.err)
		require.Equal(t, conversation.MaxTokens, a.done.Reason)
		assert.Empty(t, d.orphans(t), "cut")
		assert.Empty(t, d.probes(t))
		require.Len(t, r.about("max_tokens"), 1, "and not asked upstream again")

		r.model.SetRespond(callsFor(1))
		q = tooled(question("hello"))
		c := r.call(deadline(t), q)
		require.NoError(t, c.err)
		require.Len(t, c.calls, 1)
		c = r.call(deadline(t), goesOn(q, c, append(resultsOf(c), text("and now?"))...))
		require.NoError(t, c.err)
		require.Equal(t, "done", c.text)
		require.Eventually(t, func() bool { return len(d.orphans(t)) == 0 }, 10*time.Second, 10*time.Millisecond,
			"its calls were given up")

		r.Close()
		assert.Empty(t, d.processes(t))
		assert.Empty(t, d.logs(t))
	})
}

func TestAnEvictedProcessLeavesNothing(t *testing.T) {
	cli := claudetest.Either(t)
	d := newDisk(t)
	r := newRig(t, cli, func(c *claude.Config) {
		d.use(c)
		c.MaxProcesses, c.Spares = 1, -1
	})
	for _, text := range []string{"offline:echo(one)", "offline:echo(two)"} {
		require.NoError(t, r.ask(deadline(t), question(text)).err)
		assert.Empty(t, d.orphans(t))
	}
	require.NotEqual(t, upstreamSession(r.about("one")[0]), upstreamSession(r.about("two")[0]))
	r.Close()
	assert.Empty(t, d.processes(t))
}

// TestADriverThatClosesLeavesNothing: not of a process that waits for results, nor its log of
// tools, which comes a second after the call. It holds as well that these tests look where
// there is something.
func TestADriverThatClosesLeavesNothing(t *testing.T) {
	for _, version := range claudetest.Versions {
		t.Run(version, func(t *testing.T) {
			d := newDisk(t)
			r := newRig(t, claudetest.Real(t, version), d.use)
			r.model.SetRespond(callsFor(1))
			require.NoError(t, r.call(deadline(t), tooled(question("hello"))).err)
			require.Eventually(t, func() bool { return len(d.logs(t)) > 0 }, 20*time.Second, 10*time.Millisecond)
			if version != claudetest.Versions[0] {
				assert.NotEmpty(t, d.list(t, ".claude", "sessions", "*.json"))
				assert.NotEmpty(t, d.list(t, ".claude", "sessions", "*.key"))
				assert.NotEmpty(t, d.list(t, "run", "cc-socks", "*.sock"))
			}
			r.Close()
			assert.Empty(t, d.processes(t))
			assert.Empty(t, d.logs(t))
		})
	}
}
