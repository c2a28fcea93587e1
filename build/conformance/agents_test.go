package conformance

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/offline"
)

// agent is a program with tools of its own that a person gives tasks to, here as in a
// script: one process for each message.
type agent struct {
	name    string // for people
	api     *api
	version func(t *testing.T) string
	// install puts its configuration into a home, and gives the program.
	install func(t *testing.T, w workspace, h *home, p *proxy) (program string)
	// says are the arguments that give it a message, the first or the next one of a
	// conversation.
	says func(message string, next bool) []string
	// answer takes what it says to the person out of what it prints.
	answer func(t *testing.T, stdout string) string
	// itself is how it is called in its own system prompt.
	itself string
	tools  toolbox
}

// toolbox has what the model calls to do something with the agent's tools. Paths are
// absolute.
type toolbox struct {
	read  func(path string) call
	write func(path, text string) call
	run   func(command string) call
}

// String names the agent's subtest.
func (a agent) String() string { return a.name + " " + a.api.short }

// errands are those that are the agent's.
func (a agent) errands() (own []errand) {
	for _, e := range errands {
		if e.of == "" || e.of == a.name {
			own = append(own, e)
		}
	}
	return own
}

func (a agent) key(e errand) string { return a.String() + " " + e.name }

type call struct {
	tool  string
	input any
}

// toolUse is the call as the model makes it.
func (c call) toolUse(t *testing.T) offline.Reply {
	t.Helper()
	input, err := json.Marshal(c.input)
	require.NoError(t, err)
	half := len(input) / 2
	return offline.ToolUse("", c.tool, string(input[:half]), string(input[half:]))
}

// agents are in the table's order.
var agents = []agent{
	openClaw(chatCompletions),
	openClaw(responsesAPI),
	codex(),
	openCode(chatCompletions),
	openCode(responsesAPI),
	openCode(messagesAPI),
	qwenCode(chatCompletions),
}

// installed gives a file of the agents' packages, which are in $CONFORMANCE_AGENTS; the
// pattern has to fit one.
func installed(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(os.Getenv("CONFORMANCE_AGENTS"), "node_modules", pattern))
	require.NoError(t, err)
	if os.Getenv("CONFORMANCE_AGENTS") == "" || len(found) == 0 {
		missing(t, "the agents are not there; `make conformance` fetches them")
	}
	return found[0]
}

// npmVersion gives the pinned version of an agent's package, with its name.
func npmVersion(name string) func(*testing.T) string {
	return func(t *testing.T) string { return name + " " + pinned(t, "agents/package.json")[name] }
}
