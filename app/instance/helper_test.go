package instance

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// roleVariable makes the test binary play another process.
const roleVariable = "INSTANCE_TEST_ROLE"

// roles are what it can play, with the directory; each returns its exit status.
var roles = map[string]func(dir string) int{
	// app runs until the end of stdin, or says that another one does.
	"app": func(dir string) int {
		i, err := Acquire(dir)
		var running *RunningError
		switch {
		case errors.As(err, &running):
			fmt.Println("lost to", running.Info.PID)
			return 0
		case err != nil:
			fmt.Println(err)
			return 1
		}
		if err := i.Serve(echo, "child"); err != nil {
			fmt.Println(err)
			return 1
		}
		fmt.Println("won as", os.Getpid())
		_, _ = io.Copy(io.Discard, os.Stdin)
		if err := i.Close(context.Background()); err != nil {
			fmt.Println(err)
			return 1
		}
		return 0
	},
	// slow has the lock and never serves.
	"slow": func(dir string) int {
		if _, err := Acquire(dir); err != nil {
			fmt.Println(err)
			return 1
		}
		fmt.Println("holds")
		_, _ = io.Copy(io.Discard, os.Stdin)
		return 0
	},
}

func TestMain(m *testing.M) {
	if role, ok := roles[os.Getenv(roleVariable)]; ok {
		os.Exit(role(os.Args[1]))
	}
	goleak.VerifyTestMain(m)
}

// patience is the deadline of everything that a test waits for.
const patience = 20 * time.Second

// child is another process in a role.
type child struct {
	*exec.Cmd
	t     *testing.T
	stdin io.Closer
	out   *bufio.Reader
}

func start(t *testing.T, role, dir string) *child {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	c := &child{Cmd: exec.CommandContext(t.Context(), self, dir), t: t}
	// The race detector would sleep for a second at the end of each child.
	c.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", roleVariable+"="+role)
	c.stdin, err = c.StdinPipe()
	require.NoError(t, err)
	out, err := c.StdoutPipe()
	require.NoError(t, err)
	c.out = bufio.NewReader(out)
	c.Stderr = os.Stderr
	require.NoError(t, c.Start())
	t.Cleanup(func() {
		if c.ProcessState == nil {
			c.kill()
		}
	})
	return c
}

// says reads the child's next line.
func (c *child) says() string {
	c.t.Helper()
	line, err := c.out.ReadString('\n')
	require.NoError(c.t, err)
	return strings.TrimSpace(line)
}

// kill ends it as kill -9 does, also when it is suspended.
func (c *child) kill() {
	_ = c.Process.Kill()
	_ = c.Wait() // it says that it was killed
}

// leave lets it end by itself.
func (c *child) leave() {
	c.t.Helper()
	require.NoError(c.t, c.stdin.Close())
	rest, err := io.ReadAll(c.out)
	require.NoError(c.t, err)
	assert.NoError(c.t, c.Wait(), string(rest))
}

// echo answers with what was asked.
var echo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		_, _ = io.WriteString(w, `{"error": "too much"}`)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{
		"method": r.Method, "path": r.URL.Path, "type": r.Header.Get("Content-Type"), "body": string(body), "pid": os.Getpid(),
	})
})

// serving is an app of this process.
func serving(t *testing.T, handler http.Handler) (dir string, i *Instance) {
	t.Helper()
	dir = t.TempDir()
	i, err := Acquire(dir)
	require.NoError(t, err)
	require.NoError(t, i.Serve(handler, "v1.2.3"))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		assert.NoError(t, i.Close(ctx))
	})
	return dir, i
}

func find(t *testing.T, dir string) *Client {
	t.Helper()
	c, err := Find(dir)
	require.NoError(t, err)
	return c
}
