package locate

import (
	"errors"
	"strings"
	"time"
)

// shellTime bounds the time that the login shell may take, both attempts together.
// Start-up files that wait for a network or a terminal are common.
const shellTime = 3 * time.Second

// shellOutput bounds what start-up files may print, in bytes.
const shellOutput = 1 << 20

// marker stands around the PATH in the shell's output, because start-up files
// print greetings, warnings and escape sequences. It is given to the shell in two
// pieces, so that a shell that echoes its commands does not show it.
const (
	marker      = "__claude_max_api_path__"
	shellScript = `printf '%s' '__claude_max' '_api_path__'; printenv PATH; printf '%s' '__claude_max' '_api_path__'`
)

// errNoShellPath means that the shell ended without printing a PATH.
var errNoShellPath = errors.New("the login shell printed no PATH")

// betweenMarkers gives what stands between the last two markers of a complete
// output; ok is false when there are not two yet.
func betweenMarkers(output string) (path string, ok bool) {
	parts := strings.Split(output, marker)
	if len(parts) < 3 {
		return "", false
	}
	return strings.TrimSpace(parts[len(parts)-2]), true
}
