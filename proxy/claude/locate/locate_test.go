package locate

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house is a fake system: a home, a root for the system's directories, and an
// environment.
type house struct {
	t    *testing.T
	home string
	root string
	env  map[string]string
	c    Config
}

func newHouse(t *testing.T, goos string) *house {
	t.Helper()
	if runtime.GOOS == "windows" && goos != "windows" {
		t.Skip("permission bits and links of Unix are needed")
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	h := &house{t: t, home: filepath.Join(dir, "home"), root: filepath.Join(dir, "root"), env: map[string]string{}}
	h.c = Config{
		Getenv: func(k string) string { return h.env[k] },
		Home:   h.home, Root: h.root, GOOS: goos, GOARCH: "amd64",
		LoginPATH: func(context.Context) (string, error) { return "", errors.New("no shell in this test") },
	}
	return h
}

func (h *house) find() (Found, error) { return Find(h.t.Context(), h.c) }

// write puts an executable file below the home, or at an absolute path.
func (h *house) write(path, content string) string {
	h.t.Helper()
	if !filepath.IsAbs(path) {
		path = filepath.Join(h.home, filepath.FromSlash(path))
	}
	require.NoError(h.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(h.t, os.WriteFile(path, []byte(content), 0o755))
	return path
}

func (h *house) link(path, target string) string {
	h.t.Helper()
	path = filepath.Join(h.home, filepath.FromSlash(path))
	require.NoError(h.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(h.t, os.Symlink(target, path))
	return path
}

// unusable asserts that the explicit path is refused for a reason.
func (h *house) unusable(path, reason string) *UnusableError {
	h.t.Helper()
	h.c.Path = path
	_, err := h.find()
	var u *UnusableError
	require.ErrorAs(h.t, err, &u)
	assert.Contains(h.t, u.Reason, reason)
	assert.NotEmpty(h.t, u.Hint)
	assert.Contains(h.t, u.Error(), u.Path)
	return u
}

func TestSearchGoesFromPATHToLoginShellToWellKnownPlaces(t *testing.T) {
	h := newHouse(t, "linux")
	wellKnown := h.write(".local/bin/claude", elfFor(62, ""))

	f, err := h.find()
	require.NoError(t, err)
	assert.Equal(t, wellKnown, f.Path)
	assert.Equal(t, SourceWellKnown, f.Source)

	login := h.write("login/claude", elfFor(62, ""))
	h.c.LoginPATH = func(context.Context) (string, error) { return "/usr/bin:" + filepath.Dir(login), nil }
	f, err = h.find()
	require.NoError(t, err)
	assert.Equal(t, login, f.Path)
	assert.Equal(t, SourceLoginShell, f.Source)
	assert.Equal(t, "/usr/bin:"+filepath.Dir(login), f.PATH)

	onPath := h.write("path/claude", elfFor(62, ""))
	h.env["PATH"] = "/bin:" + filepath.Dir(onPath)
	h.c.LoginPATH = func(context.Context) (string, error) {
		t.Error("the login shell must not be asked when PATH answers")
		return "", nil
	}
	f, err = h.find()
	require.NoError(t, err)
	assert.Equal(t, onPath, f.Path)
	assert.Equal(t, SourcePATH, f.Source)
	assert.Equal(t, "/bin:"+filepath.Dir(onPath), f.PATH)

	h.c.Path = "~/.local/bin/claude"
	f, err = h.find()
	require.NoError(t, err)
	assert.Equal(t, wellKnown, f.Path)
	assert.Equal(t, SourceSetting, f.Source)
}

func TestRelativeAndEmptyPATHEntriesAreIgnored(t *testing.T) {
	h := newHouse(t, "linux")
	t.Chdir(t.TempDir())
	for _, dir := range []string{".", "bin"} {
		require.NoError(t, os.MkdirAll(dir, 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "claude"), []byte(elfFor(62, "")), 0o755))
	}
	h.env["PATH"] = ":.:bin::/nowhere"
	_, err := h.find()
	var nf *NotFoundError
	require.ErrorAs(t, err, &nf)
	assert.Equal(t, "/nowhere", nf.Tried[0])
	assert.Error(t, nf.Shell)
	assert.Contains(t, nf.Error(), "No Claude Code CLI was found")
}

func TestUnusableFilesAreSkippedAndNamedWhenNothingElseIsFound(t *testing.T) {
	h := newHouse(t, "linux")
	h.env["PATH"] = strings.Join([]string{h.home + "/a", h.home + "/b", h.home + "/c"}, ":")
	require.NoError(t, os.MkdirAll(h.home+"/a/claude", 0o755)) // a directory of that name
	dangling := h.link("b/claude", "/nowhere/claude")
	foreign := h.write("c/claude", elfFor(183, ""))

	_, err := h.find()
	var nf *NotFoundError
	require.ErrorAs(t, err, &nf)
	require.Len(t, nf.Unusable, 2)
	assert.Equal(t, dangling, nf.Unusable[0].Path)
	assert.Contains(t, nf.Error(), foreign+" is built for another processor")

	good := h.write(".local/bin/claude", elfFor(62, ""))
	f, err := h.find()
	require.NoError(t, err)
	assert.Equal(t, good, f.Path)
}

func TestExplicitPathIsNeverReplacedByASearch(t *testing.T) {
	h := newHouse(t, "linux")
	h.write(".local/bin/claude", elfFor(62, ""))

	assert.ErrorIs(t, h.unusable(h.home+"/gone", "does not exist"), fs.ErrNotExist)
	h.unusable("bin/claude", "relative")
	h.unusable(h.home, "is a directory")
	h.unusable(h.link("dangling", "/nowhere/claude"), "link to /nowhere/claude")
	h.unusable(h.write("empty", ""), "is empty")
	h.unusable(h.write("text", "hello\n"), "neither a program")
	h.unusable(h.write("exe", peFor(3)), "is a Windows program")
	h.unusable(h.write("mac", "\xcf\xfa\xed\xfe\x0c\x00\x00\x01"), "is a macOS program")
	h.unusable(h.write("arm", elfFor(183, "")), "another processor (AARCH64 instead of amd64)")
	h.unusable(h.write("musl", elfFor(62, "/lib/ld-musl-x86_64.so.1")), "needs /lib/ld-musl-x86_64.so.1")
	h.unusable(h.write("script", "#!/opt/none/ruby\n"), "needs the interpreter /opt/none/ruby")
	h.unusable(h.write("nodescript", "#!/usr/bin/env node\n"), "needs node")

	plain := h.write("plain", elfFor(62, ""))
	require.NoError(t, os.Chmod(plain, 0o644))
	u := h.unusable(plain, "is not executable")
	assert.Equal(t, "Run: chmod +x "+plain, u.Hint)
}

func TestExplicitPathOfTheRightLoaderIsAccepted(t *testing.T) {
	h := newHouse(t, "linux")
	h.write(filepath.Join(h.root, "lib64/ld-linux-x86-64.so.2"), "loader")
	h.c.Path = h.write("claude", elfFor(62, "/lib64/ld-linux-x86-64.so.2"))
	f, err := h.find()
	require.NoError(t, err)
	assert.Equal(t, h.c.Path, f.Path)
}

func TestLinkIsKeptAndItsTargetReported(t *testing.T) {
	h := newHouse(t, "darwin")
	target := h.write(".local/share/claude/versions/2.1.330", "\xcf\xfa\xed\xfe\x0c\x00\x00\x01")
	link := h.link(".local/bin/claude", target)
	f, err := h.find()
	require.NoError(t, err)
	assert.Equal(t, link, f.Path, "volta and mise tell by the link's name what they are called as")
	assert.Equal(t, target, f.Target)
	assert.Equal(t, target, f.Identity.Path)
}

func TestIdentityChangesWithTheFileBehindTheLink(t *testing.T) {
	h := newHouse(t, "linux")
	v1 := h.write("versions/1", elfFor(62, ""))
	v2 := h.write("versions/2", elfFor(62, ""))
	link := h.link("claude", v1)

	before, err := Identify(link)
	require.NoError(t, err)
	again, err := Identify(link)
	require.NoError(t, err)
	assert.Equal(t, before, again)

	require.NoError(t, os.Remove(link))
	require.NoError(t, os.Symlink(v2, link))
	after, err := Identify(link)
	require.NoError(t, err)
	assert.NotEqual(t, before, after)

	require.NoError(t, os.Remove(v2))
	_, err = Identify(link)
	assert.ErrorIs(t, err, fs.ErrNotExist)
}

func TestNodeScriptGetsAPATHWithNode(t *testing.T) {
	script := "#!/usr/bin/env -S node --no-warnings\n"
	t.Run("beside the script, before an older one", func(t *testing.T) {
		h := newHouse(t, "linux")
		h.write(".nvm/versions/node/v9.11.2/bin/claude", script)
		h.write(".nvm/versions/node/v9.11.2/bin/node", elfFor(62, ""))
		bin := filepath.Dir(h.write(".nvm/versions/node/v22.4.0/bin/node", elfFor(62, "")))
		cli := h.write(".nvm/versions/node/v22.4.0/lib/node_modules/@anthropic-ai/claude-code/cli.js", script)
		h.link(".nvm/versions/node/v22.4.0/bin/claude", cli)
		old := filepath.Dir(h.write("usr/bin/node", elfFor(62, "")))
		h.env["PATH"] = old

		f, err := h.find()
		require.NoError(t, err)
		assert.Equal(t, filepath.Join(bin, "claude"), f.Path, "the newest node's, by number")
		assert.Equal(t, bin+":"+old, f.PATH)
		assert.Equal(t, cli, f.Target)
	})
	t.Run("of the login shell", func(t *testing.T) {
		h := newHouse(t, "darwin")
		bin := filepath.Dir(h.write("brew/node", elfFor(62, "")))
		h.c.LoginPATH = func(context.Context) (string, error) { return bin, nil }
		h.c.Path = h.write(".npm-global/bin/claude", script)
		h.env["PATH"] = "/nowhere"
		f, err := h.find()
		require.NoError(t, err)
		assert.Equal(t, "/nowhere:"+bin+":"+filepath.Dir(h.c.Path), f.PATH)
	})
	t.Run("of a version manager when the shell does not answer", func(t *testing.T) {
		h := newHouse(t, "darwin")
		bin := filepath.Dir(h.write(".volta/bin/node", elfFor(62, "")))
		cli := h.write(".npm-global/bin/claude", script)
		f, err := h.find()
		require.NoError(t, err)
		assert.Equal(t, filepath.Dir(cli)+":"+bin, f.PATH)
	})
}

func TestWellKnownPlacesOfEverySystem(t *testing.T) {
	native := map[string]string{"linux": elfFor(62, ""), "darwin": "\xcf\xfa\xed\xfe\x0c\x00\x00\x01", "windows": peFor(3)}
	for _, tt := range []struct{ goos, file string }{
		{"linux", ".local/bin/claude"},
		{"linux", ".claude/local/claude"},
		{"linux", ".claude/local/node_modules/.bin/claude"},
		{"linux", "../root/usr/local/bin/claude"},
		{"linux", "../root/home/linuxbrew/.linuxbrew/bin/claude"},
		{"linux", "../root/snap/bin/claude"},
		{"linux", ".npm-global/bin/claude"},
		{"linux", "prefix/bin/claude"}, // of ~/.npmrc
		{"linux", ".nvm/versions/node/v22.1.0/bin/claude"},
		{"linux", ".local/share/fnm/node-versions/v22.1.0/installation/bin/claude"},
		{"linux", ".volta/bin/claude"},
		{"linux", ".asdf/shims/claude"},
		{"linux", ".local/share/mise/shims/claude"},
		{"linux", ".local/share/mise/installs/node/22.1.0/bin/claude"},
		{"linux", ".bun/bin/claude"},
		{"linux", ".local/share/pnpm/claude"},
		{"linux", ".yarn/bin/claude"},
		{"darwin", "../root/opt/homebrew/bin/claude"},
		{"darwin", "../root/usr/local/bin/claude"},
		{"darwin", "Library/pnpm/claude"},
		{"darwin", "Library/Application Support/fnm/node-versions/v22.1.0/installation/bin/claude"},
		{"windows", ".local/bin/claude.exe"},
		{"windows", "AppData/Local/Microsoft/WinGet/Links/claude.exe"},
		{"windows", "AppData/Roaming/npm/claude.exe"},
		{"windows", "AppData/Local/pnpm/claude.exe"},
		{"windows", "scoop/shims/claude.exe"},
		{"windows", ".bun/bin/claude.exe"},
	} {
		t.Run(tt.goos+"/"+tt.file, func(t *testing.T) {
			h := newHouse(t, tt.goos)
			h.env["LOCALAPPDATA"] = filepath.Join(h.home, "AppData", "Local")
			h.env["APPDATA"] = filepath.Join(h.home, "AppData", "Roaming")
			h.write(".npmrc", "registry=https://registry.example\nprefix = ${HOME}/prefix\n")
			want := h.write(tt.file, native[tt.goos])
			f, err := h.find()
			require.NoError(t, err)
			assert.Equal(t, want, f.Path)
			assert.Equal(t, SourceWellKnown, f.Source)
		})
	}
}

func TestNpmPrefixIsReadLikeNpmDoes(t *testing.T) {
	for rc, want := range map[string]string{
		"prefix=~/.npm\n":                    "/h/.npm",
		"; comment\nprefix = \"${HOME}/x\"":  "/h/x",
		"prefix=${ELSEWHERE}/y\n":            "/e/y",
		"prefix=$HOME/x\n":                   "",
		"//registry.example/:_authToken=a=b": "",
	} {
		t.Run(rc, func(t *testing.T) {
			h := newHouse(t, "linux")
			h.write(".npmrc", rc)
			h.env["ELSEWHERE"] = "/e"
			got := npmPrefix(h.c)
			assert.Equal(t, want, strings.Replace(got, h.home, "/h", 1))
		})
	}
}

func TestVersionsAreOrderedByNumber(t *testing.T) {
	base := t.TempDir()
	for _, v := range []string{"v9.1.0", "v22.2.0", "v22.10.1", "lts", "v18.20.8"} {
		require.NoError(t, os.MkdirAll(filepath.Join(base, v), 0o755))
	}
	var got []string
	for _, dir := range versions(base, "bin") {
		got = append(got, filepath.Base(filepath.Dir(dir)))
	}
	assert.Equal(t, []string{"v22.10.1", "v22.2.0", "v18.20.8", "v9.1.0"}, got)
}

func TestWindowsNpmInstallationInsideWSLIsRefused(t *testing.T) {
	h := newHouse(t, "linux")
	h.write("npm/claude", "#!/bin/sh\n")
	h.write("npm/claude.cmd", "@ECHO off\r\n")
	h.unusable(filepath.Join(h.home, "npm", "claude"), "belongs to an npm installation on Windows")
}

func TestCancelledSearchSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Find(ctx, Config{})
	assert.ErrorIs(t, err, context.Canceled)
}
