package conformance

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
)

var update = flag.Bool("update", false, "write the table of what passed")

const tablePath = "../../docs/compatibility.md"

// outcomes collects what passed, from the versions of the CLI at once.
type outcomes struct {
	mu  sync.Mutex
	all map[string]map[string]bool // by client and feature, then by version
}

func key(c client, f feature) string { return c.dir + " " + f.name }

func (o *outcomes) note(c client, f feature, version string, passed bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.all == nil {
		o.all = map[string]map[string]bool{}
	}
	if o.all[key(c, f)] == nil {
		o.all[key(c, f)] = map[string]bool{}
	}
	o.all[key(c, f)][version] = passed
}

// complete: -run has left nothing out.
func (o *outcomes) complete(t *testing.T) bool {
	for _, c := range clients {
		for _, f := range c.scenarios(t) {
			if len(o.all[key(c, f)]) < len(claudetest.Versions) {
				return false
			}
		}
	}
	return true
}

// cell is empty where there is no scenario.
func (o *outcomes) cell(c client, f feature) string {
	var passed []string
	for _, v := range claudetest.Versions {
		if o.all[key(c, f)][v] {
			passed = append(passed, v)
		}
	}
	switch len(passed) {
	case len(o.all[key(c, f)]):
		if len(passed) > 0 {
			return "✓"
		}
		return ""
	case 0:
		return "✗"
	}
	return "only " + strings.Join(passed, ", ")
}

func (o *outcomes) table(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, `# Compatibility

<!-- Written by make conformance; edit build/conformance instead. -->

Each ✓ is a program that uses the client as its documentation shows, against the built proxy, the real Claude Code CLI and an offline model in
Anthropic's place. What the client's user saw and what arrived at Anthropic's end are both checked, with Claude Code %s.
Where nothing stands, nothing was tried.

| client | language | tried with |
|---|---|---|
`, strings.Join(claudetest.Versions, " and "))
	head, rule := "| |", "|---|"
	for _, c := range clients {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", c.name, c.language, strings.Join(c.versions(t), ", "))
		head += " " + c.name + " |"
		rule += ":-:|"
	}
	fmt.Fprintf(&b, "\n%s\n%s\n", head, rule)
	for _, f := range features {
		fmt.Fprintf(&b, "| %s |", f.title)
		for _, c := range clients {
			fmt.Fprintf(&b, " %s |", o.cell(c, f))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// compare holds the table against a whole run, or writes it.
func (o *outcomes) compare(t *testing.T) {
	t.Helper()
	if !o.complete(t) {
		return
	}
	if *update {
		require.NoError(t, os.WriteFile(tablePath, []byte(o.table(t)), 0o644))
		return
	}
	assert.Equal(t, o.table(t), written(t), "`make conformance` writes it anew")
}

func written(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(tablePath)
	require.NoError(t, err)
	return strings.ReplaceAll(string(data), "\r\n", "\n") // a checkout on Windows
}

// Needs no client, so it tells at once of a changed version or a new scenario.
func TestTheTableNamesEveryClientAndScenario(t *testing.T) {
	if *update {
		t.Skip("it is being written")
	}
	var o outcomes
	for _, c := range clients {
		for _, f := range c.scenarios(t) {
			for _, v := range claudetest.Versions {
				o.note(c, f, v, true)
			}
		}
	}
	assert.Equal(t, o.table(t), written(t), "`make conformance` writes it anew, when everything passes")
}
