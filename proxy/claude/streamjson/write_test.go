package streamjson_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/streamjson"
	"claude-max-api-proxy/proxy/conversation"
)

var update = flag.Bool("update", false, "write testdata/written.jsonl anew")

var anyUUID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)

// every line that the package writes, in the order of the golden file.
func everyLine(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	blocks := []conversation.Block{
		conversation.Text{Text: "<a> & \"b\"\n\u2028 日本 😀 \x00"},
		conversation.Image{Source: conversation.Source{Data: "iVBORw0KGgo=", MediaType: "image/png"}},
		conversation.Image{Source: conversation.Source{URL: "https://example.com/a.png?x=1&y=2"}},
		conversation.Document{Source: conversation.Source{Data: "JVBERi0=", MediaType: "application/pdf"}, Title: "a.pdf"},
	}
	require.NoError(t, streamjson.AppendControl(&b, "ping", streamjson.Plain{Subtype: "get_binary_version"}))
	require.NoError(t, streamjson.AppendControl(&b, "settings", streamjson.NewFlagSettings(streamjson.FlagSettings{Model: "sonnet"})))
	require.NoError(t, streamjson.AppendControl(&b, "settings", streamjson.NewFlagSettings(streamjson.FlagSettings{Env: map[string]string{"CLAUDE_CODE_MAX_OUTPUT_TOKENS": "64"}})))
	for _, level := range []string{"low", ""} {
		var s streamjson.FlagSettings
		s.SetEffort(level)
		require.NoError(t, streamjson.AppendControl(&b, "settings", streamjson.NewFlagSettings(s)))
		require.NoError(t, streamjson.AppendControl(&b, "thinking", streamjson.NewThinking(map[string]string{"low": "0"}[level])))
	}
	require.NoError(t, streamjson.AppendControl(&b, "initialize", streamjson.NewInitialize(nil, false)))
	require.NoError(t, streamjson.AppendControl(&b, "initialize", streamjson.NewInitialize([]string{"One.", "<Two>"}, false)))
	require.NoError(t, streamjson.UserLine{Blocks: blocks}.Append(&b))
	require.NoError(t, streamjson.UserLine{Blocks: blocks[:1], Silent: true}.Append(&b))
	require.NoError(t, streamjson.UserLine{Blocks: blocks[:1], Composed: true}.Append(&b))
	require.NoError(t, streamjson.AssistantLine{Model: "claude-opus-5-5", Blocks: blocks[:1]}.Append(&b))
	require.NoError(t, streamjson.AppendRefusal(&b, streamjson.ControlRequest{RequestID: "own-1", Subtype: "mcp_message"}))
	return b.String()
}

func TestEveryLineThatIsWritten(t *testing.T) {
	const golden = "testdata/written.jsonl"
	got := anyUUID.ReplaceAllString(everyLine(t), "UUID")
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}

func TestALineIsOneLine(t *testing.T) {
	text := everyLine(t)
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	assert.Len(t, lines, 14)
	ids := map[string]bool{}
	for _, line := range lines {
		assert.True(t, json.Valid([]byte(line)))
		for _, id := range anyUUID.FindAllString(line, -1) {
			ids[id] = true
		}
	}
	assert.Len(t, ids, 4, "every turn has a uuid of its own")
}
