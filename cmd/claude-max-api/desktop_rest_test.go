//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A program that runs from login to logout must not be felt. One or two ticks is what it
// uses, for its looks at the settings file and the login entry every 5 s; the bound,
// 50 ms a minute, leaves room for a machine that is busy with other tests. A loop
// that nobody meant to leave in is far beyond it.
func TestAtRestTheAppUsesNextToNothing(t *testing.T) {
	desktopTest(t)
	const (
		minute      = time.Minute
		maxMemory   = 40 << 10 // KiB, resident
		maxTicks    = 5        // of 10 ms
		ticksPerSec = 100
	)
	a := startWarmTray(t, launch{})
	pid := a.process.PID()
	require.Equal(t, 200, a.curl(completions, chat(false, "hi")).status)
	var before int
	settled := time.Now()
	a.launched.await("the end of what the start and the question have set off", func() bool {
		if now := cpuTicks(t, pid); now != before {
			before, settled = now, time.Now()
		}
		return time.Since(settled) > 3*time.Second
	})
	select {
	case <-time.After(minute): // measured, not waited for
	case <-a.process.Done():
		t.Fatal("the app has ended")
	}
	used, resident := cpuTicks(t, pid)-before, residentKiB(t, pid)
	t.Logf("in a quiet minute %d ticks of %d ms; %.1f MiB resident", used, 1000/ticksPerSec, float64(resident)/1024)
	assert.LessOrEqual(t, used, maxTicks)
	assert.Less(t, resident, maxMemory)
	a.quit()
}

// cpuTicks is the time that a process has used, in clock ticks.
func cpuTicks(t *testing.T, pid int) int {
	t.Helper()
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	require.NoError(t, err)
	// The name, in parentheses, may have spaces in it.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	user, err := strconv.Atoi(fields[11])
	require.NoError(t, err)
	system, err := strconv.Atoi(fields[12])
	require.NoError(t, err)
	return user + system
}

// residentKiB is the memory of a process that is not swapped out.
func residentKiB(t *testing.T, pid int) (kib int) {
	t.Helper()
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	require.NoError(t, err)
	_, rest, ok := strings.Cut(string(status), "VmRSS:")
	require.True(t, ok)
	_, err = fmt.Sscanf(rest, "%d kB", &kib)
	require.NoError(t, err)
	return kib
}
