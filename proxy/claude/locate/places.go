package locate

import (
	"bufio"
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// wellKnown lists the directories that installers and version managers put
// programs into, best first: the native installer, then the package managers of
// the system, then those of JavaScript. Directories need not exist.
func wellKnown(c Config) []string {
	var dirs []string
	add := func(base string, parts ...string) {
		if filepath.IsAbs(base) {
			dirs = append(dirs, filepath.Join(append([]string{base}, parts...)...))
		}
	}
	// system is for absolute directories of the system itself.
	root := c.Root
	if root == "" {
		root = string(filepath.Separator)
	}
	system := func(dir string) { add(root, dir) }
	// either takes a variable that moves a tool's directory, or its default.
	either := func(variable string, fallback ...string) string {
		if dir := c.Getenv(variable); filepath.IsAbs(dir) {
			return dir
		}
		if c.Home == "" {
			return ""
		}
		return filepath.Join(append([]string{c.Home}, fallback...)...)
	}

	add(c.Home, ".local", "bin")
	// Before ~/.claude/local itself, whose claude is a script that runs this one:
	// so an update shows in the file's identity.
	add(c.Home, ".claude", "local", "node_modules", ".bin")
	add(c.Home, ".claude", "local")

	if c.GOOS == "windows" {
		local, roaming := c.Getenv("LOCALAPPDATA"), c.Getenv("APPDATA")
		add(local, "Microsoft", "WinGet", "Links")
		add(c.Getenv("ProgramFiles"), "WinGet", "Links")
		add(npmPrefix(c))
		add(roaming, "npm")
		add(c.Getenv("NVM_SYMLINK"))
		add(either("SCOOP", "scoop"), "shims")
		add(c.Getenv("ChocolateyInstall"), "bin")
		add(c.Getenv("VOLTA_HOME"), "bin")
		add(local, "Volta", "bin")
		add(either("BUN_INSTALL", ".bun"), "bin")
		add(c.Getenv("PNPM_HOME"))
		add(local, "pnpm")
		add(local, "Yarn", "bin")
		add(c.Getenv("ProgramFiles"), "nodejs")
		return unique(dirs)
	}

	if c.GOOS == "darwin" {
		system("/opt/homebrew/bin")
	}
	system("/usr/local/bin")
	if c.GOOS == "linux" {
		system("/home/linuxbrew/.linuxbrew/bin")
		add(c.Home, ".linuxbrew", "bin")
		system("/usr/bin")
		system("/snap/bin")
	}
	if prefix := npmPrefix(c); prefix != "" {
		add(prefix, "bin")
	}
	add(c.Home, ".npm-global", "bin")
	add(c.Home, ".npm-packages", "bin")
	add(either("N_PREFIX", "n"), "bin")
	dirs = append(dirs, versions(filepath.Join(either("NVM_DIR", ".nvm"), "versions", "node"), "bin")...)
	for _, base := range []string{
		c.Getenv("FNM_DIR"), filepath.Join(either("XDG_DATA_HOME", ".local", "share"), "fnm"),
		filepath.Join(c.Home, "Library", "Application Support", "fnm"), filepath.Join(c.Home, ".fnm"),
	} {
		add(base, "aliases", "default", "bin")
		dirs = append(dirs, versions(filepath.Join(base, "node-versions"), "installation", "bin")...)
	}
	add(either("VOLTA_HOME", ".volta"), "bin")
	add(either("ASDF_DATA_DIR", ".asdf"), "shims")
	mise := either("MISE_DATA_DIR", ".local", "share", "mise")
	add(mise, "shims")
	dirs = append(dirs, versions(filepath.Join(mise, "installs", "node"), "bin")...)
	add(either("NODENV_ROOT", ".nodenv"), "shims")
	add(either("BUN_INSTALL", ".bun"), "bin")
	add(c.Getenv("PNPM_HOME"))
	add(c.Home, ".local", "share", "pnpm")
	add(c.Home, "Library", "pnpm")
	add(c.Home, ".yarn", "bin")
	add(c.Home, ".config", "yarn", "global", "node_modules", ".bin")
	add(c.Home, "bin")
	add(c.Home, ".nix-profile", "bin")
	system("/run/current-system/sw/bin")
	return unique(dirs)
}

// versions lists <base>/<version>/<parts>, newest version first.
func versions(base string, parts ...string) []string {
	entries, err := os.ReadDir(base)
	if err != nil || !filepath.IsAbs(base) {
		return nil
	}
	var names []string
	for _, e := range entries {
		if parseVersion(e.Name()) != nil { // not aliases as "lts" or "latest"
			names = append(names, e.Name())
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(slices.Compare(parseVersion(b), parseVersion(a)), cmp.Compare(b, a))
	})
	for i, name := range names {
		names[i] = filepath.Join(append([]string{base, name}, parts...)...)
	}
	return names
}

// parseVersion reads v22.11.0 as numbers, so that 22 comes after 9; nil when the
// name is not a version.
func parseVersion(name string) []int {
	name, _, _ = strings.Cut(strings.TrimPrefix(name, "v"), "-")
	var out []int
	for part := range strings.SplitSeq(name, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil
		}
		out = append(out, n)
	}
	return out
}

// npmVariable is the only form of variable that npm expands in its settings.
var npmVariable = regexp.MustCompile(`\$\{[^}]+\}`)

// npmPrefix is where npm installs globally, as the environment or ~/.npmrc has it;
// "" when neither says so.
func npmPrefix(c Config) string {
	for _, name := range []string{"npm_config_prefix", "NPM_CONFIG_PREFIX"} {
		if dir := c.Getenv(name); filepath.IsAbs(dir) {
			return dir
		}
	}
	file, err := os.Open(filepath.Join(c.Home, ".npmrc"))
	if err != nil {
		return ""
	}
	defer file.Close()
	prefix := ""
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		key, value, ok := strings.Cut(lines.Text(), "=")
		if ok && strings.TrimSpace(key) == "prefix" {
			prefix = strings.Trim(strings.TrimSpace(value), `"'`)
		}
	}
	if rest, ok := strings.CutPrefix(prefix, "~"); ok {
		prefix = c.Home + rest
	}
	prefix = npmVariable.ReplaceAllStringFunc(prefix, func(v string) string {
		if v == "${HOME}" && c.Home != "" {
			return c.Home
		}
		return c.Getenv(v[2 : len(v)-1])
	})
	if !filepath.IsAbs(prefix) {
		return ""
	}
	return filepath.Clean(prefix)
}
