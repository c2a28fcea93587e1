package locate

import (
	"path"
	"strings"
)

// shimTarget is what a shim that npm, pnpm or yarn wrote would run.
type shimTarget struct {
	// Rel is relative to the shim's directory and has forward slashes.
	Rel string
	// Script means that Rel is JavaScript and is run by node.
	Script bool
}

// shimPrefixes are how the three kinds of shim (.cmd, .ps1, sh) spell their own
// directory.
var shimPrefixes = []string{"%dp0%", "%~dp0", "$basedir", "${basedir}"}

// parseShim reads what a shim runs. The text is never executed: cmd.exe's quoting
// rules make it unsafe to pass arguments through a .cmd file. A shim has its
// target in quotes, in a line like one of
//
//	"%dp0%\node_modules\@anthropic-ai\claude-code\bin\claude.exe"   %*
//	... & "%_prog%"  "%dp0%\node_modules\@anthropic-ai\claude-code\cli.js" %*
//	& "$basedir/node$exe"  "$basedir/node_modules/@anthropic-ai/claude-code/cli.js" $args
//
// and may have node itself in the same form. A path that leaves the drive or
// holds a variable is not taken.
func parseShim(text string) (shimTarget, bool) {
	// Quoted strings are the odd parts; shims have no escaped quotes.
	parts := strings.Split(text, `"`)
	for i := 1; i < len(parts); i += 2 {
		rel, ok := cutShimPrefix(parts[i])
		if !ok || strings.ContainsAny(rel, "%$`*?<>|:\r\n\x00") {
			continue
		}
		rel = strings.TrimLeft(strings.ReplaceAll(rel, `\`, "/"), "/")
		rel = path.Clean(rel)
		switch base := strings.ToLower(path.Base(rel)); {
		case base == "node" || base == "node.exe":
			// The interpreter that would be used if it were beside the shim.
		case base == "claude" || base == "claude.exe":
			return shimTarget{Rel: rel}, true
		case strings.HasSuffix(base, ".js") || strings.HasSuffix(base, ".cjs") || strings.HasSuffix(base, ".mjs"):
			return shimTarget{Rel: rel, Script: true}, true
		}
	}
	return shimTarget{}, false
}

func cutShimPrefix(s string) (string, bool) {
	for _, p := range shimPrefixes {
		if rest, ok := strings.CutPrefix(s, p); ok {
			return rest, true
		}
	}
	return "", false
}
