//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"claude-max-api-proxy/proxy/claude/claudetest"
)

const faultsHead = `# Faults

<!-- Written by the tests in cmd/claude-max-api (faults_*_test.go); edit those instead. -->

What was done to the app, in front of both real Claude Code CLIs or of one that is scripted to be broken, and what came of it. In each row one blocking
and one streaming request met the fault; then the cause was mended, requests were answered again, and the app was quit: no process was left, and none
of the files that the app or a CLI keeps while it runs. “In a stream” stands where a stream ends otherwise than a blocking answer: it had begun, and ends with an error chunk, without
finish_reason and [DONE].

| fault | the client gets | within | the user sees | seen with |
|---|---|---|---|---|
`

// failedOnce is what a person is told of requests that failed.
var failedOnce = []string{"A request failed"}

// unusable is what a person is told of a CLI that cannot be used at all.
var unusable = []string{"Claude Code is not usable"}

func faults() []fault {
	const running = "Running ·"
	at := func(stage claudetest.Stage, do claudetest.Deed) func(claudetest.Event) claudetest.Action {
		return func(e claudetest.Event) claudetest.Action {
			if e.Stage == stage {
				return claudetest.Action{Do: do}
			}
			return claudetest.Action{}
		}
	}
	killed := func(stage claudetest.Stage) func(claudetest.Event) claudetest.Action {
		return func(e claudetest.Event) claudetest.Action {
			if e.Stage == stage {
				_ = syscall.Kill(e.PID, syscall.SIGKILL)
			}
			return claudetest.Action{}
		}
	}
	upstream := func(name, scenario, blocking, streaming, status string, notices ...string) fault {
		return fault{name: name, say: "offline:" + scenario, blocking: blocking, streaming: streaming, within: 15 * time.Second, status: status, notices: notices}
	}
	return []fault{
		{
			name: "the CLI is not there", of: absentCLI, blocking: "503 `cli_missing`", within: 10 * time.Second,
			status: "Claude Code CLI not usable", notices: unusable,
			mend: func(p *patient) { require.NoError(p.t, os.Symlink(p.cli, p.place)) },
		},
		{
			name: "the CLI's file may not be executed", of: absentCLI, blocking: "503 `cli_missing`", within: 10 * time.Second,
			status: "Claude Code CLI not usable", notices: unusable,
			launch: func(_ *launch, p *patient) { p.writeCLI("#!/bin/sh\n", 0o644) }, mend: (*patient).replaceCLI,
		},
		{
			name: "the CLI is for another processor", of: absentCLI, blocking: "503 `cli_missing`", within: 10 * time.Second,
			status: "Claude Code CLI not usable", notices: unusable,
			launch: func(_ *launch, p *patient) { p.writeCLI(foreignProgram, 0o755) }, mend: (*patient).replaceCLI,
		},
		{
			name: "the CLI is removed while the app runs", blocking: "503 `cli_missing`", within: 10 * time.Second,
			status: "Claude Code CLI not usable", notices: unusable,
			harm: func(p *patient) { require.NoError(p.t, os.Remove(p.place)) },
			mend: func(p *patient) { require.NoError(p.t, os.Symlink(p.cli, p.place)) },
		},
		{name: "the CLI ends at once", of: scripted, script: at(claudetest.Start, claudetest.Exit), blocking: "502 `cli_failed`", within: 10 * time.Second, status: "Claude Code CLI not usable", notices: unusable},
		{name: "the CLI prints garbage in its handshake", of: scripted, script: at(claudetest.Initialize, claudetest.Garbage), blocking: "502 `cli_failed`", within: 10 * time.Second, status: "Claude Code CLI not usable", notices: unusable},
		{name: "the CLI does not answer its handshake", of: scripted, script: at(claudetest.Initialize, claudetest.Hang), blocking: "502 `cli_failed`", streaming: "200, then `cli_failed`", within: 35 * time.Second, status: "Claude Code CLI not usable", notices: unusable},
		{name: "the CLI prints garbage in an answer", of: scripted, script: at(claudetest.Text, claudetest.Garbage), blocking: "502 `cli_failed`", streaming: "200, then `cli_failed`", within: 10 * time.Second, status: running, notices: failedOnce},
		{name: "the CLI stops in the middle of a line", of: scripted, script: at(claudetest.Text, claudetest.Half), blocking: "502 `cli_failed`", streaming: "200, then `cli_failed`", within: 10 * time.Second, status: running, notices: failedOnce},
		{name: "the CLI prints a line of 20 MB", of: scripted, script: at(claudetest.Text, claudetest.Huge), blocking: "200", within: 10 * time.Second, status: running},
		{name: "the CLI says nothing in the middle of an answer (silence_timeout: 3 s)", of: scripted, script: at(claudetest.Text, claudetest.Hang), launch: silent, blocking: "504 `upstream_timeout`", streaming: "200, then `upstream_timeout`", within: 15 * time.Second, status: running, notices: failedOnce},
		{name: "the CLI ignores the end of its input and SIGTERM", of: scripted, script: at(claudetest.Start, claudetest.Stubborn), blocking: "200", within: 10 * time.Second, status: running},
		{name: "the CLI is killed in its handshake", of: scripted, script: killed(claudetest.Initialize), blocking: "502 `cli_failed`", within: 10 * time.Second, status: "Claude Code CLI not usable", notices: unusable},
		{name: "the CLI is killed before it asks upstream", of: scripted, script: killed(claudetest.Turn), blocking: "502 `cli_failed`", within: 10 * time.Second, status: running, notices: failedOnce},
		{name: "the CLI is killed after it has asked upstream", of: scripted, script: killed(claudetest.Requested), blocking: "502 `cli_failed`", within: 10 * time.Second, status: running, notices: failedOnce},
		{name: "the CLI is killed in the middle of an answer", of: scripted, script: killed(claudetest.Text), blocking: "502 `cli_failed`", streaming: "200, then `cli_failed`", within: 10 * time.Second, status: running, notices: failedOnce},
		{name: "the CLI is killed between two answers", of: scripted, script: killed(claudetest.Finished), blocking: "200", within: 10 * time.Second, status: running},

		upstream("400: a request that the API does not take", "invalid", "400 `invalid_request_error`", "", running),
		upstream("400: the prompt does not fit the model", "too_long", "400 `context_length_exceeded`", "", running),
		upstream("400: extra usage", "extra_usage", "400 `extra_usage_required`", "", running, failedOnce...),
		upstream("400: no credit", "billing", "402 `insufficient_quota`", "", running, failedOnce...),
		upstream("401: the login has expired", "unauthorized", "401 `sign_in_needed`", "", "Sign-in needed", "Claude needs you to sign in"),
		upstream("403: the login was revoked", "revoked", "401 `sign_in_needed`", "", "Sign-in needed", "Claude needs you to sign in"),
		upstream("403: the organisation forbids it", "forbidden", "403 `permission_denied`", "", running, failedOnce...),
		upstream("404: no such model", "not_found", "404 `model_not_found`", "", running),
		upstream("413: the request is too large", "too_large", "413 `request_too_large`", "", running),
		{
			name: "429: too many requests", say: "offline:rate_limited", blocking: "429 `rate_limit_exceeded`, Retry-After", older: "429 `rate_limit_exceeded`",
			within: 15 * time.Second, status: running, notices: failedOnce,
		},
		upstream("429: the plan's window is used up", "usage_limit", "429 `usage_limit_reached`, Retry-After", "", "Usage limit reached", "The 5-hour limit is reached"),
		upstream("500", "server_error", "500 `upstream_error`", "", running, failedOnce...),
		upstream("529: no capacity", "overloaded", "529 `overloaded`, Retry-After", "", running, failedOnce...),
		{
			name: "the network is down", blocking: "502 `upstream_error`", within: 20 * time.Second, status: running, notices: failedOnce,
			harm: func(p *patient) { p.link.cut() }, mend: func(p *patient) { p.link.join() },
		},
		{name: "upstream takes the request and says nothing (silence_timeout: 3 s)", say: "offline:silent_early", launch: silent, blocking: "504 `upstream_timeout`", within: 15 * time.Second, status: running, notices: failedOnce},
		{name: "upstream begins and says no more (silence_timeout: 3 s)", say: "offline:silent", launch: silent, blocking: "504 `upstream_timeout`", within: 15 * time.Second, status: running, notices: failedOnce},
		upstream("the connection is cut before the answer", "cut_early", "502 `upstream_error`", "", running, failedOnce...),
		upstream("the connection is cut in the middle of the answer", "cut", "502 `upstream_error`", "200, then `upstream_error`", running, failedOnce...),
		upstream("an error event in the middle of the answer", "error_event(api_error)", "502 `upstream_error`", "200, then `upstream_error`", running, failedOnce...),
		upstream("a second message_start", "restart", "502 `upstream_error`", "200, then `upstream_error`", running, failedOnce...),

		{
			name: "the disk is full", blocking: "200", within: 15 * time.Second, status: running,
			launch: ownDisk(0), harm: (*patient).fillDisk,
		},
		{
			name: "HOME is read-only", blocking: "200", within: 15 * time.Second, status: running,
			launch: ownDisk(0), before: (*patient).lockDisk, mend: (*patient).unlockDisk,
		},
		{
			name: "the app has no file descriptors left for another process", blocking: "502 `cli_failed`", within: 15 * time.Second, status: running, notices: failedOnce,
			launch: func(l *launch, _ *patient) { l.settings["spares"] = 0 },
			harm: func(p *patient) {
				require.Equal(p.t, "200", p.outcome(chat(false, "offline:echo(the process that there is)")))
				p.descriptors(4)
			},
			mend: func(p *patient) { p.descriptors(1000) },
		},
	}
}

