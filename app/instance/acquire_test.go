package instance

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOfManyThatStartAtOnceExactlyOneRuns(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "instance")
	for range 3 {
		// Lookers must not keep anybody from the lock.
		ctx, cancel := context.WithCancel(t.Context())
		var lookers sync.WaitGroup
		for range 2 {
			lookers.Go(func() {
				for ctx.Err() == nil {
					_, err := held(dir)
					assert.NoError(t, err)
				}
			})
		}
		var all []*child
		for range 6 {
			all = append(all, start(t, "app", dir))
		}
		var winner *child
		lost := map[string]int{}
		for _, c := range all {
			if said := c.says(); said == fmt.Sprint("won as ", c.Process.Pid) {
				assert.Nil(t, winner, "a second one runs")
				winner = c
			} else {
				lost[said]++
			}
		}
		cancel()
		lookers.Wait()
		require.NotNil(t, winner, "nobody runs: %v", lost)
		assert.Equal(t, map[string]int{fmt.Sprint("lost to ", winner.Process.Pid): 5}, lost)
		for _, c := range all {
			c.leave()
		}
		assert.NoFileExists(t, recordPath(dir))
	}
}

func TestLookersDoNotTakeEachOtherForAnApp(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(lockPath(dir), nil, 0o600))
	var lookers sync.WaitGroup
	for range 8 {
		lookers.Go(func() {
			for range 500 {
				app, err := held(dir)
				assert.NoError(t, err)
				assert.False(t, app)
			}
		})
	}
	lookers.Wait()
}

func TestLookersNeverKeepAnAppFromStarting(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	var lookers sync.WaitGroup
	defer lookers.Wait()
	defer cancel()
	for range 8 {
		lookers.Go(func() {
			for ctx.Err() == nil {
				if _, err := held(dir); err != nil {
					assert.NoError(t, err)
					return
				}
			}
		})
	}
	for range 50 {
		i, err := Acquire(dir)
		require.NoError(t, err)
		require.NoError(t, i.Close(t.Context()))
	}
}

func TestAfterAKillNothingIsInTheWay(t *testing.T) {
	dir := t.TempDir()
	for range 3 {
		app := start(t, "app", dir)
		require.True(t, strings.HasPrefix(app.says(), "won as "))
		app.kill()
		assert.FileExists(t, recordPath(dir))
		_, err := Find(dir)
		assert.ErrorIs(t, err, ErrNotRunning, "the file left over is not believed")
	}
	i, err := Acquire(dir)
	require.NoError(t, err)
	r, err := readRecord(dir)
	require.NoError(t, err)
	assert.Equal(t, record{Info: i.info}, r, "the leftover is gone at once")
	require.NoError(t, i.Close(t.Context()))
}

func TestWhateverLiesThereIsNoObstacle(t *testing.T) {
	for name, text := range map[string]string{"nothing": "", "nonsense": "}", "another form": `{"pid": "x"}`, "a foreign address": `{"address": "192.0.2.1:80"}`} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(recordPath(dir), []byte(text), 0o644))
			require.NoError(t, os.WriteFile(lockPath(dir), []byte("999999"), 0o600))
			_, err := Find(dir)
			assert.ErrorIs(t, err, ErrNotRunning)
			i, err := Acquire(dir)
			require.NoError(t, err)
			require.NoError(t, i.Serve(echo, ""))
			assert.NoError(t, find(t, dir).Do(t.Context(), "GET", "/", nil, nil))
			require.NoError(t, i.Close(t.Context()))
		})
	}
}

func TestASecondAppIsToldOfTheFirst(t *testing.T) {
	dir, i := serving(t, echo)
	_, err := Acquire(dir)
	var running *RunningError
	require.ErrorAs(t, err, &running)
	assert.NoError(t, running.Err)
	assert.Equal(t, os.Getpid(), running.Info.PID)
	assert.Equal(t, i.server.Handler.(*guard).address, running.Info.Address)
	assert.Equal(t, "v1.2.3", running.Info.Version)
	assert.WithinDuration(t, time.Now(), running.Info.StartedAt, patience)
	assert.EqualError(t, err, fmt.Sprintf("claude-max-api is running already (process %d)", os.Getpid()))
}

