package conformance

import (
	"path/filepath"
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
		for _, version := range claudetest.Versions {
			t.Run(version, func(t *testing.T) {
				cli := claudetest.Real(t, version)
				t.Parallel() // much of it is waiting for programs to start
				p := startProxy(t, filepath.Join(programs, "claude-max-api"), cli)
				for _, c := range clients {
					t.Run(filepath.Base(c.dir), func(t *testing.T) {
						for _, f := range c.scenarios(t) {
							passed := t.Run(f.name, func(t *testing.T) { w.play(t, p, c, f) })
							o.note(c, f, version, passed)
						}
					})
				}
			})
		}
	})
	o.compare(t)
}