// silent has requests ended after three seconds without a word.
func silent(l *launch, _ *patient) { l.settings["silence_timeout"] = "3s" }

// foreignProgram is the head of a program for SPARC.
var foreignProgram = "\x7fELF\x02\x02\x01\x00" + strings.Repeat("\x00", 8) + "\x00\x02\x00\x2b\x00\x00\x00\x01" + strings.Repeat("\x00", 40)

func (p *patient) writeCLI(content string, mode os.FileMode) {
	if err := os.WriteFile(p.place, []byte(content), mode); err != nil {
		panic(err) // the test's own directory
	}
}

// replaceCLI puts the real one in the place of what is there.
func (p *patient) replaceCLI() {
	require.NoError(p.t, os.Remove(p.place))
	require.NoError(p.t, os.Symlink(p.cli, p.place))
}

// elsewhere are the faults that other tests do: to smaller parts, with a clock of their own,
// or to a client.
var elsewhere = []struct{ fault, outcome, test string }{
	{"a client leaves while it streams", "the request upstream is ended within a second", "TestAClientThatLeavesEndsItsRequestUpstream"},
	{"a client leaves while it waits, at any stage", "likewise; its process is ended. Not noticed where it has sent more behind a request that is not streamed", "TestACallerWhoLeavesAtAnyStageIsNoLongerWorkedFor"},
	{"a client reads slowly", "the CLI is held back, nothing is buffered, other streams go on", "TestASlowReaderStopsTheBackend"},
	{"a client sends half a body and waits", "408 after two minutes", "TestABodyThatStopsHalfWayIsWaitedForOnlySoLong"},
	{"a client's body ends before its announced length", "400", "TestABodyThatEndsTooEarlyIsNoRequest"},
	{"connections that send nothing", "ended after ten seconds, others are served", "TestSilentConnectionsKeepNobodyOut"},
	{"headers without end", "431", "TestHeadersWithoutEndAreRefused"},
	{"more requests than the queue holds", "429 `queue_full`", "TestAFullQueueRefuses"},
	{"requests that wait longer than they may", "429 `queue_full`", "TestTheQueueHasADeadline"},
	{"a process grows beyond its bound", "replaced after its answer", "TestAProcessThatHasGrownTooLargeIsReplacedAfterItsTurn"},
	{"a process dies while it waits for results of calls", "the conversation is told to another one", "TestAProcessThatDiesWhileItWaitsIsReplaced"},
	{"a process takes a request and does nothing", "another one gets it after half a minute; 504 `upstream_timeout` after as long again", "TestAProcessThatHangsIsReplacedOnce"},
	{"a new CLI is looked at while all processes are busy", "requests wait in the queue, each for its own time", "TestWhoWaitsForTheCLIToBeLearnedHasTheQueuesDeadline"},
	{"a process asks upstream though nobody has asked it", "ended at once", "TestAProcessThatAsksUpstreamByItselfIsEnded"},
	{"the CLI is updated while it answers", "the answer ends as it was, the next one comes from the new CLI", "TestTheCLIIsReplacedWhileItAnswers"},
	{"the clock jumps, or the machine slept", "the proxy is asked, the login is looked at, waiting processes are replaced", "TestSleepShowsInTheClocks"},
	{"nobody reads the terminal", "nothing waits for it: lines are left out there and counted, the log file has them", "TestATerminalThatNobodyReadsHoldsNothingUp"},
	{"the listener is lost", "the user is told, Start brings it back", "TestAListenerThatFailsEndsServe"},
	{"kill -9 of the app", "no process outlives it, its next start removes what is left", "TestTheNextStartRemovesWhatAKilledProxyCouldNot"},
}

