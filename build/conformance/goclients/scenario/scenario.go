// Package scenario is what the scenarios of all Go clients share: what the test
// asks them to do, and how they tell it what their user has seen.
package scenario

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// What the test says. It chooses the question, because it also knows the right
// answer.
var (
	BaseURL  = os.Getenv("BASE_URL")
	APIKey   = os.Getenv("API_KEY")
	Question = os.Getenv("QUESTION")
	System   = os.Getenv("SYSTEM")
)

const (
	// Model is whom all scenarios ask.
	Model = "claude-opus-4"
	// MaxTokens bounds the answers.
	MaxTokens = 500
)

// Seen is what the client's user got to see.
type Seen struct {
	Models  []string        `json:"models,omitempty"`
	Text    string          `json:"text,omitempty"`
	Thought string          `json:"thought,omitempty"`
	Pieces  int             `json:"pieces,omitempty"`
	Finish  string          `json:"finish,omitempty"`
	Usage   Usage           `json:"usage,omitzero"`
	Calls   []Call          `json:"calls,omitempty"`
	Ran     []string        `json:"ran,omitempty"`
	Value   json.RawMessage `json:"value,omitempty"`
	Errors  []Thrown        `json:"errors,omitempty"`
	// Raw are the bodies and chunks.
	Raw []json.RawMessage `json:"raw,omitempty"`
}

// Usage is in tokens.
type Usage struct {
	Prompt     int `json:"prompt"`
	Completion int `json:"completion"`
}

// Call is a tool call as the client sees it.
type Call struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
}

// Thrown is what a program learns from an error.
type Thrown struct {
	Status  int    `json:"status"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Param   string `json:"param"`
}

// Run plays the scenario that the command line names. The program lives on until
// the test has looked at it, so that nothing is over only because a process has
// died.
func Run(scenarios map[string]func(context.Context) (Seen, error)) {
	seen, err := scenarios[os.Args[1]](context.Background())
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(seen)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
}
