package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"claude-max-api-proxy/proxy/claude/claudetest"
)

// child is one process that plays the CLI.
type child struct {
	ask  *json.Encoder
	told *json.Decoder
	in   *bufio.Reader
	out  *bufio.Writer

	version  string
	stubborn bool
}

// inLine is as much of a line on stdin as the stand-in looks at.
type inLine struct {
	Type      string `json:"type"`
	RequestID string `json:"request_id"`
	Request   struct {
		Subtype string `json:"subtype"`
	} `json:"request"`
	ShouldQuery *bool `json:"shouldQuery"`
	Message     struct {
		Content []struct {
			Text string `json:"text"`
		} `json:"content"`
	} `json:"message"`
}

func (c *child) live() {
	if slices.Contains(os.Args, "auth") {
		if !c.at(claudetest.Event{Stage: claudetest.AuthStatus}, nil) {
			c.print(`{"loggedIn":true,"authMethod":"claude.ai"}`)
		}
		return
	}
	c.at(claudetest.Event{Stage: claudetest.Start, Args: os.Args[1:], Env: os.Environ()}, nil)
	if i := slices.Index(os.Args, "--resume"); i > 0 {
		session, _ := os.ReadFile(os.Args[i+1]) // one that is gone is empty
		if c.at(claudetest.Event{Stage: claudetest.Resumed, Line: string(session)}, nil) {
			return
		}
	}
	for {
		line, ok := c.next()
		if !ok {
			c.at(claudetest.Event{Stage: claudetest.End}, nil)
			if c.stubborn {
				hang()
			}
			return
		}
		c.hear(line)
	}
}

func (c *child) next() (string, bool) {
	line, err := c.in.ReadString('\n')
	return strings.TrimSuffix(line, "\n"), err == nil
}

// hear answers one line of stdin.
func (c *child) hear(line string) {
	var l inLine
	if err := json.Unmarshal([]byte(line), &l); err != nil {
		fmt.Fprintln(os.Stderr, "malformed line on stdin:", err)
		os.Exit(1) // as the real one does
	}
	e := claudetest.Event{Line: line}
	switch l.Type {
	case "control_request":
		e.Stage = claudetest.Stage(l.Request.Subtype)
		if !c.at(e, &l) {
			c.print(claudetest.Success(l.RequestID, c.answerTo(e.Stage)))
		}
	case "control_response":
		e.Stage = claudetest.Told
		c.at(e, nil)
	case "assistant":
		e.Stage = claudetest.Past
		c.at(e, nil)
	case "user":
		if l.ShouldQuery != nil && !*l.ShouldQuery {
			e.Stage = claudetest.Silent
			if !c.at(e, nil) {
				c.print(`{"type":"result","subtype":"success","is_error":false,"num_turns":0,"result":""}`)
			}
			return
		}
		var said strings.Builder
		for _, b := range l.Message.Content {
			said.WriteString(b.Text)
		}
		c.turn(line, said.String())
	}
}

func (c *child) answerTo(stage claudetest.Stage) string {
	switch stage {
	case claudetest.Version:
		return fmt.Sprintf(`{"version":%q}`, c.version)
	case claudetest.Initialize:
		return `{"commands":[],"models":[` +
			`{"value":"default","resolvedModel":"stand-in-opus","displayName":"Default","supportsEffort":true},` +
			`{"value":"opus","resolvedModel":"stand-in-opus","displayName":"Opus","supportsEffort":true},` +
			`{"value":"sonnet","resolvedModel":"stand-in-sonnet","displayName":"Sonnet","supportsEffort":true}],"account":{}}`
	}
	return `{}`
}

// turn answers with the text that was said.
func (c *child) turn(line, said string) {
	if c.at(claudetest.Event{Stage: claudetest.Turn, Line: line}, nil) {
		return
	}
	c.print(fmt.Sprintf(`{"type":"system","subtype":"init","model":"stand-in-opus","claude_code_version":%q}`, c.version), claudetest.Requesting)
	if c.at(claudetest.Event{Stage: claudetest.Requested, Line: line}, nil) {
		return
	}
	lines := claudetest.Answer(said)
	const first = 3 // message_start, content_block_start, a delta
	c.print(lines[:first]...)
	if c.at(claudetest.Event{Stage: claudetest.Text, Line: line}, nil) {
		return
	}
	c.print(lines[first:]...)
	c.at(claudetest.Event{Stage: claudetest.Finished, Line: line}, nil)
}

// at asks the test what to do, and does it. It says whether that replaces what a
// healthy CLI would do.
func (c *child) at(e claudetest.Event, request *inLine) (instead bool) {
	e.PID = os.Getpid()
	var a claudetest.Action
	if c.ask.Encode(e) != nil || c.told.Decode(&a) != nil {
		os.Exit(3) // the test is over
	}
	if a.Version != "" {
		c.version = a.Version
	}
	switch a.Do {
	case claudetest.Exit:
		os.Exit(1)
	case claudetest.Complain:
		fmt.Fprintln(os.Stderr, strings.Join(a.Lines, "\n"))
		os.Exit(1)
	case claudetest.Hang:
		hang()
	case claudetest.Skip:
		return true
	case claudetest.Garbage:
		c.print("Segmentation fault (core dumped)")
		return true
	case claudetest.Half:
		_, _ = c.out.WriteString(`{"type":"stream_event","event":{"type":"content_blo`)
		_ = c.out.Flush()
		os.Exit(1)
	case claudetest.Huge:
		c.print(`{"type":"novelty","padding":"` + strings.Repeat("x", 20_000_000) + `"}`)
	case claudetest.Refuse:
		c.print(fmt.Sprintf(`{"type":"control_response","response":{"subtype":"error","request_id":%q,"error":"the script says no"}}`, request.RequestID))
		return true
	case claudetest.Ask:
		c.print(`{"type":"control_request","request_id":"own-1","request":{"subtype":"mcp_message"}}`)
		if line, ok := c.next(); ok {
			c.hear(line)
		}
	case claudetest.Stubborn:
		c.stubborn = true
		signal.Ignore(syscall.SIGTERM)
	case claudetest.Say:
		c.print(a.Lines...)
		return true
	case claudetest.Request:
		c.print(append(a.Lines, claudetest.Requesting)...)
		c.at(claudetest.Event{Stage: claudetest.Requested, Line: e.Line}, nil)
		return true
	case claudetest.Die:
		c.print(a.Lines...)
		if self, err := os.FindProcess(os.Getpid()); err == nil {
			_ = self.Kill()
		}
		hang() // for the moment that the signal takes
	}
	return false
}

func (c *child) print(lines ...string) {
	for _, l := range lines {
		_, _ = c.out.WriteString(l)
		_ = c.out.WriteByte('\n')
	}
	if c.out.Flush() != nil {
		os.Exit(1) // nobody reads: the test has ended
	}
}

// hang blocks without being a deadlock for the runtime.
func hang() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	for range signals {
	}
}
