package claudetest

import (
	"hash/fnv"
	"os"
	"path/filepath"
	"testing"
)

// Versions are the Claude Code CLI versions that are driven, the newest one last.
var Versions = []string{"2.1.197", "2.1.330"}

// WithoutHistory is the oldest version that is driven. It cannot be told of a conversation's
// history, and needs Node.
const WithoutHistory = "2.1.100"

// Real gives the path of a real CLI of the version, which `make test` has put
// below $CLAUDE_TEST_CLIS. Where it is missing the test is skipped, but fails in
// CI: there a missing dependency must not look like success.
func Real(t testing.TB, version string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("starts the real Claude Code CLI")
	}
	dir := os.Getenv("CLAUDE_TEST_CLIS")
	path := filepath.Join(dir, version, "node_modules", ".bin", "claude")
	if _, err := os.Stat(path); dir == "" || err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("Claude Code %s is not there; run `make test`, which fetches it", version)
		}
		t.Skipf("Claude Code %s is not there; `make test` fetches it", version)
	}
	return path
}

// Each runs the test once for every version of the real CLI, side by side: much of it is
// waiting for one process.
func Each(t *testing.T, test func(t *testing.T, cli string)) {
	for _, version := range Versions {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			test(t, Real(t, version))
		})
	}
}

// Either gives one of the real CLIs, which one the test's name decides: for what is done before
// and behind the driver, whose own tests are for Each.
func Either(t testing.TB) string {
	t.Helper()
	name := fnv.New32a()
	_, _ = name.Write([]byte(t.Name()))
	return Real(t, Versions[name.Sum32()%uint32(len(Versions))])
}

// Environment makes the real CLI talk to a model on loopback with a stand-in for
// a login, and with a home of its own, so that nothing of this machine's user is
// read or written.
func Environment(home, modelURL string) []string {
	return []string{
		"HOME=" + home,
		"USERPROFILE=" + home,
		"XDG_CACHE_HOME=" + filepath.Join(home, ".cache"),
		"XDG_RUNTIME_DIR=" + filepath.Join(home, "run"),
		"ANTHROPIC_BASE_URL=" + modelURL,
		"CLAUDE_CODE_OAUTH_TOKEN=sk-ant-oat01-offline",
		"CLAUDE_CONFIG_DIR=" + filepath.Join(home, ".claude"),
	}
}
