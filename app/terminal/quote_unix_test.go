//go:build unix

package terminal

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestACommandLineIsReadableWhereNothingNeedsQuotes(t *testing.T) {
	for want, argv := range map[string][]string{
		"claude auth login":            {"claude", "auth", "login"},
		"'/opt/two words/claude' -v":   {"/opt/two words/claude", "-v"},
		`a '' '$HOME' 'it'\''s' '~'`:   {"a", "", "$HOME", "it's", "~"},
		`'a'\\'b'`:                     {`a\b`},
		"env 'CLAUDE_CONFIG_DIR=/a/b'": {"env", "CLAUDE_CONFIG_DIR=/a/b"},
	} {
		assert.Equal(t, want, CommandLine(argv))
	}
}

func TestShellsReadACommandLineAsItWas(t *testing.T) {
	var every []string
	for c := range 128 {
		if c != 0 {
			every = append(every, string(rune(c)), "a"+string(rune(c))+"b")
		}
	}
	every = append(every, "", `\'`, `'\`, "ünïcode 日本", "--x=y z", "!!", "\\n")
	for _, shell := range []string{"sh", "bash", "zsh", "fish"} {
		path, err := exec.LookPath(shell)
		if err != nil {
			continue // sh is everywhere
		}
		t.Run(shell, func(t *testing.T) {
			out, err := exec.Command(path, "-c", CommandLine(append([]string{"printf", "%s\\0"}, every...))).Output()
			require.NoError(t, err)
			assert.Equal(t, strings.Join(every, "\x00")+"\x00", string(out))
		})
	}
}
