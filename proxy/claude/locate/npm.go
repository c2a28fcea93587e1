package locate

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
)

const npmHint = "Install it again with: npm install -g @anthropic-ai/claude-code (without --ignore-scripts and --omit=optional), or use the native installer: https://code.claude.com/docs/en/setup."

// npmPackage gives the directory of the npm package @anthropic-ai/claude-code that
// a resolved file is the program of: <package>/bin/claude.exe, on every system.
func npmPackage(target string) (string, bool) {
	dir := filepath.Dir(filepath.Dir(target))
	ok := strings.EqualFold(filepath.Base(target), "claude.exe") &&
		filepath.Base(filepath.Dir(target)) == "bin" &&
		filepath.Base(dir) == "claude-code" &&
		filepath.Base(filepath.Dir(dir)) == "@anthropic-ai"
	return dir, ok
}

// platformPrograms lists where the native program of an npm installation can be.
// The package itself ships a placeholder of about 500 bytes of shell without #!;
// its install script replaces that by the program from a platform package. npm
// and pnpm may be set not to run install scripts, and then the placeholder stays
// and only the platform package has the program.
func platformPrograms(pkg, goos, goarch string) []string {
	system, file := goos, "claude"
	if goos == "windows" {
		system, file = "win32", "claude.exe"
	}
	arches := []string{"x64", "arm64"}
	if goarch == "arm64" {
		arches = []string{"arm64", "x64"}
	}
	var names []string
	for _, arch := range arches {
		names = append(names, "claude-code-"+system+"-"+arch)
		if goos == "linux" {
			names = append(names, "claude-code-"+system+"-"+arch+"-musl")
		}
	}
	version := packageVersion(pkg)
	var programs []string
	for _, name := range names {
		for _, dir := range []string{
			filepath.Join(filepath.Dir(pkg), name),
			filepath.Join(pkg, "node_modules", "@anthropic-ai", name),
		} {
			// A platform package of another version is a leftover.
			if packageVersion(dir) == version {
				programs = append(programs, filepath.Join(dir, file))
			}
		}
	}
	return programs
}

// packageVersion is the version in a package.json; "" when there is none.
func packageVersion(dir string) string {
	b, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return ""
	}
	var manifest struct{ Version string }
	if json.Unmarshal(b, &manifest) != nil {
		return ""
	}
	return manifest.Version
}
