package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/pkg/browser"

	"claude-max-api-proxy/app"
	"claude-max-api-proxy/app/logfile"
	"claude-max-api-proxy/app/setup"
	"claude-max-api-proxy/app/terminal"
)

// errands are the actions that need nothing of the controller.
func (f *flags) errands(tell func(app.Notice)) map[app.Action]func(app.State) error {
	return map[app.Action]func(app.State) error{
		app.SignInToClaude: func(app.State) error { return f.inTerminal("signin", "--pause") },
		app.SetUpOpenClaw:  func(app.State) error { return f.inTerminal("setup", "openclaw", "--pause") },
		app.OpenLog:        func(app.State) error { return openFile(logfile.Path()) },
		app.ShowAbout:      showAbout(tell),
	}
}

// showAbout tells what this is. tell may be nil: then nobody can have asked.
func showAbout(tell func(app.Notice)) func(app.State) error {
	return func(s app.State) error {
		body := "Version " + versionText() + ". A community tool, not affiliated with Anthropic. MIT licence."
		if s.Health.CLIVersion != "" {
			body += fmt.Sprintf("\nClaude Code %s at %s.", s.Health.CLIVersion, s.Health.CLIPath)
		}
		if tell != nil {
			tell(app.Notice{Title: "About Claude Max API Proxy", Body: body})
		}
		return nil
	}
}

// openClawConfig makes OpenClaw's configuration for a proxy with the key.
func openClawConfig(key string) func(baseURL string) (string, error) {
	return func(baseURL string) (string, error) {
		text, err := setup.OpenClawConfig(baseURL, key)
		return string(text), err
	}
}

// inTerminal runs a command of this program in a new terminal window, with the same
// settings file and CLI.
func (f *flags) inTerminal(args ...string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	argv := append([]string{self}, args...)
	if f.Config != "" {
		path, err := filepath.Abs(f.Config)
		if err != nil {
			return err
		}
		argv = append(argv, "--config", path)
	}
	if f.Claude != nil && *f.Claude != "" {
		argv = append(argv, "--claude", *f.Claude)
	}
	return terminal.Open(context.Background(), argv)
}

// openTime is how long a desktop may take to say that it cannot open a file. Its
// opener may stay for as long as the file is open.
const openTime = 3 * time.Second

// openFile shows a file in the program that the desktop has for it.
func openFile(path string) error {
	browser.Stdout, browser.Stderr = io.Discard, io.Discard
	done := make(chan error, 1)
	go func() { done <- browser.OpenFile(path) }()
	select {
	case err := <-done:
		if err != nil {
			return errors.Join(fmt.Errorf("no program opened %s", path), err)
		}
	case <-time.After(openTime):
	}
	return nil
}
