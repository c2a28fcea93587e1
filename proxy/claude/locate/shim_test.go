package locate

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The rules for Windows are plain string and file work, so they are tested on
// every system.

func TestShimIsReplacedByTheProgramBehindIt(t *testing.T) {
	for name, shim := range map[string]string{"claude.cmd": cmdNative, "claude.ps1": ps1Native} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, "windows")
			h.write("npm/"+name, shim)
			exe := h.write("npm/node_modules/@anthropic-ai/claude-code/bin/claude.exe", peFor(3))
			h.env["PATH"] = filepath.Join(h.home, "npm")
			f, err := h.find()
			require.NoError(t, err)
			assert.Equal(t, exe, f.Path)
			assert.Empty(t, f.Args)
		})
	}
}

func TestShimOfAScriptBecomesNodeAndTheScript(t *testing.T) {
	for name, tt := range map[string]struct{ shim, script string }{
		"npm":  {cmdScript, "npm/node_modules/@anthropic-ai/claude-code/cli.js"},
		"pnpm": {cmdPnpm, "npm/global/5/node_modules/@anthropic-ai/claude-code/cli.js"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, "windows")
			h.write("npm/claude.cmd", tt.shim)
			script := h.write(tt.script, "#!/usr/bin/env node\n")
			node := h.write("nodejs/node.exe", peFor(3))
			h.env["PATH"] = `"` + filepath.Dir(node) + `";` + filepath.Join(h.home, "npm")
			f, err := h.find()
			require.NoError(t, err)
			assert.Equal(t, node, f.Path)
			assert.Equal(t, []string{script}, f.Args)
			assert.Equal(t, script, f.Target)

			beside := h.write("npm/node.exe", peFor(3))
			f, err = h.find()
			require.NoError(t, err)
			assert.Equal(t, beside, f.Path)
		})
	}
}

func TestShimThatCannotBeFollowedIsRefused(t *testing.T) {
	h := newHouse(t, "windows")
	shim := h.write("npm/claude.cmd", cmdNative)
	h.unusable(shim, "which does not exist")
	h.unusable(h.write("own/claude.cmd", "@call other.cmd %*\r\n"), "npm did not write")
	h.unusable(h.write("npm/node.cmd", cmdScript), "which does not exist")
	h.write("npm/node_modules/@anthropic-ai/claude-code/cli.js", "x")
	h.unusable(h.write("npm/node.cmd", cmdScript), "needs node.exe")
}

func TestExplicitPathWithoutEndingMeansTheFileBesideIt(t *testing.T) {
	h := newHouse(t, "windows")
	h.write("npm/claude", "#!/bin/sh\n")
	h.write("npm/claude.cmd", cmdNative)
	exe := h.write("npm/node_modules/@anthropic-ai/claude-code/bin/claude.exe", peFor(3))
	h.c.Path = `"` + filepath.Join(h.home, "npm", "claude") + `"`
	f, err := h.find()
	require.NoError(t, err)
	assert.Equal(t, exe, f.Path)
}

// The desktop app registers claude.exe as an alias that comes before the CLI on
// PATH: https://github.com/anthropics/claude-code/issues/24903.
func TestDesktopAppIsNotTakenForTheCLI(t *testing.T) {
	h := newHouse(t, "windows")
	alias := h.write("AppData/Local/Microsoft/WindowsApps/claude.exe", peFor(3))
	app := h.write("AppData/Local/AnthropicClaude/claude.exe", peFor(2))
	cli := h.write(".local/bin/claude.exe", peFor(3))
	h.env["PATH"] = filepath.Dir(alias) + ";" + filepath.Dir(app) + ";" + filepath.Dir(cli)
	f, err := h.find()
	require.NoError(t, err)
	assert.Equal(t, cli, f.Path)

	h.unusable(alias, "app execution alias")
	h.unusable(app, "desktop app")
}

