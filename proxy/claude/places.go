package claude

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"claude-max-api-proxy/proxy/claude/leftovers"
)

// environ is the environment that the CLI is started with; a path of "" leaves out PATH. Its
// temporary files, and what it writes down of plugins, none of which it has here, go to the
// household's: killed processes leave some.
func (c Config) environ(path string) []string {
	own := []string{
		"CLAUDE_CODE_TMPDIR=" + c.Household.TempDir(),
		"CLAUDE_CODE_PLUGIN_CACHE_DIR=" + filepath.Join(c.Household.TempDir(), "plugins"),
	}
	return environment(os.Environ(), path, c.Credentials, append(own, c.Env...))
}

// home is the home directory of a CLI with this environment. Windows has a variable of its
// own for it.
func home(env []string) string {
	if dir := lookup(env, "HOME"); dir != "" && runtime.GOOS != "windows" {
		return dir
	}
	return lookup(env, "USERPROFILE")
}

// configDir is where that CLI keeps its files, the login among them.
func configDir(env []string) string {
	if dir := lookup(env, "CLAUDE_CONFIG_DIR"); dir != "" {
		return dir
	}
	return filepath.Join(home(env), ".claude")
}

// lookup gives the last value of a variable, which is the one that holds.
func lookup(env []string, name string) (value string) {
	for _, pair := range env {
		if v, ok := strings.CutPrefix(pair, name+"="); ok {
			value = v
		}
	}
	return value
}

// sweeper tidies up after processes that could not do it themselves.
func (c Config) sweeper() *leftovers.Sweeper {
	env := c.environ("")
	return leftovers.New(leftovers.Config{
		Home: home(env), ConfigDir: configDir(env),
		Getenv: func(name string) string { return lookup(env, name) },
		Work:   c.Household.WorkDir(), Runs: c.Household.RunDir(), Log: c.Log,
	})
}
