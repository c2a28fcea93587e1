package settings

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// roleVariable makes the test binary play another process.
const roleVariable = "SETTINGS_TEST_ROLE"

// roles are what it can play, with the settings file's path and a name of its own.
var roles = map[string]func(path, name string) error{
	// changer adds many keys, one by one.
	"changer": func(path, name string) error {
		for n := range changesEach {
			if _, err := Update(path, map[string]any{fmt.Sprintf("x-%s-%d", name, n): n}); err != nil {
				return err
			}
		}
		return nil
	},
	// restless changes the port until it is killed, and says each.
	"restless": func(path, _ string) error {
		for port := 1024; ; port++ {
			if _, err := Update(path, map[string]any{"port": port}); err != nil {
				return err
			}
			fmt.Println(port)
		}
	},
}

func TestMain(m *testing.M) {
	if role, ok := roles[os.Getenv(roleVariable)]; ok {
		if err := role(os.Args[1], os.Args[2]); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// play makes a process of the role.
func play(t *testing.T, role, path, name string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	c := exec.CommandContext(t.Context(), self, path, name)
	c.WaitDelay = 20 * time.Second
	// The race detector would sleep for a second at the end of each child.
	c.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", roleVariable+"="+role)
	return c
}

// readText gives a file's text.
func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

// lines reads n lines.
func lines(t *testing.T, in *bufio.Reader, n int) {
	t.Helper()
	for range n {
		line, err := in.ReadString('\n')
		require.NoError(t, err, line)
	}
}
