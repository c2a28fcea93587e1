package claude

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"claude-max-api-proxy/proxy/claude/transcript"
)

// last is the value that a process sees: of two entries the later one counts.
func last(env []string, key string) (string, bool) {
	for i := len(env) - 1; i >= 0; i-- {
		if name, value, _ := strings.Cut(env[i], "="); name == key {
			return value, true
		}
	}
	return "", false
}

var inherited = []string{
	"HOME=/home/u", "PATH=/bin", "LANG=de_DE.UTF-8", "HTTPS_PROXY=http://proxy:1", "NODE_EXTRA_CA_CERTS=/ca.pem",
	"ANTHROPIC_API_KEY=sk-1", "ANTHROPIC_AUTH_TOKEN=t", "ANTHROPIC_BASE_URL=http://gateway", "anthropic_model=x",
	"CLAUDECODE=1", "CLAUDE_CODE_SIMPLE=1", "CLAUDE_CODE_ENTRYPOINT=cli", "CLAUDE_CODE_MAX_OUTPUT_TOKENS=5",
	"CLAUDE_CODE_USE_BEDROCK=1", "CLAUDE_CODE_USE_VERTEX=1", "CLAUDE_CODE_SKIP_BEDROCK_AUTH=1",
	"CLAUDE_CODE_API_KEY_HELPER_TTL_MS=3", "CLAUDE_CODE_EXTRA_BODY={}", "CLAUDE_CODE_DISABLE_ATTACHMENTS=0",
	"MAX_THINKING_TOKENS=9", "ENABLE_TOOL_SEARCH=1", "BUN_JSC_useJIT=0", "BUN_GC_TIMER_DISABLE=0",
	"CLAUDE_CONFIG_DIR=/home/u/c", "CLAUDE_CODE_OAUTH_TOKEN=sk-ant-oat01-x", "AWS_PROFILE=p",
}

func TestTheCLIInheritsOnlyItsLogin(t *testing.T) {
	env := environment(inherited, "/opt/bin:/bin", LoginCredentials, nil)
	for _, key := range []string{
		"ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "anthropic_model",
		"CLAUDECODE", "CLAUDE_CODE_SIMPLE", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_MAX_OUTPUT_TOKENS",
		"CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_SKIP_BEDROCK_AUTH",
		"CLAUDE_CODE_API_KEY_HELPER_TTL_MS", "CLAUDE_CODE_EXTRA_BODY", "MAX_THINKING_TOKENS", "BUN_JSC_useJIT",
	} {
		_, there := last(env, key)
		assert.False(t, there, key)
	}
	for key, want := range map[string]string{
		"HOME": "/home/u", "LANG": "de_DE.UTF-8", "HTTPS_PROXY": "http://proxy:1", "NODE_EXTRA_CA_CERTS": "/ca.pem",
		"CLAUDE_CONFIG_DIR": "/home/u/c", "CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-x", "AWS_PROFILE": "p",
		"PATH":                            "/opt/bin:/bin",
		"CLAUDE_CODE_DISABLE_ATTACHMENTS": "1", "ENABLE_TOOL_SEARCH": "0",
		"CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK": "1", "DISABLE_AUTOUPDATER": "1",
		"BUN_GC_TIMER_DISABLE": "1",
	} {
		got, _ := last(env, key)
		assert.Equal(t, want, got, key)
	}
}

func TestEnvironmentCredentialsArePassedOn(t *testing.T) {
	env := environment(inherited, "", EnvironmentCredentials, nil)
	for key, want := range map[string]string{
		"ANTHROPIC_API_KEY": "sk-1", "ANTHROPIC_AUTH_TOKEN": "t", "ANTHROPIC_BASE_URL": "http://gateway",
		"CLAUDE_CODE_USE_BEDROCK": "1", "CLAUDE_CODE_USE_VERTEX": "1", "CLAUDE_CODE_SKIP_BEDROCK_AUTH": "1",
		"CLAUDE_CODE_API_KEY_HELPER_TTL_MS": "3", "PATH": "/bin",
	} {
		got, _ := last(env, key)
		assert.Equal(t, want, got, key)
	}
	for _, key := range []string{"CLAUDECODE", "CLAUDE_CODE_SIMPLE", "CLAUDE_CODE_EXTRA_BODY"} {
		_, there := last(env, key)
		assert.False(t, there, "%s changes what the CLI does, not what it pays with", key)
	}
}

func TestExtraEnvironmentComesLast(t *testing.T) {
	env := environment(inherited, "/bin", LoginCredentials, []string{"ANTHROPIC_BASE_URL=http://mine", "CLAUDE_CODE_MAX_RETRIES=0", "PATH=/mine"})
	for key, want := range map[string]string{"ANTHROPIC_BASE_URL": "http://mine", "CLAUDE_CODE_MAX_RETRIES": "0", "PATH": "/mine"} {
		got, _ := last(env, key)
		assert.Equal(t, want, got, key)
	}
}

// TestNoVariableIsThereTwice: of two homes the CLI would use both.
func TestNoVariableIsThereTwice(t *testing.T) {
	env := environment(inherited, "/bin", LoginCredentials, []string{"HOME=/one", "HOME=/two"})
	var homes []string
	for _, pair := range env {
		if strings.HasPrefix(pair, "HOME=") {
			homes = append(homes, pair)
		}
	}
	assert.Equal(t, []string{"HOME=/two"}, homes)
}

func TestArguments(t *testing.T) {
	args := arguments("opus")
	joined := strings.Join(args, " ")
	assert.NotContains(t, joined, "--bare")
	assert.NotContains(t, joined, "--dangerously")
	assert.NotContains(t, joined, "--resume")
	assert.Contains(t, joined, "--tools  --strict-mcp-config")
	assert.Contains(t, joined, "--setting-sources  --disable-slash-commands")
	assert.Contains(t, joined, "--model opus")
}

func TestVersions(t *testing.T) {
	for s, want := range map[string]version{
		"2.1.330": {2, 1, 330}, "2.1.197 (Claude Code)": {2, 1, 197}, "3.0.0-beta.1": {3, 0, 0}, " 2.1.9\n": {2, 1, 9},
	} {
		got, err := parseVersion(s)
		assert.NoError(t, err, s)
		assert.Equal(t, want, got, s)
	}
	for _, s := range []string{"", "2", "2.1", "2.1.x", "2.1.3.4", "-1.0.0", "v2.1.3", "2..1"} {
		_, err := parseVersion(s)
		assert.Error(t, err, s)
	}
	assert.True(t, version{2, 1, 330}.atLeast(version{2, 1, 330}))
	assert.True(t, version{3, 0, 0}.atLeast(version{2, 1, 330}))
	assert.False(t, version{2, 1, 99}.atLeast(version{2, 1, 330}))
	assert.False(t, version{1, 9, 999}.atLeast(version{2, 1, 330}))
	assert.Equal(t, capabilities{LongestDescription: 2048}, oldestVersion.capabilities())
	assert.Equal(t, capabilities{History: true, Holds: true, Transcripts: transcript.Supported, LongestDescription: 2048}, version{2, 1, 197}.capabilities())
	assert.Equal(t, capabilities{History: true, Holds: true, ComposedText: true, LongestDescription: 4096, Transcripts: transcript.Supported, LateModel: true, ObjectNames: true}, version{2, 2, 0}.capabilities())
}
