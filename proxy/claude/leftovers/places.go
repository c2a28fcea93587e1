package leftovers

import (
	"cmp"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"unicode/utf16"
)

// program is what the CLI calls itself among caches, by the rules of its library env-paths.
const program = "claude-cli-nodejs"

// cacheDir is where the CLI has its caches; "" is unknown.
func cacheDir(home string, getenv func(string) string) string {
	dir := ""
	switch runtime.GOOS {
	case "darwin":
		dir = filepath.Join(home, "Library", "Caches", program)
	case "windows":
		local := cmp.Or(getenv("LOCALAPPDATA"), filepath.Join(home, "AppData", "Local"))
		dir = filepath.Join(local, program, "Cache")
	default:
		dir = filepath.Join(cmp.Or(getenv("XDG_CACHE_HOME"), filepath.Join(home, ".cache")), program)
	}
	if !filepath.IsAbs(dir) {
		return ""
	}
	return dir
}

// socketDirs are where a process without a record may have had its socket. The second is for
// paths that are too long for one.
func socketDirs(getenv func(string) string) []string {
	if runtime.GOOS == "windows" {
		return nil
	}
	base := cmp.Or(getenv("XDG_RUNTIME_DIR"), getenv("CLAUDE_CODE_TMPDIR"),
		getenv("TMPDIR"), getenv("TMP"), getenv("TEMP"), "/tmp")
	dirs := []string{"/tmp/cc-socks-" + strconv.Itoa(os.Getuid())}
	if filepath.IsAbs(base) {
		dirs = append(dirs, filepath.Join(base, "cc-socks"))
	}
	return dirs
}

// longestSlug is where the CLI cuts one, in UTF-16 units.
const longestSlug = 200

// slug is the name that the CLI makes of a path: all that is no ASCII letter or digit becomes
// a dash. It counts as JavaScript does, in units of UTF-16, and puts a hash behind what it
// has cut.
func slug(path string) string {
	var b strings.Builder
	hash := int32(0)
	for _, unit := range utf16.Encode([]rune(path)) {
		hash = hash<<5 - hash + int32(unit)
		c := '-'
		if unit >= '0' && unit <= '9' || unit >= 'A' && unit <= 'Z' || unit >= 'a' && unit <= 'z' {
			c = rune(unit)
		}
		b.WriteRune(c)
	}
	if b.Len() <= longestSlug {
		return b.String()
	}
	return b.String()[:longestSlug] + "-" + strconv.FormatInt(max(int64(hash), -int64(hash)), 36)
}
