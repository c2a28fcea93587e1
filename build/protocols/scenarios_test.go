package protocols

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/codectest"
)

// TestEachScenarioIsTheSameInEachProtocol plays the CLI from cli.jsonl.
func TestEachScenarioIsTheSameInEachProtocol(t *testing.T) {
	codectest.Run(t, "testdata", func(t *testing.T, s *codectest.Scenario) {
		lines, ok := s.File("cli.jsonl")
		require.True(t, ok)
		var first string
		for _, p := range protocols {
			request, ok := s.File(p.name + ".request.json")
			if !ok {
				continue
			}
			for _, stream := range []bool{false, true} {
				cli := claudetest.NewStandIn(t, func(e claudetest.Event) claudetest.Action {
					if e.Stage == claudetest.Requested {
						return claudetest.Action{Do: claudetest.Say, Lines: strings.Split(strings.TrimSpace(string(lines)), "\n")}
					}
					return claudetest.Action{}
				})
				status, answer := ask(t, serve(t, cli.Path(t), cli.Env(), -1), p, request, stream)
				switch {
				case status != http.StatusOK:
					s.Expect(t, p.name+".error.json", codectest.Indent(t, codectest.Failure(status, []byte(answer))))
				case stream:
					s.Expect(t, p.name+".stream", []byte(answer))
				default:
					s.Expect(t, p.name+".body.json", codectest.Indent(t, json.RawMessage(answer)))
				}
				told := told(cli)
				if first == "" {
					first = told
				}
				assert.Equal(t, first, told, "what the CLI is told, %s", p.name)
			}
		}
		s.Expect(t, "told.jsonl", []byte(first))
	})
}

// told are the lines of the conversation, and of its parameters.
func told(cli *claudetest.StandIn) string {
	var lines []string
	for _, e := range cli.Events() {
		switch e.Stage {
		case claudetest.Past, claudetest.Silent, claudetest.Turn, claudetest.Settings:
			lines = append(lines, settled(e.Line))
		case claudetest.Initialize:
			if strings.Contains(e.Line, "systemPrompt") {
				lines = append(lines, settled(e.Line))
			}
		}
	}
	return strings.Join(lines, "\n")
}
