//go:build unix

package process

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// spawn starts the test binary in a role with our own stdout and stderr, and prints
// its pid.
func spawn(role string, attr *syscall.SysProcAttr) {
	self, _ := os.Executable()
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), roleVariable+"="+role)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = attr
	if err := cmd.Start(); err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	fmt.Println(cmd.Process.Pid)
}

func init() {
	// eofproof goes on at the end of stdin, but SIGTERM ends it.
	roles["eofproof"] = func() int {
		fmt.Println("ready")
		_, _ = io.Copy(io.Discard, os.Stdin)
		select {}
	}
	// stubborn ignores the end of stdin and SIGTERM.
	roles["stubborn"] = func() int {
		signal.Ignore(syscall.SIGTERM)
		fmt.Println("ready")
		select {}
	}
	// holder is a grandchild that holds stdout open.
	roles["holder"] = func() int { signal.Ignore(syscall.SIGTERM); select {} }
	// chatty is a grandchild that writes to stdout and stderr for ever.
	roles["chatty"] = func() int {
		for {
			fmt.Println("noise")
			fmt.Fprintln(os.Stderr, "noise")
		}
	}
	// parent starts a grandchild and ends with stdin, which the grandchild does not.
	roles["parent"] = func() int {
		fmt.Println("ready")
		spawn("holder", nil)
		_, _ = io.Copy(io.Discard, os.Stdin)
		return 0
	}
	// Both of these start a grandchild in a session of its own.
	roles["fugitive"] = func() int {
		fmt.Println("ready")
		spawn("holder", &syscall.SysProcAttr{Setsid: true})
		_, _ = io.Copy(io.Discard, os.Stdin)
		return 0
	}
	roles["noisy fugitive"] = func() int {
		fmt.Println("ready")
		spawn("chatty", &syscall.SysProcAttr{Setsid: true})
		_, _ = io.Copy(io.Discard, os.Stdin)
		return 0
	}
	// app is the app itself: it starts a child below $BASE and prints its lines.
	roles["app"] = func() int {
		h, err := open(os.Getenv("BASE"), nil, options{survive: os.Getenv("SURVIVE") != ""})
		if err != nil {
			fmt.Println("error:", err)
			return 1
		}
		p, err := h.Start(as(os.Getenv("CHILD")))
		if err != nil {
			fmt.Println("error:", err)
			return 1
		}
		fmt.Println(p.PID())
		_, _ = io.Copy(os.Stdout, p.Stdout())
		select {}
	}
}

// runs says whether a process exists and is no zombie: where nothing reaps orphans
// these stay.
func runs(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return false
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err != nil || !strings.Contains(string(stat), ") Z ")
}

func waitGone(t *testing.T, pid int) {
	t.Helper()
	require.Eventually(t, func() bool { return !runs(pid) }, patience, 2*time.Millisecond, "pid %d", pid)
}

func readPID(t *testing.T, r *bufio.Reader) int {
	t.Helper()
	pid, err := strconv.Atoi(readLine(t, r))
	require.NoError(t, err)
	return pid
}

func TestLadderGoesToSIGTERMWhenTheEndOfStdinIsIgnored(t *testing.T) {
	h := newHousehold(t)
	p, _ := begin(t, h, "eofproof")
	p.Stop(Ladder{EOF: time.Millisecond, Term: patience})
	assert.Equal(t, Exit{Code: -1, Signal: "SIGTERM", Asked: true}, p.Exit())
	assert.Equal(t, "signal SIGTERM after it was told to stop", p.Exit().String())
}

func TestLadderEndsWithSIGKILL(t *testing.T) {
	h := newHousehold(t)
	p, _ := begin(t, h, "stubborn")
	p.Stop(Ladder{EOF: -1, Term: time.Millisecond})
	assert.Equal(t, Exit{Code: -1, Signal: "SIGKILL", Asked: true}, p.Exit())
}

func TestGrandchildThatHoldsStdoutIsKilledWithItsGroup(t *testing.T) {
	h := newHousehold(t)
	for name, end := range map[string]func(*Process){
		"the child ends by itself": func(p *Process) { _ = p.Stdin().Close() },
		"Stop":                     func(p *Process) { p.Stop(Ladder{}) },
		"Kill":                     func(p *Process) { p.Kill() },
		"SIGKILL from outside":     func(p *Process) { _ = syscall.Kill(p.PID(), syscall.SIGKILL) },
	} {
		t.Run(name, func(t *testing.T) {
			p, out := begin(t, h, "parent")
			grandchild := readPID(t, out)
			end(p)
			_, err := out.ReadByte()
			assert.ErrorIs(t, err, io.EOF)
			waitDone(t, p)
			assert.False(t, runs(grandchild))
		})
	}
}

// A process in a session of its own is out of reach, but it must not make us wait.
func TestGrandchildOutsideOfTheGroupCannotKeepStdoutOpen(t *testing.T) {
	h := newHousehold(t)
	for _, role := range []string{"fugitive", "noisy fugitive"} {
		t.Run(role, func(t *testing.T) {
			p, out := begin(t, h, role)
			fugitive := readPID(t, out)
			defer syscall.Kill(fugitive, syscall.SIGKILL)
			read := make(chan error, 1)
			go func() {
				_, err := io.Copy(io.Discard, out)
				read <- err
			}()
			p.Stop(Ladder{EOF: patience})
			select {
			case err := <-read:
				assert.NoError(t, err)
			case <-time.After(patience):
				t.Fatal("reading stdout did not end")
			}
			if role == "fugitive" { // the noisy one may get SIGPIPE
				assert.True(t, runs(fugitive))
			}
		})
	}
}