func faultsElsewhere(t *testing.T) string {
	t.Helper()
	tests, err := exec.Command("git", "-C", "../..", "grep", "-hoE", "^func Test[A-Za-z0-9]+", "--", "*_test.go").Output()
	require.NoError(t, err)
	var b strings.Builder
	b.WriteString("\nOther tests do these:\n\n| fault | what comes of it | test |\n|---|---|---|\n")
	for _, e := range elsewhere {
		require.Contains(t, string(tests), "func "+e.test+"\n")
		fmt.Fprintf(&b, "| %s | %s | `%s` |\n", e.fault, e.outcome, e.test)
	}
	return b.String()
}

// ownDisk puts the home on a disk of its own, in memory.
func ownDisk(flags uintptr) func(*launch, *patient) {
	return func(l *launch, p *patient) {
		place := l.home
		require.NoError(p.t, os.Remove(p.place))
		if err := unix.Mount("tmpfs", place, "tmpfs", flags, "size=32m"); err != nil {
			p.t.Skipf("only who may mount a disk can fill one: %v", err)
		}
		p.t.Cleanup(func() { require.NoError(p.t, unix.Unmount(place, unix.MNT_DETACH)) })
		require.NoError(p.t, os.Symlink(p.cli, p.place))
	}
}

// fillDisk leaves not a byte.
func (p *patient) fillDisk() {
	f, err := os.Create(filepath.Join(p.home, "filler"))
	require.NoError(p.t, err)
	for chunk := 1 << 20; chunk > 0; {
		if _, err := f.Write(make([]byte, chunk)); err != nil {
			chunk /= 2
		}
	}
	require.NoError(p.t, f.Close())
}

func (p *patient) lockDisk() {
	require.NoError(p.t, unix.Mount("", p.home, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""))
}

func (p *patient) unlockDisk() {
	require.NoError(p.t, unix.Mount("", p.home, "", unix.MS_REMOUNT, ""))
}

// descriptors lets the app have so many more than it has.
func (p *patient) descriptors(more uint64) {
	pid := p.process.PID()
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	require.NoError(p.t, err)
	var limit unix.Rlimit
	require.NoError(p.t, unix.Prlimit(pid, unix.RLIMIT_NOFILE, nil, &limit))
	limit.Cur = uint64(len(open)) + more
	require.NoError(p.t, unix.Prlimit(pid, unix.RLIMIT_NOFILE, &limit, nil))
}
