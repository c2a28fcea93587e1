package process

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// roleVariable makes the test binary play a child with some bad habit.
const roleVariable = "PROCESS_TEST_ROLE"

// roles are what the test binary can play; each returns its exit status. Those
// with "ready" print that line when their habits are set up.
var roles = map[string]func() int{
	// echo answers every line and ends at the end of stdin.
	"echo": func() int {
		fmt.Println("ready")
		_, _ = io.Copy(os.Stdout, os.Stdin)
		return 0
	},
	// gone ends at once.
	"gone": func() int { return 3 },
	// noisy fills stderr and reads nothing.
	"noisy": func() int {
		line := strings.Repeat("x", 1023) + "\n"
		for range 3 << 10 {
			_, _ = os.Stderr.WriteString(line)
		}
		fmt.Fprintln(os.Stderr, "last words: ö")
		return 1
	},
	// talker leaves output behind that nobody has read yet.
	"talker": func() int {
		fmt.Print(strings.Repeat("y", 60<<10))
		return 0
	},
	// deaf never reads stdin.
	"deaf": func() int {
		fmt.Println("ready")
		select {}
	},
	// where says what it was started with.
	"where": func() int {
		dir, _ := os.Getwd()
		fmt.Println(dir)
		for _, kv := range os.Environ() {
			fmt.Println(kv)
		}
		return 0
	},
}

func TestMain(m *testing.M) {
	if role, ok := roles[os.Getenv(roleVariable)]; ok {
		os.Exit(role())
	}
	goleak.VerifyTestMain(m)
}

// as is the test binary in a role.
func as(role string, env ...string) Spec {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	// The race detector would sleep for a second at the end of each child.
	return Spec{Path: self, Env: append(env, "GORACE=atexit_sleep_ms=0", roleVariable+"="+role)}
}

// patience is the deadline of everything that a test waits for.
const patience = 20 * time.Second

func newHousehold(t *testing.T) *Household {
	t.Helper()
	h, err := Open(t.TempDir(), nil)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // the tests of Close are elsewhere
		require.NoError(t, h.Close(ctx))
	})
	return h
}

// begin starts a role and waits until it says that it is ready.
func begin(t *testing.T, h *Household, role string, env ...string) (*Process, *bufio.Reader) {
	t.Helper()
	p, err := h.Start(as(role, env...))
	require.NoError(t, err)
	out := bufio.NewReader(p.Stdout())
	require.Equal(t, "ready", readLine(t, out))
	return p, out
}

func readLine(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	line, err := r.ReadString('\n')
	require.NoError(t, err, line)
	return strings.TrimRight(line, "\r\n")
}

func waitDone(t *testing.T, p *Process) {
	t.Helper()
	select {
	case <-p.Done():
	case <-time.After(patience):
		t.Fatal("the process did not end")
	}
}