func TestDeadDescriptorsAreNotLeaked(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /proc")
	}
	h := newHousehold(t)
	count := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		require.NoError(t, err)
		return len(entries)
	}
	cycle := func() {
		p, _ := begin(t, h, "stubborn")
		p.Kill()
		p, err := h.Start(as("gone"))
		require.NoError(t, err)
		_, _ = io.Copy(io.Discard, p.Stdout())
		waitDone(t, p)
		_, err = h.Start(Spec{Path: filepath.Join(t.TempDir(), "gone")})
		require.Error(t, err)
	}
	cycle() // the poller and the like
	before := count()
	for range 10 {
		cycle()
	}
	// Descriptors of earlier tests may go away meanwhile.
	assert.LessOrEqual(t, count(), before)
}

// The parent-death signal of Linux is sent when the thread that forked ends. So a
// Start from a goroutine whose thread ends must not matter.
func TestChildOutlivesTheThreadOfItsCaller(t *testing.T) {
	h := newHousehold(t)
	var p *Process
	var out *bufio.Reader
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		p, out = begin(t, h, "echo")
	}()
	<-done
	for range 20 {
		_, err := io.WriteString(p.Stdin(), "still here\n")
		require.NoError(t, err)
		require.Equal(t, "still here", readLine(t, out))
	}
}

// app runs the app's stand-in, and gives its child's pid and its further lines.
func app(t *testing.T, base, child string, survive bool) (cmd *exec.Cmd, pid int, out *bufio.Reader) {
	t.Helper()
	spec := as("app", "BASE="+base, "CHILD="+child)
	if survive {
		spec.Env = append(spec.Env, "SURVIVE=1")
	}
	cmd = exec.Command(spec.Path)
	cmd.Env = spec.Env
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	out = bufio.NewReader(stdout)
	pid = readPID(t, out)
	require.Equal(t, "ready", readLine(t, out))
	return cmd, pid, out
}

func TestChildDiesWithAKilledApp(t *testing.T) {
	role := "echo" // elsewhere the end of stdin has to do
	if runtime.GOOS == "linux" {
		role = "stubborn"
	}
	cmd, pid, _ := app(t, t.TempDir(), role, false)
	require.True(t, runs(pid))
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()
	waitGone(t, pid)
}

func TestOpenSweepsWhatAKilledAppLeft(t *testing.T) {
	base := t.TempDir()
	cmd, pid, _ := app(t, base, "stubborn", true)
	living, livingPID, _ := app(t, base, "stubborn", true)
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()
	require.True(t, runs(pid), "without the death signal it stays, as on macOS")

	h, err := Open(base, nil)
	require.NoError(t, err)
	defer h.Close(t.Context())
	waitGone(t, pid)
	assert.True(t, runs(livingPID), "the child of a living app is not touched")
	entries, err := filepath.Glob(filepath.Join(base, "*-*"))
	require.NoError(t, err)
	assert.Len(t, entries, 2, "ours and the living one's")

	require.NoError(t, living.Process.Kill())
	_ = living.Wait()
	h2, err := Open(base, nil)
	require.NoError(t, err)
	defer h2.Close(t.Context())
	waitGone(t, livingPID)
}

func TestOpenSweepsWhatTheChildrenOfAKilledAppLeft(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs the environment of other processes")
	}
	for _, role := range []string{"parent", "fugitive"} {
		t.Run(role, func(t *testing.T) {
			base := t.TempDir()
			cmd, pid, out := app(t, base, role, false)
			grandchild := readPID(t, out)
			require.NoError(t, cmd.Process.Kill())
			_ = cmd.Wait()
			waitGone(t, pid)
			require.True(t, runs(grandchild))
			h, err := Open(base, nil)
			require.NoError(t, err)
			defer h.Close(t.Context())
			waitGone(t, grandchild)
		})
	}
}

func TestSweepNeverKillsByPIDAlone(t *testing.T) {
	h := newHousehold(t)
	p, out := begin(t, h, "echo")
	id, err := identity(p.PID())
	require.NoError(t, err)
	if id == "" {
		t.Skip("nothing is swept here")
	}
	base := t.TempDir()
	for name, content := range map[string]string{
		strconv.Itoa(p.PID()): "1" + id, // the pid was given to another process
		"1":                   id,
		"x":                   id,
		"-1":                  id,
	} {
		path := filepath.Join(base, "77-00aa11bb", "children", name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(content+"\n"), 0o600))
	}
	stranger := filepath.Join(base, "photos")
	require.NoError(t, os.Mkdir(stranger, 0o700))

	h2, err := Open(base, nil)
	require.NoError(t, err)
	defer h2.Close(t.Context())
	assert.NoDirExists(t, filepath.Join(base, "77-00aa11bb"))
	assert.DirExists(t, stranger, "what is not ours stays")
	_, err = io.WriteString(p.Stdin(), "alive\n")
	require.NoError(t, err)
	assert.Equal(t, "alive", readLine(t, out))
}

// Without the lock file another instance would take our children for leftovers.
func TestRemovedRunDirectoryIsMadeAgain(t *testing.T) {
	base := t.TempDir()
	h, err := Open(base, nil)
	require.NoError(t, err)
	defer h.Close(t.Context())
	first, firstOut := begin(t, h, "echo")
	require.NoError(t, os.RemoveAll(base))
	second, _ := begin(t, h, "echo")

	other, err := Open(base, nil)
	require.NoError(t, err)
	defer other.Close(t.Context())
	_, err = io.WriteString(first.Stdin(), "alive\n")
	require.NoError(t, err)
	assert.Equal(t, "alive", readLine(t, firstOut))
	assert.FileExists(t, h.instance.recordPath(first.PID()))
	assert.FileExists(t, h.instance.recordPath(second.PID()))
}
