package process

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestChildTalksOverStdioAndEndsWithStdin(t *testing.T) {
	h := newHousehold(t)
	p, out := begin(t, h, "echo")
	_, err := io.WriteString(p.Stdin(), "hello\n")
	require.NoError(t, err)
	assert.Equal(t, "hello", readLine(t, out))

	p.Stop(Ladder{EOF: patience})
	assert.Equal(t, Exit{Code: 0, Asked: true}, p.Exit())
	_, err = out.ReadByte()
	assert.ErrorIs(t, err, io.EOF)
	_, err = p.Stdin().Write([]byte("x"))
	assert.Error(t, err)
	assert.NoError(t, p.Stdin().Close(), "closing again is no error")
}

func TestChildRunsInThePrivateDirectoryWithOnlyTheGivenEnvironment(t *testing.T) {
	t.Setenv("SECRET_OF_THE_APP", "1")
	h := newHousehold(t)
	p, err := h.Start(as("where", "GIVEN=1", "PWD=/elsewhere"))
	require.NoError(t, err)
	b, err := io.ReadAll(p.Stdout())
	require.NoError(t, err)
	lines := strings.Split(strings.ReplaceAll(string(b), "\r\n", "\n"), "\n")
	want, err := filepath.EvalSymlinks(h.WorkDir())
	require.NoError(t, err)
	got, err := filepath.EvalSymlinks(lines[0])
	require.NoError(t, err)
	assert.Equal(t, want, got)
	assert.Contains(t, lines, "GIVEN=1")
	assert.Contains(t, lines, "PWD="+h.WorkDir())
	assert.NotContains(t, lines, "PWD=/elsewhere")
	assert.NotContains(t, string(b), "SECRET_OF_THE_APP")
	waitDone(t, p)
	entries, err := os.ReadDir(h.WorkDir())
	require.NoError(t, err)
	assert.Empty(t, entries)
}

func TestChildThatEndsAtOnceIsReported(t *testing.T) {
	h := newHousehold(t)
	p, err := h.Start(as("gone"))
	require.NoError(t, err)
	waitDone(t, p)
	assert.Equal(t, Exit{Code: 3}, p.Exit())
	assert.Equal(t, "exit status 3", p.Exit().String())
	p.Stop(Ladder{})
	p.Kill()
	assert.Equal(t, Exit{Code: 3}, p.Exit(), "stopping afterwards changes nothing")
	assert.Empty(t, h.processes())
	records, err := os.ReadDir(h.instance.children())
	require.NoError(t, err)
	assert.Empty(t, records)
}

func TestStderrNeverBlocksTheChildAndItsTailIsKept(t *testing.T) {
	h := newHousehold(t)
	p, err := h.Start(as("noisy"))
	require.NoError(t, err)
	waitDone(t, p)
	tail := p.StderrTail()
	assert.LessOrEqual(t, len(tail), tailSize)
	// Not at the very end: a binary built for coverage has something to add.
	assert.True(t, strings.Contains(tail, "xx\nlast words: ö\n"), "the end is missing")
	assert.Equal(t, 1, p.Exit().Code)
}

func TestOutputOfAnEndedChildCanStillBeRead(t *testing.T) {
	h := newHousehold(t)
	p, err := h.Start(as("talker"))
	require.NoError(t, err)
	waitDone(t, p)
	b, err := io.ReadAll(p.Stdout())
	require.NoError(t, err)
	assert.Len(t, b, 60<<10)
}

func TestKillDiscardsOutputAndUnblocksAWrite(t *testing.T) {
	h := newHousehold(t)
	p, out := begin(t, h, "deaf")
	written := make(chan error, 1)
	go func() {
		_, err := p.Stdin().Write(make([]byte, 8<<20)) // more than any pipe holds
		written <- err
	}()
	p.Kill()
	assert.Error(t, <-written)
	_, err := out.ReadByte()
	assert.ErrorIs(t, err, io.EOF)
	assert.True(t, p.Exit().Asked)
}

func TestClosingStdinUnblocksAWrite(t *testing.T) {
	h := newHousehold(t)
	p, _ := begin(t, h, "deaf")
	written := make(chan error, 1)
	go func() {
		_, err := p.Stdin().Write(make([]byte, 8<<20))
		written <- err
	}()
	require.NoError(t, p.Stdin().Close())
	assert.Error(t, <-written)
}

func TestStopAndKillMayOverlap(t *testing.T) {
	h := newHousehold(t)
	p, _ := begin(t, h, "deaf")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if i%2 == 0 {
				p.Stop(Ladder{EOF: time.Millisecond, Term: time.Millisecond})
			} else {
				p.Kill()
			}
			select {
			case <-p.Done():
			default:
				t.Error("returned before the end")
			}
		})
	}
	wg.Wait()
}

