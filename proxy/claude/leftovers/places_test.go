package leftovers

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestSlug: the long one is what Node makes of the CLI's own code.
func TestSlug(t *testing.T) {
	for path, want := range map[string]string{
		"/home/u/.cache/claude-max-api/run/12-0a1b2c3d/work": "-home-u--cache-claude-max-api-run-12-0a1b2c3d-work",
		`C:\Users\Jörg\x`:              "C--Users-J-rg-x",
		"/a😀b":                         "-a--b", // two units of UTF-16
		"/" + strings.Repeat("a", 199): "-" + strings.Repeat("a", 199),
		"/" + strings.Repeat("a", 250): "-" + strings.Repeat("a", 199) + "-feo44x",
		"/" + strings.Repeat("é", 250): strings.Repeat("-", 200) + "-5hvcwf",
	} {
		assert.Equal(t, want, slug(path))
	}
}

// TestKeyName: the first is a name that CLI 2.1.330 gave a key.
func TestKeyName(t *testing.T) {
	assert.Equal(t, "27566.bc6b56de8decbd1989a9e72ceda28bd336ef45a28db1ffda695f9d5b7efbd6d8.key", keyName(27566, "/tmp/exp/r/cc-socks/27566.sock"))
	same := keyName(1, `\\.\pipe\LOCAL\cc-msg-0a`)
	for _, spelling := range []string{`\\?\pipe\local\CC-MSG-0A`, `//./pipe/LOCAL/cc-msg-0a`} {
		assert.Equal(t, same, keyName(1, spelling))
	}
	assert.NotEqual(t, same, keyName(1, `\\.\pipe\cc-msg-0a`))
}

func TestWhereTheCLIWrites(t *testing.T) {
	env := map[string]string{}
	getenv := func(name string) string { return env[name] }
	assert.Empty(t, cacheDir("", getenv))
	home := t.TempDir()
	assert.True(t, strings.HasPrefix(cacheDir(home, getenv), home))
	if runtime.GOOS != "linux" {
		return
	}
	assert.Equal(t, filepath.Join(home, ".cache", "claude-cli-nodejs"), cacheDir(home, getenv))
	env["XDG_CACHE_HOME"] = "/c"
	assert.Equal(t, "/c/claude-cli-nodejs", cacheDir(home, getenv))

	long := "/tmp/cc-socks-" + strconv.Itoa(os.Getuid())
	assert.Equal(t, []string{long, "/tmp/cc-socks"}, socketDirs(getenv))
	env["TMPDIR"] = "/t"
	assert.Equal(t, []string{long, "/t/cc-socks"}, socketDirs(getenv))
	env["XDG_RUNTIME_DIR"] = "/run/user/7"
	assert.Equal(t, []string{long, "/run/user/7/cc-socks"}, socketDirs(getenv))
}
