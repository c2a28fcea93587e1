package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/build/apptest"
	"claude-max-api-proxy/proxy"
	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/claude/locate"
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/offline"
)

// update rewrites the golden parts of the scripts: go test ./cmd/... -update.
var update = flag.Bool("update", false, "rewrite golden files")

// TestMain lets the scripts run the command, which is this test binary again.
func TestMain(m *testing.M) {
	testscript.Main(cleanedUp{claudetest.Main{M: m}}, map[string]func(){"claude-max-api": main, "busy_server": busyServer})
}

// busyServer is another program that has a port, the one in its argument, until its
// stdin is closed.
func busyServer() {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", os.Args[1]))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(exitError)
	}
	fmt.Println("listening")
	_, _ = io.Copy(io.Discard, os.Stdin)
	_ = l.Close()
}

// cleanedUp removes what the tests share.
type cleanedUp struct{ m claudetest.Main }

func (c cleanedUp) Run() int {
	var err error
	if binaryDir, err = os.MkdirTemp("", "claude-max-api-test-"); err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(binaryDir) }() // a leftover in the temporary directory
	return c.m.Run()
}

// patience bounds every wait of the tests; it is used up only when one fails.
const patience = 60 * time.Second

// TestCommandLine runs the scripts that need no Claude Code CLI.
func TestCommandLine(t *testing.T) {
	testscript.Run(t, scripts("testdata/script", nil))
}

// TestCommandLineWithCLI runs the scripts that need one, with each of the real
// ones as $CLAUDE, signed in by $LOGIN and with an offline model in Anthropic's
// place.
func TestCommandLineWithCLI(t *testing.T) {
	claudetest.Each(t, func(t *testing.T, cli string) {
		model, err := offline.Start(offline.Config{})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, model.Close()) })
		testscript.Run(t, scripts("testdata/cli", func(env *testscript.Env) error {
			env.Setenv("CLAUDE", cli)
			env.Setenv("MODEL", model.URL())
			env.Setenv("LOGIN", "CLAUDE_CODE_OAUTH_TOKEN=sk-ant-oat01-offline")
			return nil
		}))
	})
}

func scripts(dir string, setup func(*testscript.Env) error) testscript.Params {
	return testscript.Params{
		Dir:           dir,
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			home := filepath.Join(env.WorkDir, "home")
			env.Setenv("HOME", home)
			env.Setenv("USERPROFILE", home)
			env.Setenv("LOCALAPPDATA", filepath.Join(home, "AppData"))
			// The race detector would sleep for a second at the end of each command.
			env.Setenv("GORACE", "atexit_sleep_ms=0")
			if setup != nil {
				return setup(env)
			}
			return nil
		},
		Condition: func(condition string) (bool, error) {
			if condition != "installed" {
				return false, fmt.Errorf("unknown condition %q", condition)
			}
			// Outside of every home directory and PATH, as /usr/local/bin.
			nothing := func(string) string { return "" }
			_, err := locate.Find(context.Background(), locate.Config{
				Getenv: nothing, Home: filepath.Join(os.TempDir(), "nobody"),
				LoginPATH: func(context.Context) (string, error) { return "", nil },
			})
			return err == nil, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"hideclaude": hideClaudeCommand,
			"mistake":    mistakeCommand,
			"freeport":   freeportCommand,
			"occupy":     occupyCommand,
			"await":      awaitCommand,
			"awaitwarm":  awaitWarmCommand,
			"awaitlogin": awaitLoginCommand,
		},
	}
}

// mistakeCommand is "mistake COMMAND ARGS... PATTERN": the command must end with 2,
// print nothing but one line to stderr, and that must match the pattern.
func mistakeCommand(ts *testscript.TestScript, _ bool, args []string) {
	last := len(args) - 1
	err := ts.Exec(args[0], args[1:last]...)
	if failed, ok := errors.AsType[*exec.ExitError](err); !ok || failed.ExitCode() != exitUsage {
		ts.Fatalf("%q ended with %v, not with exit code %d", args[:last], err, exitUsage)
	}
	said := ts.ReadFile("stderr")
	if out := ts.ReadFile("stdout"); out != "" {
		ts.Fatalf("%q printed to stdout: %s", args[:last], out)
	}
	if !regexp.MustCompile(`^claude-max-api: (.*`+args[last]+`).*; see claude-max-api --help\n$`).MatchString(said) &&
		!regexp.MustCompile(`^claude-max-api: .*(`+args[last]+`)\n$`).MatchString(said) {
		ts.Fatalf("%q said %q, which does not match %q", args[:last], said, args[last])
	}
}

// hideClaudeCommand takes the directories that have a claude out of PATH.
func hideClaudeCommand(ts *testscript.TestScript, _ bool, _ []string) {
	kept := slices.DeleteFunc(filepath.SplitList(ts.Getenv("PATH")), func(dir string) bool {
		_, err := os.Lstat(filepath.Join(dir, "claude"))
		return err == nil
	})
	ts.Setenv("PATH", strings.Join(kept, string(filepath.ListSeparator)))
}

// freeportCommand is "freeport NAME": sets the variable to a port that is free.
func freeportCommand(ts *testscript.TestScript, _ bool, args []string) {
	port, err := apptest.FreePort()
	ts.Check(err)
	ts.Setenv(args[0], strconv.Itoa(port))
}

// occupyCommand is "occupy NAME web|silent": has a program, this one, listen until
// the script ends, and sets the variable to its port.
func occupyCommand(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = l.Close() })
	if args[1] == "web" {
		server := &http.Server{
			Handler:           http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "It works!") }),
			ReadHeaderTimeout: patience,
		}
		go func() { _ = server.Serve(l) }() // ends with the listener
		ts.Defer(func() { _ = server.Close() })
	}
	ts.Setenv(args[0], strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
}

// awaitCommand is "await PORT": waits until a proxy answers there.
func awaitCommand(ts *testscript.TestScript, _ bool, args []string) {
	awaitHealth(ts, args[0], func(proxy.Health) bool { return true })
}

// awaitWarmCommand is "awaitwarm PORT": waits until the proxy there knows its CLI
// and the login, and has a process waiting.
func awaitWarmCommand(ts *testscript.TestScript, _ bool, args []string) {
	awaitHealth(ts, args[0], func(h proxy.Health) bool {
		return h.Processes.Warm > 0 && h.SignIn.State != conversation.SignInUnknown
	})
}

// awaitLoginCommand is "awaitlogin PORT": waits until the proxy there is signed in.
func awaitLoginCommand(ts *testscript.TestScript, _ bool, args []string) {
	awaitHealth(ts, args[0], func(h proxy.Health) bool { return h.SignIn.State == conversation.SignedIn })
}

func awaitHealth(ts *testscript.TestScript, port string, reached func(proxy.Health) bool) {
	for deadline := time.Now().Add(patience); ; time.Sleep(pollInterval) {
		var h proxy.Health
		response, err := http.Get("http://127.0.0.1:" + port + "/health")
		if err == nil {
			err = json.NewDecoder(response.Body).Decode(&h)
			_ = response.Body.Close()
		}
		if err == nil && reached(h) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("the proxy on port %s is not there yet: %v %+v", port, err, h)
		}
	}
}

// pollInterval is the pause between two looks at something that announces nothing.
const pollInterval = 10 * time.Millisecond
