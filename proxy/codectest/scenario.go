package codectest

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"claude-max-api-proxy/proxy/wire"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// Scenario is one file of testdata.
type Scenario struct {
	path    string
	archive *txtar.Archive
}

// Run runs a test for each scenario of a folder, and with -update writes what came of it.
func Run(t *testing.T, dir string, test func(t *testing.T, s *Scenario)) {
	for name, s := range All(t, dir) {
		t.Run(name, func(t *testing.T) {
			test(t, s)
			if *update {
				require.NoError(t, os.WriteFile(s.path, txtar.Format(s.archive), 0o644))
			}
		})
	}
}

// All reads the scenarios of a folder, by name.
func All(t testing.TB, dir string) map[string]*Scenario {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	all := map[string]*Scenario{}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		require.NoError(t, err)
		all[strings.TrimSuffix(filepath.Base(path), ".txtar")] = &Scenario{path, archive}
	}
	return all
}

// File gives one of the scenario's files.
func (s *Scenario) File(name string) (data []byte, ok bool) {
	for _, f := range s.archive.Files {
		if f.Name == name {
			return f.Data, true
		}
	}
	return nil, false
}

// Expect compares with a golden file, or makes it.
func (s *Scenario) Expect(t testing.TB, name string, got []byte) {
	t.Helper()
	got = append(bytes.TrimRight(got, "\n"), '\n')
	if *update {
		for i, f := range s.archive.Files {
			if f.Name == name {
				s.archive.Files[i].Data = got
				return
			}
		}
		s.archive.Files = append(s.archive.Files, txtar.File{Name: name, Data: got})
		return
	}
	want, ok := s.File(name)
	require.True(t, ok, "%s has no %s; run the test with -update", s.path, name)
	assert.Equal(t, string(want), string(got))
}

// Indent makes JSON that people can compare.
func Indent(t testing.TB, v any) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, json.Indent(&out, wire.Marshal(v), "", "  "))
	return out.Bytes()
}

// Failure is what error.json, or a body.json in its place, says of an error.
func Failure(status int, body []byte) any {
	return struct {
		Body   json.RawMessage `json:"body"`
		Status int             `json:"status"`
	}{body, status}
}
