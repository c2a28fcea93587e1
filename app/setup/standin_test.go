package setup

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMain lets the test binary play OpenClaw's command line.
func TestMain(m *testing.M) {
	if home := os.Getenv("STANDIN_HOME"); home != "" {
		s := standIn{home: home}
		if err := s.play(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	if programDir != "" {
		_ = os.RemoveAll(programDir)
	}
	os.Exit(code)
}

// program builds this test once more without the race detector, with which every one of the
// stand-in's hundreds of processes would take ten times as long.
var program = sync.OnceValues(func() (string, error) {
	var err error
	if programDir, err = os.MkdirTemp("", "setup-"); err != nil {
		return "", err
	}
	path := filepath.Join(programDir, "openclaw.exe") // as Windows wants it; others do not mind
	build := exec.Command("go", "test", "-c", "-vet=off", "-o", path, ".")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go test -c: %w: %s", err, out)
	}
	return path, nil
})

var programDir string

// standIn is an OpenClaw with the peculiarities of the real one that matter here: it
// writes the file anew, puts something of its own in, refuses to make it shorter than
// half, and takes only models that it knows. What it was called with is in its folder.
type standIn struct{ home string }

func newStandIn(t *testing.T) standIn {
	t.Helper()
	s := standIn{filepath.Join(t.TempDir(), "home")}
	require.NoError(t, os.MkdirAll(s.home, 0o700))
	s.is(t, "version", "OpenClaw 2026.9.6 (eb377ac)")
	s.is(t, "file", s.file())
	return s
}

func (s standIn) file() string { return filepath.Join(s.home, ".openclaw", "openclaw.json") }

// is sets how it behaves: version, file (what it says where its configuration is),
// invalid (what it says is wrong), unknown (a model), stubborn (puts its copy back).
func (s standIn) is(t *testing.T, what, value string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(s.home, what), []byte(value), 0o600))
}

func (s standIn) says(what string) string {
	text, _ := os.ReadFile(filepath.Join(s.home, what))
	return string(text)
}

func (s standIn) openClaw(key string) OpenClaw {
	path, err := program()
	if err != nil {
		panic(err)
	}
	env := []string{"STANDIN_HOME=" + s.home, "HOME=" + s.home}
	if runtime.GOOS == "windows" {
		env = append(env, "SYSTEMROOT="+os.Getenv("SYSTEMROOT"))
	}
	return OpenClaw{Program: path, Env: env, Secret: key}
}

// calls are the command lines so far.
func (s standIn) calls() []string { return strings.Split(strings.TrimSpace(s.says("calls")), "\n") }

func (s standIn) configure(t *testing.T, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(s.file()), 0o700))
	require.NoError(t, os.WriteFile(s.file(), []byte(text), 0o600))
}

func (s standIn) text(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(s.file())
	require.NoError(t, err)
	return string(text)
}

func (s standIn) play(args []string) error {
	line := strings.Join(args, " ")
	calls := s.says("calls")
	if err := os.WriteFile(filepath.Join(s.home, "calls"), []byte(calls+line+"\n"), 0o600); err != nil {
		return err
	}
	switch {
	case line == "--version":
		fmt.Println(s.says("version"))
		return nil
	case line == "config file":
		fmt.Println(s.says("file"))
		return nil
	case line == "config validate":
		if copy := s.says("stubborn"); copy != "" {
			_ = os.Remove(filepath.Join(s.home, "stubborn"))
			return os.WriteFile(s.file(), []byte(copy), 0o600)
		}
		_, err := s.read()
		return err
	case strings.HasPrefix(line, "models set "):
		now, err := s.read()
		if err != nil {
			return err
		}
		now.setPrimary(args[2])
		now.set(map[string]any{}, "agents", "defaults", "models", args[2])
		return s.write(now, false)
	case strings.HasPrefix(line, "config patch --stdin"):
		now, err := s.read()
		if err != nil {
			return err
		}
		input, err := io.ReadAll(os.Stdin)
		if err != nil {
			return err
		}
		var patch map[string]any
		if err := json.Unmarshal(input, &patch); err != nil {
			return err
		}
		next := now.clone()
		if slices.Contains(args, "--replace-path") {
			next.remove(providerPath...)
		}
		merge(next, patch)
		if name := next.primary(); name != now.primary() && name != "" && name == s.says("unknown") {
			return fmt.Errorf("Unknown model: %s", name)
		}
		if slices.Contains(args, "--dry-run") {
			fmt.Println("Dry run successful")
			return nil
		}
		fmt.Println("Applied.")
		return s.write(next, true)
	}
	return fmt.Errorf("error: unknown command %q", line)
}

func (s standIn) read() (document, error) {
	text, err := os.ReadFile(s.file())
	if os.IsNotExist(err) {
		return document{}, nil
	}
	if wrong := s.says("invalid"); wrong != "" {
		return nil, fmt.Errorf("OpenClaw config is invalid: %s", wrong)
	}
	doc, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("OpenClaw config is invalid: JSON5 parse failed")
	}
	return doc, nil
}

func (s standIn) write(next document, guarded bool) error {
	next.set("2026.9.6", "meta", "lastTouchedVersion")
	text, err := json.MarshalIndent(next, "", "  ")
	if err != nil {
		return err
	}
	if old, err := os.ReadFile(s.file()); err == nil && guarded && len(old) >= 512 && len(text) < len(old)/2 {
		return fmt.Errorf("Config write rejected: size-drop:%d->%d", len(old), len(text))
	}
	if err := os.MkdirAll(filepath.Dir(s.file()), 0o700); err != nil {
		return err
	}
	return os.WriteFile(s.file(), append(text, '\n'), 0o600)
}

func merge(into, patch map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(patch)) {
		value := patch[key]
		object, nested := value.(map[string]any)
		switch {
		case value == nil:
			delete(into, key)
		case nested:
			below, ok := into[key].(map[string]any)
			if !ok {
				below = map[string]any{}
			}
			merge(below, object)
			into[key] = below
		default:
			into[key] = value
		}
	}
}
