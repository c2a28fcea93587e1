package settings

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/gofrs/flock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const changesEach = 20

func TestChangesOfSeveralProcessesAndGoroutinesAreAllKept(t *testing.T) {
	path := file(t, `{"note": "kept"}`)
	var all sync.WaitGroup
	for n := range 4 {
		all.Go(func() { assert.NoError(t, roles["changer"](path, fmt.Sprint("goroutine", n))) })
	}
	for n := range 3 {
		c := play(t, "changer", path, fmt.Sprint("process", n))
		all.Go(func() {
			out, err := c.CombinedOutput()
			assert.NoError(t, err, string(out))
		})
	}
	all.Wait()
	var text map[string]any
	require.NoError(t, json.Unmarshal([]byte(readText(t, path)), &text))
	assert.Len(t, text, 1+7*changesEach)
}

func TestAReaderNeverMeetsHalfAFile(t *testing.T) {
	path := file(t, `{"port": 1024}`)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for port := range 200 {
			_, err := Update(path, map[string]any{"port": 1024 + port})
			assert.NoError(t, err)
		}
	}()
	for {
		s, _, err := Load(path)
		require.NoError(t, err)
		require.GreaterOrEqual(t, s.Port, 1024, "not the default: the file is always there")
		select {
		case <-done:
			return
		default:
		}
	}
}

func TestAKilledProcessLeavesAWholeFileAndNoLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.json")
	_, err := Update(path, map[string]any{"note": "kept"})
	require.NoError(t, err)
	for n := range 5 {
		c := play(t, "restless", path, "")
		out, err := c.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, c.Start())
		lines(t, bufio.NewReader(out), 3+5*n)
		require.NoError(t, c.Process.Signal(os.Kill))
		_ = c.Wait() // it says that it was killed

		s, unknown, err := Load(path)
		require.NoError(t, err)
		assert.Equal(t, []string{"note"}, unknown)
		assert.GreaterOrEqual(t, s.Port, 1024+2)
		_, err = Update(path, map[string]any{"port": 1})
		require.NoError(t, err, "the lock went with it")
	}
}

func TestAProcessThatHangsInAChangeDoesNotHoldUpOthersForEver(t *testing.T) {
	path := file(t, `{"port": 1}`)
	other := flock.New(path + ".lock")
	require.NoError(t, other.Lock())
	synctest.Test(t, func(t *testing.T) {
		_, err := Update(path, map[string]any{"port": 2})
		assert.EqualError(t, err, "the settings file "+path+" was not changed: another process has held "+path+".lock for 10s. End it, and try again")
	})
	assert.Equal(t, `{"port": 1}`, readText(t, path))
	require.NoError(t, other.Close())
	_, err := Update(path, map[string]any{"port": 2})
	assert.NoError(t, err)
}