func TestCloseStopsAllChildrenAndRemovesTheDirectory(t *testing.T) {
	base := t.TempDir()
	h, err := Open(base, nil)
	require.NoError(t, err)
	var all []*Process
	for range 4 {
		p, _ := begin(t, h, "echo")
		all = append(all, p)
	}
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() { assert.NoError(t, h.Close(t.Context())) })
	}
	wg.Wait()
	for _, p := range all {
		assert.Equal(t, Exit{Code: 0, Asked: true}, p.Exit())
	}
	entries, err := os.ReadDir(base)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	assert.Equal(t, "lock", entries[0].Name())
	_, err = h.Start(as("echo"))
	assert.ErrorIs(t, err, ErrClosed)
}

func TestCloseKillsWhenItsTimeIsUp(t *testing.T) {
	h, err := Open(t.TempDir(), nil)
	require.NoError(t, err)
	p, _ := begin(t, h, "deaf")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	start := time.Now()
	require.NoError(t, h.Close(ctx))
	assert.Less(t, time.Since(start), defaultEOF, "no step of the ladder was waited for")
	waitDone(t, p)
}

func TestStartErrorsSayWhatToDo(t *testing.T) {
	h := newHousehold(t)
	dir := t.TempDir()
	write := func(name, content string, mode fs.FileMode) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), mode))
		return path
	}
	const unix, windows = "!windows", "windows"
	for name, tt := range map[string]struct {
		path, reason string
		is           error
		only         string // a system; "" is all
	}{
		"gone":            {filepath.Join(dir, "gone"), "it is gone", fs.ErrNotExist, ""},
		"relative":        {"claude", "not absolute", nil, ""},
		"not a program":   {write("text.exe", "echo hi\n", 0o755), "not a program for this system", nil, ""},
		"not executable":  {write("plain", "#!/bin/sh\n", 0o644), "this user may not", fs.ErrPermission, unix},
		"other processor": {write("elf", "\x7fELF\x02\x01\x01", 0o755), "not a program for this system", nil, unix},
		"no interpreter":  {write("script", "#!/nowhere/node\n", 0o755), "interpreter", fs.ErrNotExist, unix},
		"a directory":     {dir, "may not run it", fs.ErrPermission, unix},
		"command script":  {write("claude.cmd", "@echo off\r\n", 0o755), "command script", nil, windows},
	} {
		t.Run(name, func(t *testing.T) {
			if on := runtime.GOOS == "windows"; tt.only == unix && on || tt.only == windows && !on {
				t.Skip("another system's")
			}
			_, err := h.Start(Spec{Path: tt.path})
			var se *StartError
			require.ErrorAs(t, err, &se)
			assert.Contains(t, se.Reason, tt.reason)
			assert.NotEmpty(t, se.Hint)
			assert.Contains(t, se.Error(), tt.path)
			if tt.is != nil {
				assert.ErrorIs(t, err, tt.is)
			}
		})
	}
	assert.Empty(t, h.processes())
}

func TestUnusableBaseFallsBackToATemporaryDirectory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for _, base := range []string{filepath.Join(file, "run"), "", "relative"} {
		t.Run(base, func(t *testing.T) {
			h, err := Open(base, nil)
			require.NoError(t, err)
			p, _ := begin(t, h, "echo")
			require.NoError(t, h.Close(t.Context()))
			waitDone(t, p)
			assert.NoDirExists(t, h.WorkDir())
		})
	}
	t.Run("and to an error when that fails, too", func(t *testing.T) {
		for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
			t.Setenv(name, filepath.Join(file, "tmp"))
		}
		_, err := Open(filepath.Join(file, "run"), nil)
		assert.ErrorContains(t, err, "free some space")
	})
}

func TestDirectoriesArePrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no permission bits")
	}
	base := filepath.Join(t.TempDir(), "a", "run")
	require.NoError(t, os.MkdirAll(base, 0o755))
	h, err := Open(base, nil)
	require.NoError(t, err)
	defer h.Close(t.Context())
	for _, dir := range []string{base, h.instance.dir, h.WorkDir(), h.instance.children()} {
		info, err := os.Stat(dir)
		require.NoError(t, err)
		assert.Equal(t, fs.FileMode(0o700), info.Mode().Perm(), dir)
	}
}

func TestTailKeepsTheEndOfAnyWrites(t *testing.T) {
	var all []byte
	tl := &tail{}
	for i := range 200 {
		b := bytes.Repeat([]byte{byte('a' + i%26)}, i*i%6000)
		all = append(all, b...)
		n, err := tl.Write(b)
		require.NoError(t, err)
		require.Len(t, b, n)
		require.Equal(t, string(all[max(0, len(all)-tailSize):]), tl.String())
	}
	_, _ = tl.Write([]byte("ö" + strings.Repeat("z", tailSize-1)))
	assert.Equal(t, strings.Repeat("z", tailSize-1), tl.String(), "half a character is dropped")
}

func TestErrorsKeepTheirCause(t *testing.T) {
	err := startError("/x", &os.PathError{Op: "fork/exec", Path: "/x", Err: fs.ErrPermission})
	assert.ErrorIs(t, err, fs.ErrPermission)
	assert.Equal(t, 1, strings.Count(strings.SplitN(err.Error(), ".", 2)[0], "/x"))
	assert.ErrorContains(t, startError("/x", errors.New("odd")), "the system refused (odd)")
}
