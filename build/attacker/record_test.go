//go:build unix

package attacker

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the record of what was tried")

const recordPath = "../../docs/attacks.md"

// What stands for no request.
const (
	nothing = "—"
	unknown = "(no log)" // of the app's own server
)

const intro = `# Attacks by web pages

<!-- Written by go test ./build/attacker -update; edit build/attacker instead. -->

A local port is open to every web page that the user visits. Each row is one attempt of a page's script in a real, headless Chromium, at the
built proxy in front of the real Claude Code CLI: what the page came to see of it, what arrived at the proxy with the status of its answer, and how many
requests reached the model, which is what would cost the user something. The app's own server, by which other commands reach the app, writes no log:
that it refused shows in the app's state, which none of this changed.

Where nothing arrived, the browser itself refused to send it, or nobody listens there.
`

// record is docs/attacks.md.
type record struct {
	text strings.Builder
	rows map[string]string // of the file as it is, by section and attempt
	old  map[string]string // what arrived, as it stands there
}

func readRecord(t *testing.T) *record {
	t.Helper()
	r := &record{rows: map[string]string{}, old: map[string]string{}}
	r.text.WriteString(intro)
	text, err := os.ReadFile(recordPath)
	if !*update {
		require.NoError(t, err)
	}
	section := ""
	for line := range strings.Lines(string(text)) {
		if s, ok := strings.CutPrefix(line, "## "); ok {
			section = strings.TrimSpace(s)
		}
		if cells := strings.Split(line, " | "); len(cells) == 4 {
			key := section + "\n" + strings.TrimPrefix(cells[0], "| ")
			r.rows[key], r.old[key] = line, cells[2]
		}
	}
	return r
}

// expected says how many requests an attempt makes, as far as the file knows.
func (r *record) expected(section, attempt string) (n int, known bool) {
	switch answered, known := r.old[section+"\n"+title(attempt)]; {
	case !known:
		return 0, false
	case answered == nothing || answered == unknown:
		return 0, true
	default:
		return len(strings.Split(answered, ", ")), true
	}
}

// keep takes a row over that cannot be tried here; false where there is none.
func (r *record) keep(section, attempt string) bool {
	row, known := r.rows[section+"\n"+title(attempt)]
	r.text.WriteString(row)
	return known
}

func (r *record) section(name, explanation string) {
	fmt.Fprintf(&r.text, "\n## %s\n\n%s\n\n| attempt | what the page saw | what arrived | spent |\n|---|---|---|---|\n", name, explanation)
}

func (r *record) row(attempt, saw string, arrived []arrival, spent int) {
	answered := []string{}
	for _, a := range arrived {
		answered = append(answered, a.String())
	}
	cost := "nothing"
	if spent > 0 {
		cost = fmt.Sprintf("%d", spent)
	}
	switch {
	case strings.HasPrefix(attempt, "control-"):
		answered = []string{unknown}
	case len(answered) == 0:
		answered = []string{nothing}
	}
	fmt.Fprintf(&r.text, "| %s | %s | %s | %s |\n", title(attempt), saw, strings.Join(answered, ", "), cost)
}

// compare holds the file against what was seen, or writes it.
func (r *record) compare(t *testing.T) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(recordPath, []byte(r.text.String()), 0o644))
		return
	}
	text, err := os.ReadFile(recordPath)
	require.NoError(t, err)
	assert.Equal(t, r.text.String(), string(text), "go test ./build/attacker -update writes it anew")
}
