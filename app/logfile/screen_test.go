package logfile

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// frozen is a terminal that takes nothing until it is let: one that was stopped with
// Ctrl-S, or a pipe that nobody reads.
type frozen struct {
	let  chan struct{}
	text bytes.Buffer
}

func (f *frozen) Write(p []byte) (int, error) {
	<-f.let
	return f.text.Write(p)
}

func TestATerminalThatDoesNotReadHoldsNothingUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	terminal := &frozen{let: make(chan struct{})}
	log, closer, err := New(path, slog.LevelInfo, terminal)
	require.NoError(t, err)
	text := strings.Repeat("x", 1<<10)
	const lines = 3 * room >> 10
	for i := range lines {
		log.Info(text, "line", i)
	}
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, lines, strings.Count(string(file), "\n"), "the file has all of them")

	close(terminal.let)
	require.NoError(t, closer.Close())
	shown := strings.SplitAfter(strings.TrimSuffix(terminal.text.String(), "\n"), "\n")
	assert.Less(t, len(shown), lines)
	for i, line := range shown[:len(shown)-1] {
		require.Contains(t, line, fmt.Sprintf(" line=%d\n", i), "in order")
	}
	assert.Contains(t, shown[len(shown)-1], fmt.Sprintf(`level=WARN msg="lines were left out here; the log file has them" lines=%d`, lines-len(shown)+1))
}

func TestLinesGoOnBehindThoseThatWereLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		terminal := &frozen{let: make(chan struct{})}
		s := &screen{out: terminal, leftOut: "gone"}
		write := func(text string) {
			n, err := s.Write([]byte(text))
			assert.NoError(t, err)
			assert.Equal(t, len(text), n)
		}
		write("first\n")
		synctest.Wait() // for the terminal to be stuck with it
		long := strings.Repeat("x", room) + "\n"
		write(long) // however long, what finds nothing before it is shown
		write("short\n")
		write("short\n")
		close(terminal.let)
		synctest.Wait()
		write("last\n")
		synctest.Wait()
		first, rest, _ := strings.Cut(terminal.text.String(), long)
		assert.Equal(t, "first\n", first)
		assert.Regexp(t, `^time=\S+ level=WARN msg=gone lines=2\nlast\n$`, rest)
	})
}

// TestTheEndWaitsForATerminalThatReads: the last lines say why a program has ended.
func TestTheEndWaitsForATerminalThatReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		terminal := &frozen{let: make(chan struct{})}
		s := &screen{out: terminal}
		for _, line := range []string{"one\n", "two\n", "three\n"} {
			_, _ = s.Write([]byte(line))
		}
		time.AfterFunc(flushTime-time.Millisecond, func() { close(terminal.let) })
		s.flush()
		assert.Equal(t, "one\ntwo\nthree\n", terminal.text.String())

		// What comes after the end is shown, too, as long as there is a program.
		_, _ = s.Write([]byte("four\n"))
		s.flush()
		assert.Equal(t, "one\ntwo\nthree\nfour\n", terminal.text.String())
	})
}

func TestTheEndDoesNotWaitForATerminalThatDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		terminal := &frozen{let: make(chan struct{})}
		s := &screen{out: terminal}
		_, _ = s.Write([]byte("one\n"))
		began := time.Now()
		s.flush()
		assert.Equal(t, flushTime, time.Since(began))
		assert.Empty(t, terminal.text.String())
		close(terminal.let)
	})
}
