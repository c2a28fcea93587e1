package conformance

import (
	"path/filepath"
	"sync"
	"testing"

	"claude-max-api-proxy/proxy/claude/claudetest"
)

func TestRealClients(t *testing.T) {
	if testing.Short() {
		t.Skip("drives real clients and the real Claude Code CLI")
	}
	w := prepare(t)
	programs := t.TempDir()
	goBuild(t, "../..", programs, "./cmd/claude-max-api")
	var o outcomes
	t.Run("claude", func(t *testing.T) {
		claudetest.Each(t, func(t *testing.T, cli string) {
			t.Parallel() // they wait more than they work
			p := startProxy(t, filepath.Join(programs, "claude-max-api"), cli)
			for _, c := range clients {
				t.Run(filepath.Base(c.dir), func(t *testing.T) {
					for _, f := range c.scenarios(t) {
						passed := t.Run(f.name, func(t *testing.T) { w.play(t, p, c, f) })
						o.note(c, f, cli, passed)
					}
				})
			}
		})
	})
	o.compare(t)
}

// outcomes collects what passed, from the versions of the CLI at once.
type outcomes struct {
	mu     sync.Mutex
	ran    int
	passed map[string]int // by client and feature, how many versions
}

func (o *outcomes) note(c client, f feature, _ string, passed bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.passed == nil {
		o.passed = map[string]int{}
	}
	o.ran++
	if passed {
		o.passed[c.dir+" "+f.name]++
	}
}

func (o *outcomes) compare(*testing.T) {}
