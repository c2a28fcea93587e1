package claude

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/claude/process"
	"claude-max-api-proxy/proxy/claude/streamjson"
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/offline"
)

var update = flag.Bool("update", false, "record the real CLI's lines anew, into streamjson/testdata/turns")

// recordings is where the lines are that the real CLI printed, one file for each
// version and scenario of package offline.
const recordings = "streamjson/testdata/turns"

// recorded are the scenarios of package offline whose lines are kept.
var recorded = []string{
	"echo(hello there)", "thinking", "utf8", "empty", "max_tokens", "refusal", "usage(10,20,30,40)",
	"unauthorized", "forbidden", "revoked", "not_found", "too_long", "invalid", "too_large",
	"rate_limited", "usage_limit", "usage_warning", "extra_usage", "billing", "overloaded", "server_error",
	"cut", "cut_early", "error_event", "error_event(api_error)", "error_event(rate_limit_error)", "restart",
}

func recordingFile(version, scenario string) string {
	name, arg, _ := strings.Cut(strings.TrimSuffix(scenario, ")"), "(")
	if name == "error_event" && arg != "" {
		name += "_" + arg
	}
	return filepath.Join(recordings, version, name+".jsonl")
}

// TestRecordTurns is not a test: with -update it lets the real CLIs play all
// scenarios, with the flags and the environment that the driver gives them, and
// keeps what they print.
func TestRecordTurns(t *testing.T) {
	if !*update {
		t.Skip("records only with -update")
	}
	claudetest.Each(t, func(t *testing.T, cli string) {
		model, err := offline.Start(offline.Config{})
		require.NoError(t, err)
		defer model.Close()
		household, err := process.Open(t.TempDir(), nil)
		require.NoError(t, err)
		defer household.Close(context.Background())
		home := t.TempDir()
		for _, scenario := range recorded {
			p, err := household.Start(process.Spec{
				Path: cli, Args: arguments("opus"),
				Env: environment(os.Environ(), "", LoginCredentials, claudetest.Environment(home, model.URL())),
			})
			require.NoError(t, err)
			timer := time.AfterFunc(time.Minute, p.Kill)
			var lines bytes.Buffer
			require.NoError(t, streamjson.AppendControl(&lines, "initialize", streamjson.NewInitialize([]string{"Be brief."}, false)))
			require.NoError(t, streamjson.UserLine{Blocks: []conversation.Block{conversation.Text{Text: "offline:" + scenario}}}.Append(&lines))
			_, err = p.Stdin().Write(lines.Bytes())
			require.NoError(t, err)
			require.NoError(t, p.Stdin().Close())
			var out []string
			scanner := bufio.NewScanner(p.Stdout())
			scanner.Buffer(nil, 1<<20)
			for scanner.Scan() {
				if kept, ok := withoutIdentity(t, scanner.Bytes()); ok {
					out = append(out, kept)
				}
			}
			require.NoError(t, scanner.Err())
			timer.Stop()
			p.Kill()
			file := recordingFile(filepath.Base(filepath.Dir(filepath.Dir(filepath.Dir(cli)))), scenario)
			require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
			require.NoError(t, os.WriteFile(file, []byte(strings.Join(out, "\n")+"\n"), 0o644))
		}
	})
}

var port = regexp.MustCompile(`127\.0\.0\.1:\d+`)

// withoutIdentity takes out of a line what is different each time, or tells about
// the machine.
func withoutIdentity(t *testing.T, line []byte) (string, bool) {
	var fields map[string]any
	require.NoError(t, json.Unmarshal(line, &fields))
	switch {
	case fields["type"] == "control_response":
		return "", false
	case fields["subtype"] == "init":
		fields = map[string]any{"type": "system", "subtype": "init", "model": fields["model"], "claude_code_version": fields["claude_code_version"]}
	}
	for _, key := range []string{"uuid", "session_id", "request_id", "command_uuid", "timestamp", "duration_ms", "duration_api_ms", "modelUsage", "permission_denials", "fast_mode_state"} {
		delete(fields, key)
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	require.NoError(t, encoder.Encode(fields))
	return strings.TrimSpace(port.ReplaceAllString(out.String(), "127.0.0.1:1")), true
}

// recording gives the messages of one recorded turn.
func recording(t *testing.T, version, scenario string) []streamjson.Message {
	t.Helper()
	lines, err := os.ReadFile(recordingFile(version, scenario))
	require.NoError(t, err)
	var out []streamjson.Message
	for line := range bytes.Lines(lines) {
		m, err := streamjson.Parse(bytes.TrimSpace(line))
		require.NoError(t, err)
		out = append(out, m)
	}
	return out
}
