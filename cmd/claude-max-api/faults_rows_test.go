//go:build linux

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
)

const faultsHead = `# Faults

<!-- Written by the tests in cmd/claude-max-api (faults_*_test.go); edit those instead. -->

What was done to the app, in front of both real Claude Code CLIs or of one that is scripted to be broken, and what came of it. In each row one blocking
and one streaming request met the fault; then the cause was mended, the next request was answered, and the app was quit: no process and no
file was left. “In a stream” stands where a stream ends otherwise than a blocking answer: it had begun, and ends with an error chunk, without
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
		return fault{name: name, say: "offline:" + scenario, blocking: blocking, streaming: streaming, within: 10 * time.Second, status: status, notices: notices}
	}
	return []fault{
		{
			name: "the CLI is not there", of: absentCLI, blocking: "503 `cli_missing`", within: 5 * time.Second,
			status: "Claude Code", notices: unusable,
			mend: func(p *patient) { require.NoError(p.t, os.Symlink(p.cli, p.place)) },
		},
		{
			name: "the CLI's file may not be executed", of: absentCLI, blocking: "503 `cli_missing`", within: 5 * time.Second,
			status: "Claude Code", notices: unusable,
			launch: func(_ *launch, p *patient) { p.writeCLI("#!/bin/sh\n", 0o644) }, mend: (*patient).replaceCLI,
		},
		{
			name: "the CLI is for another processor", of: absentCLI, blocking: "503 `cli_missing`", within: 5 * time.Second,
			status: "Claude Code", notices: unusable,
			launch: func(_ *launch, p *patient) { p.writeCLI(foreignProgram, 0o755) }, mend: (*patient).replaceCLI,
		},
		{
			name: "the CLI is removed while the app runs", blocking: "503 `cli_missing`", within: 5 * time.Second,
			status: "Claude Code", notices: unusable,
			harm: func(p *patient) { require.NoError(p.t, os.Remove(p.place)) },
			mend: func(p *patient) { require.NoError(p.t, os.Symlink(p.cli, p.place)) },
		},
		{name: "the CLI ends at once", of: scripted, script: at(claudetest.Start, claudetest.Exit), blocking: "502 `cli_failed`", within: 5 * time.Second, status: "Claude Code", notices: unusable},
		{name: "the CLI prints garbage in its handshake", of: scripted, script: at(claudetest.Initialize, claudetest.Garbage), blocking: "502 `cli_failed`", within: 5 * time.Second, status: "Claude Code", notices: unusable},
		{name: "the CLI does not answer its handshake", of: scripted, script: at(claudetest.Initialize, claudetest.Hang), blocking: "502 `cli_failed`", streaming: "200, then `cli_failed`", within: 35 * time.Second, status: "Claude Code", notices: unusable},
		{name: "the CLI prints garbage in an answer", of: scripted, script: at(claudetest.Text, claudetest.Garbage), blocking: "502 `cli_failed`", streaming: "200, then `cli_failed`", within: 5 * time.Second, status: running, notices: failedOnce},
		{name: "the CLI stops in the middle of a line", of: scripted, script: at(claudetest.Text, claudetest.Half), blocking: "502 `cli_failed`", streaming: "200, then `cli_failed`", within: 5 * time.Second, status: running, notices: failedOnce},
		{name: "the CLI prints a line of 20 MB", of: scripted, script: at(claudetest.Text, claudetest.Huge), blocking: "200", within: 5 * time.Second, status: running},
		{name: "the CLI says nothing in the middle of an answer", of: scripted, script: at(claudetest.Text, claudetest.Hang), launch: silent, blocking: "504 `upstream_timeout`", streaming: "200, then `upstream_timeout`", within: 8 * time.Second, status: running, notices: failedOnce},
		{name: "the CLI ignores the end of its input and SIGTERM", of: scripted, script: at(claudetest.Start, claudetest.Stubborn), blocking: "200", within: 5 * time.Second, status: running},
		{name: "the CLI is killed in its handshake", of: scripted, script: killed(claudetest.Initialize), blocking: "502 `cli_failed`", within: 5 * time.Second, status: "Claude Code", notices: unusable},
		{name: "the CLI is killed before it asks upstream", of: scripted, script: killed(claudetest.Turn), blocking: "502 `cli_failed`", within: 5 * time.Second, status: running, notices: failedOnce},
		{name: "the CLI is killed after it has asked upstream", of: scripted, script: killed(claudetest.Requested), blocking: "502 `cli_failed`", within: 5 * time.Second, status: running, notices: failedOnce},
		{name: "the CLI is killed in the middle of an answer", of: scripted, script: killed(claudetest.Text), blocking: "502 `cli_failed`", streaming: "200, then `cli_failed`", within: 5 * time.Second, status: running, notices: failedOnce},
		{name: "the CLI is killed between two answers", of: scripted, script: killed(claudetest.Finished), blocking: "200", within: 5 * time.Second, status: running},

		upstream("400: a request that the API does not take", "invalid", "400 `invalid_request_error`", "", running),
		upstream("400: the prompt does not fit the model", "too_long", "400 `context_length_exceeded`", "", running),
		upstream("400: extra usage", "extra_usage", "400 `extra_usage_required`", "", running, failedOnce...),
		upstream("400: no credit", "billing", "402 `insufficient_quota`", "", running, failedOnce...),
		upstream("401: the login has expired", "unauthorized", "401 `sign_in_needed`", "", "Signed out", "Claude needs you to sign in"),
		upstream("403: the login was revoked", "revoked", "401 `sign_in_needed`", "", "Signed out", "Claude needs you to sign in"),
		upstream("403: the organisation forbids it", "forbidden", "403 `permission_denied`", "", running, failedOnce...),
		upstream("404: no such model", "not_found", "404 `model_not_found`", "", running),
		upstream("413: the request is too large", "too_large", "413 `request_too_large`", "", running),
		upstream("429: too many requests", "rate_limited", "429 `rate_limit_exceeded`, Retry-After", "", running, failedOnce...),
		upstream("429: the plan's window is used up", "usage_limit", "429 `usage_limit_reached`, Retry-After", "", "5-hour", "The 5-hour limit is reached"),
		upstream("500", "server_error", "500 `upstream_error`", "", running, failedOnce...),
		upstream("529: no capacity", "overloaded", "529 `overloaded`", "", running, failedOnce...),
		{
			name: "the network is down", blocking: "502 `upstream_error`", within: 20 * time.Second, status: running, notices: failedOnce,
			harm: func(p *patient) { p.link.cut() }, mend: func(p *patient) { p.link.join() },
		},
		{name: "upstream takes the request and says nothing", say: "offline:silent_early", launch: silent, blocking: "504 `upstream_timeout`", within: 10 * time.Second, status: running, notices: failedOnce},
		{name: "upstream begins and says no more", say: "offline:silent", launch: silent, blocking: "504 `upstream_timeout`", within: 10 * time.Second, status: running, notices: failedOnce},
		upstream("the connection is cut before the answer", "cut_early", "502 `upstream_error`", "", running, failedOnce...),
		upstream("the connection is cut in the middle of the answer", "cut", "502 `upstream_error`", "200, then `upstream_error`", running, failedOnce...),
		upstream("an error event in the middle of the answer", "error_event", "502 `upstream_error`", "200, then `upstream_error`", running, failedOnce...),
		upstream("a second message_start", "restart", "502 `upstream_error`", "200, then `upstream_error`", running, failedOnce...),
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

// faultsElsewhere are the faults that other tests do, by name: to smaller parts, with a
// clock of their own, or to a client.
func faultsElsewhere(t *testing.T) string {
	t.Helper()
	_ = filepath.Join
	return ""
}
