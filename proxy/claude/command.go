package claude

import (
	"runtime"
	"slices"
	"strings"

	"claude-max-api-proxy/proxy/claude/toolbridge"
)

// arguments are the CLI's flags. Together they make it a plain model: no
// built-in tools, no MCP servers, no settings, hooks or CLAUDE.md of the user, no
// slash commands, nothing written to its history on disk. What is said goes over
// stdin, never here: arguments are visible to other processes and limited in size.
//
// Not among them, ever: --bare, which ignores the subscription's login, and
// --dangerously-skip-permissions.
func arguments(model string) []string {
	return []string{
		"-p",
		"--input-format", "stream-json",
		"--output-format", "stream-json",
		"--verbose", "--include-partial-messages",
		"--model", model,
		"--tools", "",
		"--strict-mcp-config",
		// The one server there is, is ours: see toolbridge.
		"--allowedTools", "mcp__" + toolbridge.Server,
		"--setting-sources", "",
		"--disable-slash-commands",
		"--no-session-persistence",
	}
}

// maxRetries is how often the CLI repeats a request that upstream refused with
// an overload. Its own default of 10 means minutes of silence; clients retry too.
const maxRetries = "2"

// ownEnvironment is what the CLI needs to know from us.
var ownEnvironment = []string{
	// Without it "@path" in a prompt reads local files, even with no tools.
	"CLAUDE_CODE_DISABLE_ATTACHMENTS=1",
	// A client's tool has the name that the client gave it.
	"CLAUDE_AGENT_SDK_MCP_NO_PREFIX=1",
	"ENABLE_TOOL_SEARCH=0",
	// Results of calls reach the model whole, however late they come; see toolbridge.
	"MAX_MCP_OUTPUT_TOKENS=1000000",
	"MCP_TOOL_TIMEOUT=86400000",
	// A broken stream must fail, not be answered a second time.
	"CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK=1",
	"CLAUDE_CODE_MAX_RETRIES=" + maxRetries,
	// The conversation is the client's. Without these two the CLI summarises it
	// once it grows long or upstream refuses it, with requests of its own, and
	// refuses by its own count of tokens what upstream might take.
	"DISABLE_COMPACT=1",
	"CLAUDE_CODE_BLOCKING_LIMIT_OVERRIDE=100000000",
	// An old model's id is not answered by a new model.
	"CLAUDE_CODE_DISABLE_LEGACY_MODEL_REMAP=1",
	"DISABLE_AUTOUPDATER=1",
	// The CLI's runtime collects its garbage a while after it was busy, often just when
	// the next question comes: that costs a few MB less and up to 100 ms more.
	"BUN_GC_TIMER_DISABLE=1",
	"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1",
}

// keptVariables are those of the CLI's own variables that say where the user's
// login is and how this machine reaches the network. All others of its variables
// change what it does, and what it does is ours to say.
var keptVariables = []string{
	"CLAUDE_CONFIG_DIR",
	"CLAUDE_CODE_OAUTH_TOKEN",
	"CLAUDE_CODE_GIT_BASH_PATH",
	"CLAUDE_CODE_CERT_STORE",
	"CLAUDE_CODE_CLIENT_CERT",
	"CLAUDE_CODE_CLIENT_KEY",
	"CLAUDE_CODE_CLIENT_KEY_PASSPHRASE",
}

// environment builds the CLI's environment from the one we have inherited. A
// later entry takes the place of an earlier one of the same name: of two, the CLI's
// JavaScript sees the last, and its runtime, which looks for the home directory, the first.
func environment(inherited []string, path string, credentials Credentials, extra []string) []string {
	var env []string
	for _, pair := range inherited {
		key, _, _ := strings.Cut(pair, "=")
		if passedOn(strings.ToUpper(key), credentials) {
			env = append(env, pair)
		}
	}
	if path != "" {
		env = append(env, pathVariable(inherited)+"="+path)
	}
	env = append(env, ownEnvironment...)
	return lastOfEach(append(env, extra...))
}

// lastOfEach leaves out what a later entry replaces.
func lastOfEach(env []string) []string {
	last := map[string]int{}
	name := func(pair string) string {
		key, _, _ := strings.Cut(pair, "=")
		if runtime.GOOS == "windows" {
			return strings.ToUpper(key)
		}
		return key
	}
	for i, pair := range env {
		last[name(pair)] = i
	}
	var kept []string
	for i, pair := range env {
		if last[name(pair)] == i {
			kept = append(kept, pair)
		}
	}
	return kept
}

func passedOn(key string, credentials Credentials) bool {
	switch {
	case slices.Contains(keptVariables, key):
		return true
	case strings.HasPrefix(key, "ANTHROPIC_"),
		strings.HasPrefix(key, "CLAUDE_CODE_USE_"),  // Bedrock, Vertex, …
		strings.HasPrefix(key, "CLAUDE_CODE_SKIP_"), // … behind a gateway that signs
		key == "CLAUDE_CODE_API_KEY_HELPER_TTL_MS":
		return credentials == EnvironmentCredentials
	case strings.HasPrefix(key, "BUN_JSC_"): // one that the runtime does not know ends it
		return false
	case strings.HasPrefix(key, "CLAUDE_"), key == "CLAUDECODE",
		key == "MAX_THINKING_TOKENS", key == "ENABLE_TOOL_SEARCH":
		return false
	}
	return true
}

// pathVariable is the name that PATH goes by: Windows has it as "Path" and
// would keep both.
func pathVariable(inherited []string) string {
	if runtime.GOOS == "windows" {
		for _, pair := range inherited {
			if key, _, _ := strings.Cut(pair, "="); strings.EqualFold(key, "PATH") {
				return key
			}
		}
	}
	return "PATH"
}
