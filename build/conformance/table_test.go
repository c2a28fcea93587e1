package conformance

import (
	"flag"
	"fmt"
	"os"
	"slices"
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
	all map[string]map[string]bool // by what was tried, then by version
}

func (o *outcomes) note(what, version string, passed bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.all == nil {
		o.all = map[string]map[string]bool{}
	}
	if o.all[what] == nil {
		o.all[what] = map[string]bool{}
	}
	o.all[what][version] = passed
}

// everything is all that there is to try.
func everything(t *testing.T) (all []string) {
	t.Helper()
	for _, c := range clients {
		for _, f := range c.scenarios(t) {
			all = append(all, c.key(f))
		}
	}
	for _, a := range agents {
		for _, e := range a.errands() {
			all = append(all, a.key(e))
		}
	}
	return all
}

// complete: -run has left nothing out.
func (o *outcomes) complete(t *testing.T) bool {
	for _, what := range everything(t) {
		if len(o.all[what]) < len(claudetest.Versions) {
			return false
		}
	}
	return true
}

// cell is empty where there is no scenario.
func (o *outcomes) cell(what string) string {
	var passed []string
	for _, v := range claudetest.Versions {
		if o.all[what][v] {
			passed = append(passed, v)
		}
	}
	switch len(passed) {
	case 0:
		if len(o.all[what]) > 0 {
			return "✗"
		}
		return ""
	case len(claudetest.Versions):
		return "✓"
	}
	return "only " + strings.Join(passed, ", ")
}

func (o *outcomes) page(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, `# Compatibility

<!-- Written by make conformance; edit build/conformance instead. -->

Each ✓ is a program that uses the client as its documentation shows, or the agent itself with a task, against the built proxy, the real Claude Code
CLI and an offline model in Anthropic's place. What the client's user saw and what arrived at Anthropic's end are both checked, with Claude Code %s.
Where nothing stands, nothing was tried.

| client | language | tried with |
|---|---|---|
`, strings.Join(claudetest.Versions, " and "))
	for _, row := range triedWith(t) {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
	}
	for _, api := range apis {
		var columns []string
		var of []client
		for _, c := range clients {
			if c.api == api {
				columns, of = append(columns, c.name), append(of, c)
			}
		}
		var rows [][]string
		for _, f := range features {
			row := []string{f.title}
			for _, c := range of {
				row = append(row, o.cell(c.key(f)))
			}
			rows = append(rows, row)
		}
		table(&b, api.name, columns, rows)
	}
	var columns []string
	for _, a := range agents {
		columns = append(columns, a.name+", "+a.api.name)
	}
	var rows [][]string
	for _, e := range errands {
		row := []string{e.title}
		for _, a := range agents {
			row = append(row, o.cell(a.key(e)))
		}
		rows = append(rows, row)
	}
	table(&b, "Agents", columns, rows)
	return b.String()
}

// table writes a table, without the rows that have nothing in them.
func table(b *strings.Builder, title string, columns []string, rows [][]string) {
	if len(columns) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## %s\n\n| | %s |\n|---|%s\n", title, strings.Join(columns, " | "), strings.Repeat(":-:|", len(columns)))
	for _, row := range rows {
		if strings.Join(row[1:], "") != "" {
			fmt.Fprintf(b, "| %s |\n", strings.Join(row, " | "))
		}
	}
}

// triedWith has a row for each client, whatever it speaks: name, language, versions.
func triedWith(t *testing.T) (rows [][]string) {
	t.Helper()
	add := func(name, language string, versions ...string) {
		at := slices.IndexFunc(rows, func(row []string) bool { return row[0] == name && row[1] == language })
		if at < 0 {
			rows, at = append(rows, []string{name, language, ""}), len(rows)
		}
		known := strings.Split(rows[at][2], ", ")
		for _, v := range versions {
			if !slices.Contains(known, v) {
				known = append(known, v)
			}
		}
		rows[at][2] = strings.TrimPrefix(strings.Join(known, ", "), ", ")
	}
	for _, c := range clients {
		add(c.name, c.language, c.versions(t)...)
	}
	for _, a := range agents {
		add(a.name, "agent", a.version(t))
	}
	return rows
}

// compare holds the table against a whole run, or writes it.
func (o *outcomes) compare(t *testing.T) {
	t.Helper()
	if !o.complete(t) {
		assert.False(t, *update, "not everything was tried, so the table is as it was")
		return
	}
	if *update {
		require.NoError(t, os.WriteFile(tablePath, []byte(o.page(t)), 0o644))
		return
	}
	assert.Equal(t, o.page(t), written(t), "`make conformance` writes it anew")
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
	for _, what := range everything(t) {
		for _, v := range claudetest.Versions {
			o.note(what, v, true)
		}
	}
	assert.Equal(t, o.page(t), written(t), "`make conformance` writes it anew, when everything passes")
}
