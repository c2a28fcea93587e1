package autostart

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"text/template"

	library "github.com/emersion/go-autostart"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The library's macOS half cannot run here, but what it writes is one template;
// taken from the very version that is built in, it is read as on a Mac.
func TestWhatTheLibraryWritesOnAMacIsUnderstood(t *testing.T) {
	file := template.Must(template.New("").Parse(jobTemplate(t)))
	write := func(argv []string) kept {
		var b strings.Builder
		require.NoError(t, file.Execute(&b, &library.App{Name: "claude-max-api", Exec: argv}))
		return parsePlist(b.String())
	}
	for _, argv := range [][]string{
		{"/Applications/Claude Max.app/Contents/MacOS/claude-max-api"},
		{"/Users/müller/it's/$a `b` \"c\" > 100%/x", "", "tray", "--a=b"},
	} {
		for _, arg := range argv {
			assert.Empty(t, unfitForPlist(arg, true))
		}
		k := write(argv)
		require.NoError(t, k.reason)
		assert.True(t, k.on)
		assert.Equal(t, argv, k.argv)
	}
	for _, bad := range []string{"a&b", "a<b", "a]]>b", "a\x01b", "a\xffb", "a&amp;b", "</string>"} {
		assert.NotEmpty(t, unfitForPlist(bad, true), "%q is refused before", bad)
		if k := write([]string{bad}); k.reason == nil {
			assert.NotEqual(t, []string{bad}, k.argv, "%q would have been carried", bad)
		}
	}
}

func jobTemplate(t testing.TB) string {
	t.Helper()
	cmd := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/emersion/go-autostart")
	cmd.Env = append(os.Environ(), "HOME="+os.Getenv(homeVariable))
	out, err := cmd.Output()
	require.NoError(t, err)
	path := filepath.Join(strings.TrimSpace(string(out)), "autostart_darwin.go")
	source, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	require.NoError(t, err)
	for node := range ast.Preorder(source) {
		if spec, ok := node.(*ast.ValueSpec); ok && spec.Names[0].Name == "jobTemplate" {
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			return text
		}
	}
	require.Fail(t, "the library has no jobTemplate any more")
	return ""
}
