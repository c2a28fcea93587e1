//go:build unix && !darwin

package autostart

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"text/template"
	"unicode"

	library "github.com/emersion/go-autostart"
	"github.com/stretchr/testify/require"
)

var autostartSeeds = []string{
	"plain", "two words", "", "-x", "--port=3456", "a=b", "it's", `a"b`, `a\b`, "$HOME", "`id`", "%U", "100%", "a;b", "#x", "~", "<&>|", "]]>", "</string><string>",
	"a\nExec=evil", "a\rb", "a\tb", "\x00", "\u2028", "\u00a0", "\ufeff", "\ufffe", "\xff", "日本語", "(y)", "{{.Exec}}", "%%", " ", "é",
}

// FuzzADesktopEntryIsReadAsItWasMeant: what fits into an entry comes out of it to the
// byte, and is nothing else in the file, whatever paths and arguments look like.
func FuzzADesktopEntryIsReadAsItWasMeant(f *testing.F) {
	for i, s := range autostartSeeds {
		f.Add("/opt/"+s, s, autostartSeeds[len(autostartSeeds)-1-i], s)
	}
	require.NoError(f, os.MkdirAll(dir, 0o700))
	own := fmt.Sprintf("fuzz-%d", os.Getpid()) // several processes fuzz at once
	f.Fuzz(func(t *testing.T, path, first, second, name string) {
		fits := unfitForExec(path, true)+unfitForExec(first, false)+unfitForExec(second, false) == ""
		shown := name != "" && !strings.ContainsFunc(name, unicode.IsControl) && !strings.Contains(name, `\`)
		if !fits || !shown {
			return // fit refuses it
		}
		e := Entry{ID: own, Name: name, Executable: path, Args: []string{first, second}}
		require.NoError(t, e.write())
		k, err := e.read()
		require.NoError(t, err)
		require.NoError(t, k.reason)
		require.True(t, k.on)
		require.Equal(t, e.argv(), k.argv)
		text, err := os.ReadFile(e.path())
		require.NoError(t, err)
		var keys []string
		for line := range strings.Lines(string(text)) {
			key, _, _ := strings.Cut(strings.TrimRight(line, "\n"), "=")
			keys = append(keys, key)
		}
		require.Equal(t, []string{"[Desktop Entry]", "Type", "Name", "Exec", "X-GNOME-Autostart-enabled"}, keys)
	})
}

// FuzzAJobIsReadAsItWasMeant is the same of what the library writes on a Mac.
func FuzzAJobIsReadAsItWasMeant(f *testing.F) {
	for _, s := range autostartSeeds {
		f.Add("/opt/"+s, s)
	}
	file := template.Must(template.New("").Parse(jobTemplate(f)))
	f.Fuzz(func(t *testing.T, path, arg string) {
		argv := []string{path, arg}
		if unfitForPlist(path, true)+unfitForPlist(arg, false) != "" {
			return
		}
		var b strings.Builder
		require.NoError(t, file.Execute(&b, &library.App{Name: "fuzz", Exec: slices.Clone(argv)}))
		k := parsePlist(b.String())
		require.NoError(t, k.reason)
		require.True(t, k.on)
		require.Equal(t, argv, k.argv)
	})
}

// FuzzEntriesOfOthersAreReadWithoutHarm: the files are the user's to edit.
func FuzzEntriesOfOthersAreReadWithoutHarm(f *testing.F) {
	for _, s := range autostartSeeds {
		f.Add("[Desktop Entry]\nExec=" + s + "\nHidden=" + s + "\n")
		f.Add("<plist><dict><key>ProgramArguments</key><array><string>" + s + "</string></array><key>RunAtLoad</key><true/></dict></plist>")
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, k := range []kept{parseDesktopFile(text), parsePlist(text)} {
			require.Equal(t, k.reason == nil, len(k.argv) > 0, "either it is known what is started, or why not: %v", k.reason)
		}
	})
}
