package conformance

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
)

func TestRealClients(t *testing.T) {
	if testing.Short() {
		t.Skip("drives real clients and the real Claude Code CLI")
	}
	w := prepare(t)
	var o outcomes
	t.Run("claude", func(t *testing.T) {
		for _, version := range claudetest.Versions {
			t.Run(version, func(t *testing.T) {
				cli := claudetest.Real(t, version)
				t.Parallel() // much of it is waiting for programs to start
				p := startProxy(t, w.proxy, cli)
				for _, c := range clients {
					if !c.tried(version) {
						continue
					}
					t.Run(c.String(), func(t *testing.T) {
						for _, f := range c.scenarios(t) {
							passed := t.Run(f.name, func(t *testing.T) { w.play(t, p, c, f) })
							o.note(c.key(f), version, passed)
						}
					})
				}
				for _, a := range agents {
					if !a.tried(version) {
						continue
					}
					t.Run(a.String(), func(t *testing.T) { w.hire(t, p, a, version, &o) })
				}
			})
		}
	})
	o.compare(t)
}

// tried: unless the table is written, each client is tried with one of the CLIs, the first
// with the newest. What the other does otherwise is the driver's to know, and tested there.
func (c client) tried(version string) bool {
	i := slices.IndexFunc(clients, func(b client) bool { return b.String() == c.String() })
	return *update || version == claudetest.Versions[(i+1)%len(claudetest.Versions)]
}

// tried: likewise agents, over the first of their APIs; codex, which is quick, with both.
func (a agent) tried(version string) bool {
	i := slices.IndexFunc(agents, func(b agent) bool { return b.name == a.name })
	return *update || agents[i].api == a.api && (a.name == "codex" || version == claudetest.Versions[(i+1)%len(claudetest.Versions)])
}

// play runs a scenario and checks both of its ends while the client's program
// still lives.
func (w workspace) play(t *testing.T, p *proxy, c client, f feature) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	p.model.Reset()
	p.model.SetRespond(f.model)
	command := w.command(ctx, t, c, f)
	command.Env = append(
		os.Environ(), "BASE_URL="+p.baseURL, "API_KEY="+apiKey, "QUESTION="+f.question, "SYSTEM="+systemPrompt, "API="+c.api.short,
		"NODE_COMPILE_CACHE="+filepath.Join(w.dir, "compiled"), // scripts start sooner
	)
	command.Stderr = t.Output()
	stdin, err := command.StdinPipe()
	require.NoError(t, err)
	stdout, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	defer func() {
		assert.NoError(t, stdin.Close())
		rest, _ := io.ReadAll(stdout)
		assert.Empty(t, strings.TrimSpace(string(rest)), "the client printed more than what it saw")
		assert.NoError(t, command.Wait(), "the client's program")
	}()
	var saw seen
	if err := json.NewDecoder(stdout).Decode(&saw); err != nil {
		t.Errorf("the client did not say what it saw: %v", err)
		return
	}
	assert.True(t, len(saw.Raw) > 0 || !c.showsBodies(f), "no bodies to hold against the schema")
	f.check(t, c.api, saw, p.model)
}

// hire has an agent do its errands, one after the other as one conversation.
func (w workspace) hire(t *testing.T, p *proxy, a agent, version string, o *outcomes) {
	h := newHome(t)
	program := a.install(t, w, h, p)
	for _, e := range a.errands() {
		p.model.Reset()
		passed := t.Run(e.name, func(t *testing.T) { e.play(t, a, h.in(t), program, p) })
		o.note(a.key(e), version, passed)
		if !passed {
			return // it has not heard what the next one goes on from
		}
	}
}