func TestASecondAppWaitsUntilTheFirstServes(t *testing.T) {
	dir := t.TempDir()
	i, err := Acquire(dir)
	require.NoError(t, err)
	second := make(chan error)
	go func() {
		_, err := Acquire(dir)
		second <- err
	}()
	require.NoError(t, i.Serve(echo, ""))
	var running *RunningError
	require.ErrorAs(t, <-second, &running)
	assert.NotEmpty(t, running.Info.Address)
	require.NoError(t, i.Close(t.Context()))
}

func TestASecondAppTakesOverWhenTheFirstEndsBeforeItServes(t *testing.T) {
	dir := t.TempDir()
	app := start(t, "slow", dir)
	require.Equal(t, "holds", app.says())
	second := make(chan *Instance)
	go func() {
		i, err := Acquire(dir)
		assert.NoError(t, err)
		second <- i
	}()
	app.kill()
	require.NoError(t, (<-second).Close(t.Context()))
}

func TestAnAppThatNeverServesIsNamedAfterTwoSeconds(t *testing.T) {
	dir := t.TempDir()
	app := start(t, "slow", dir)
	require.Equal(t, "holds", app.says())
	pid := app.Process.Pid
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		_, err := Acquire(dir)
		var running *RunningError
		require.ErrorAs(t, err, &running)
		assert.Equal(t, pid, running.Info.PID)
		assert.InDelta(t, 2, time.Since(began).Seconds(), 0.1)
		assert.Regexp(t, fmt.Sprintf(`^claude-max-api is running already \(process %d\), but does not answer: `+
			`it has not said where it is reached within 2\.\d+s\. End process %d and start claude-max-api again$`, pid, pid), err.Error())

		_, err = Find(dir)
		var silent *UnresponsiveError
		require.ErrorAs(t, err, &silent)
		assert.Equal(t, pid, silent.Info.PID)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestADamagedRecordOfARunningAppIsTold(t *testing.T) {
	dir, _ := serving(t, echo)
	for text, want := range map[string]string{
		`{"token": "secret`:           " is damaged. End it and start it again",
		`{"address": "192.0.2.1:80"}`: `the address "192.0.2.1:80", which is not of this machine`,
	} {
		require.NoError(t, os.WriteFile(recordPath(dir), []byte(text), 0o600))
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		_, err := running(ctx, dir)
		cancel()
		assert.ErrorContains(t, err, want)
		assert.NotContains(t, err.Error(), "secret")
	}
}

func TestTwoSettingsFilesHaveTwoApps(t *testing.T) {
	serving(t, echo)
	serving(t, echo)
}

func TestAnEndedAppIsNotFound(t *testing.T) {
	dir, i := serving(t, echo)
	c := find(t, dir)
	require.NoError(t, i.Close(t.Context()))
	assert.NoFileExists(t, recordPath(dir))
	_, err := Find(dir)
	assert.ErrorIs(t, err, ErrNotRunning)
	assert.ErrorIs(t, c.Do(t.Context(), "GET", "/", nil, nil), ErrNotRunning)
	_, err = Find(filepath.Join(dir, "never"))
	assert.ErrorIs(t, err, ErrNotRunning)
	assert.NoDirExists(t, filepath.Join(dir, "never"))

	assert.NoError(t, i.Close(t.Context()), "a second time does nothing")
	assert.Error(t, i.Serve(echo, ""))
}

func TestServingTwiceIsAnError(t *testing.T) {
	_, i := serving(t, echo)
	assert.Error(t, i.Serve(echo, ""))
}

func TestWithoutServingThereIsNothingToWaitFor(t *testing.T) {
	dir := t.TempDir()
	i, err := Acquire(dir)
	require.NoError(t, err)
	require.NoError(t, i.Close(t.Context()))
	assert.NoFileExists(t, recordPath(dir))
	_, err = Find(dir)
	assert.True(t, errors.Is(err, ErrNotRunning))
}