func TestParseShim(t *testing.T) {
	const exe = "node_modules/@anthropic-ai/claude-code/bin/claude.exe"
	const js = "node_modules/@anthropic-ai/claude-code/cli.js"
	for name, tt := range map[string]struct {
		text string
		want shimTarget
		ok   bool
	}{
		"cmd, native":           {cmdNative, shimTarget{exe, false}, true},
		"cmd, script":           {cmdScript, shimTarget{js, true}, true},
		"ps1, native":           {ps1Native, shimTarget{exe, false}, true},
		"ps1, script":           {ps1Script, shimTarget{js, true}, true},
		"sh, native":            {shNative, shimTarget{"../@anthropic-ai/claude-code/bin/claude.exe", false}, true},
		"pnpm, %~dp0":           {cmdPnpm, shimTarget{"global/5/" + js, true}, true},
		"parent directory":      {`"%dp0%\..\x\claude.exe"`, shimTarget{"../x/claude.exe", false}, true},
		"a variable in it":      {`"%dp0%\%X%\claude.exe"`, shimTarget{}, false},
		"another drive":         {`"%dp0%\C:\claude.exe"`, shimTarget{}, false},
		"another program":       {`"%dp0%\other.exe"`, shimTarget{}, false},
		"absolute":              {`"C:\x\claude.exe" %*`, shimTarget{}, false},
		"only node":             {`"%dp0%\node.exe"`, shimTarget{}, false},
		"nothing":               {"", shimTarget{}, false},
		"quote that stays open": {`"%dp0%\claude.exe`, shimTarget{"claude.exe", false}, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := parseShim(tt.text)
			assert.Equal(t, tt.ok, ok)
			assert.Equal(t, tt.want, got)
		})
	}
}

const cmdHead = "@ECHO off\r\nGOTO start\r\n:find_dp0\r\nSET dp0=%~dp0\r\nEXIT /b\r\n:start\r\nSETLOCAL\r\nCALL :find_dp0\r\n"

const cmdNative = cmdHead + `"%dp0%\node_modules\@anthropic-ai\claude-code\bin\claude.exe"   %*` + "\r\n"

const cmdScript = cmdHead + `
IF EXIST "%dp0%\node.exe" (
  SET "_prog=%dp0%\node.exe"
) ELSE (
  SET "_prog=node"
  SET PATHEXT=%PATHEXT:;.JS;=;%
)

endLocal & goto #_undefined_# 2>NUL || title %COMSPEC% & "%_prog%"  "%dp0%\node_modules\@anthropic-ai\claude-code\cli.js" %*
`

const cmdPnpm = `@SETLOCAL
@IF EXIST "%~dp0\node.exe" (
  "%~dp0\node.exe"  "%~dp0\global\5\node_modules\@anthropic-ai\claude-code\cli.js" %*
) ELSE (
  @SET PATHEXT=%PATHEXT:;.JS;=;%
  node  "%~dp0\global\5\node_modules\@anthropic-ai\claude-code\cli.js" %*
)
`

const ps1Head = `#!/usr/bin/env pwsh
$basedir=Split-Path $MyInvocation.MyCommand.Definition -Parent

$exe=""
if ($PSVersionTable.PSVersion -lt "6.0" -or $IsWindows) {
  $exe=".exe"
}
`

const ps1Native = ps1Head + `if ($MyInvocation.ExpectingInput) {
  $input | & "$basedir/node_modules/@anthropic-ai/claude-code/bin/claude.exe"   $args
} else {
  & "$basedir/node_modules/@anthropic-ai/claude-code/bin/claude.exe"   $args
}
exit $LASTEXITCODE
`

const ps1Script = ps1Head + `if (Test-Path "$basedir/node$exe") {
  & "$basedir/node$exe"  "$basedir/node_modules/@anthropic-ai/claude-code/cli.js" $args
}
`

const shNative = `#!/bin/sh
basedir=$(dirname "$(echo "$0" | sed -e 's,\\,/,g')")

exec "$basedir/../@anthropic-ai/claude-code/bin/claude.exe"   "$@"
`
