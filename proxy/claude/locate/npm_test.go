package locate

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// npmPlaceholder is what the package ships as bin/claude.exe before its install
// script ran: shell text without a #! line.
const npmPlaceholder = `echo "Error: claude native binary not installed." >&2
exit 1
`

// npmHouse is an installation with --ignore-scripts.
func npmHouse(t *testing.T, goos string) (h *house, modules string) {
	h = newHouse(t, goos)
	modules = filepath.Join(h.home, "lib", "node_modules", "@anthropic-ai")
	h.write(filepath.Join(modules, "claude-code", "package.json"), `{"version":"2.1.330"}`)
	h.write(filepath.Join(modules, "claude-code", "bin", "claude.exe"), npmPlaceholder)
	return h, modules
}

// With install scripts off, npm 12 and pnpm leave a placeholder that only prints
// an error, although the native program was downloaded.
func TestPlaceholderIsReplacedByThePlatformPackage(t *testing.T) {
	h, modules := npmHouse(t, "linux")
	h.link("bin/claude", filepath.Join(modules, "claude-code", "bin", "claude.exe"))
	h.env["PATH"] = filepath.Join(h.home, "bin")

	_, err := h.find()
	var nf *NotFoundError
	require.ErrorAs(t, err, &nf)
	assert.Contains(t, nf.Error(), "placeholder")
	assert.Contains(t, nf.Error(), "--ignore-scripts")

	// One of another version is a leftover; one for musl cannot start here.
	stale := filepath.Join(modules, "claude-code-linux-x64")
	h.write(filepath.Join(stale, "package.json"), `{"version":"1.0.0"}`)
	h.write(filepath.Join(stale, "claude"), elfFor(62, ""))
	musl := filepath.Join(modules, "claude-code-linux-x64-musl")
	h.write(filepath.Join(musl, "package.json"), `{"version":"2.1.330"}`)
	h.write(filepath.Join(musl, "claude"), elfFor(62, "/lib/ld-musl-x86_64.so.1"))
	_, err = h.find()
	require.ErrorAs(t, err, &nf)

	h.write(filepath.Join(stale, "package.json"), `{"version":"2.1.330"}`)
	f, err := h.find()
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(stale, "claude"), f.Path)
	assert.Equal(t, SourcePATH, f.Source)
}

func TestPlatformPackageMayBeNestedInThePackage(t *testing.T) {
	h, modules := npmHouse(t, "darwin")
	h.c.GOARCH = "arm64"
	nested := filepath.Join(modules, "claude-code", "node_modules", "@anthropic-ai", "claude-code-darwin-arm64")
	h.write(filepath.Join(nested, "package.json"), `{"version":"2.1.330"}`)
	want := h.write(filepath.Join(nested, "claude"), "\xcf\xfa\xed\xfe\x0c\x00\x00\x01")
	h.c.Path = filepath.Join(modules, "claude-code", "bin", "claude.exe")
	f, err := h.find()
	require.NoError(t, err)
	assert.Equal(t, want, f.Path)
}

func TestShimOfAPlaceholderLeadsToThePlatformPackage(t *testing.T) {
	t.Run("windows", func(t *testing.T) {
		h := newHouse(t, "windows")
		modules := filepath.Join(h.home, "npm", "node_modules", "@anthropic-ai")
		shim := h.write("npm/claude.cmd", cmdNative)
		h.write(filepath.Join(modules, "claude-code", "package.json"), `{"version":"2.1.330"}`)
		h.write(filepath.Join(modules, "claude-code", "bin", "claude.exe"), npmPlaceholder)
		h.write(filepath.Join(modules, "claude-code-win32-x64", "package.json"), `{"version":"2.1.330"}`)
		want := h.write(filepath.Join(modules, "claude-code-win32-x64", "claude.exe"), peFor(3))
		h.c.Path = shim
		f, err := h.find()
		require.NoError(t, err)
		assert.Equal(t, want, f.Path)
	})
	t.Run("pnpm's for sh", func(t *testing.T) {
		h := newHouse(t, "linux")
		h.write(filepath.Join(h.root, "bin", "sh"), "sh")
		modules := filepath.Join(h.home, "pnpm", "@anthropic-ai")
		h.c.Path = h.write("pnpm/bin/claude", shNative)
		h.write(filepath.Join(modules, "claude-code", "package.json"), `{"version":"2.1.330"}`)
		h.write(filepath.Join(modules, "claude-code", "bin", "claude.exe"), npmPlaceholder)
		h.write(filepath.Join(modules, "claude-code-linux-x64", "package.json"), `{"version":"2.1.330"}`)
		want := h.write(filepath.Join(modules, "claude-code-linux-x64", "claude"), elfFor(62, ""))
		f, err := h.find()
		require.NoError(t, err)
		assert.Equal(t, want, f.Path)

		require.NoError(t, os.Remove(want))
		h.unusable(h.c.Path, "placeholder")
	})
}
