package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"claude-max-api-proxy/app/control"
	"claude-max-api-proxy/app/setup"
	"claude-max-api-proxy/proxy/claude/locate"
)

type setupCommand struct {
	pauseFlag
	Client string `arg:"" optional:"" enum:"openclaw," default:"" help:"openclaw; without it, what any OpenAI client needs is shown."`
	Print  bool   `help:"Print the client's configuration and change nothing."`
	Yes    bool   `short:"y" help:"Do not ask before the client's configuration is changed."`
}

// Run shows what a client needs, or has the client's own command change its
// configuration, after it was shown what would change.
func (cmd setupCommand) Run(ctx context.Context, f *flags, c console) (err error) {
	defer cmd.pause(c, &err)
	s, _, err := f.settings()
	if err != nil {
		return err
	}
	url := origin(s.Listen, s.Port) + "/v1"
	var running control.State
	if f.Port == nil && askApp(ctx, f, http.MethodGet, "/state", &running) == nil && running.BaseURL != "" {
		url = running.BaseURL // it may have been started with another port
	}
	if cmd.Client == "" {
		key := "anything"
		if s.APIKey != "" {
			key = "the proxy's API key"
		}
		fmt.Fprintf(c.out, "Base URL   %s\nAPI key    %s\nModels     claude-opus-4, claude-sonnet-4, claude-haiku-4\n", url, key)
		return nil
	}
	config, err := setup.OpenClaw(url, s.APIKey)
	if err != nil {
		return err
	}
	if cmd.Print {
		_, err := c.out.Write(config)
		return err
	}
	return cmd.openclaw(ctx, c, config)
}

// openclaw patches OpenClaw's configuration through its own command.
func (cmd setupCommand) openclaw(ctx context.Context, c console, config []byte) error {
	program, env, err := find(ctx, "openclaw")
	if err != nil {
		return fmt.Errorf("%w; install OpenClaw (https://openclaw.ai), or see what it needs with: claude-max-api setup openclaw --print", err)
	}
	dir, err := os.MkdirTemp("", "claude-max-api-setup-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	patch := filepath.Join(dir, "claude-proxy.json")
	if err := os.WriteFile(patch, config, 0o600); err != nil { // it may hold the API key
		return err
	}
	run := func(args ...string) error {
		args = append([]string{"config", "patch", "--file", patch}, args...)
		fmt.Fprintf(c.out, "$ openclaw %s\n", strings.Join(args, " "))
		if err := inThisTerminal(ctx, program, args, env); err != nil {
			return fmt.Errorf("openclaw did not take the configuration: %w", err)
		}
		return nil
	}
	if err := run("--dry-run"); err != nil {
		return err
	}
	if !cmd.Yes && !confirm(c, "Change OpenClaw's configuration like this? [y/N] ") {
		return errors.New("nothing was changed")
	}
	if err := run(); err != nil {
		return err
	}
	fmt.Fprintln(c.out, "OpenClaw uses the proxy from now on. If its gateway is running: openclaw gateway restart")
	return nil
}

// find looks for a program on PATH and on the login shell's PATH, which an app that
// was started by the desktop does not have.
func find(ctx context.Context, name string) (path string, env []string, err error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, os.Environ(), nil
	}
	login, err := locate.LoginPATH(ctx, os.Getenv("SHELL"))
	if err == nil {
		for _, dir := range filepath.SplitList(login) {
			if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
				return path, append(os.Environ(), "PATH="+login), nil
			}
		}
	}
	return "", nil, fmt.Errorf("%s was not found on PATH", name)
}

// confirm asks a question that only a clear yes answers.
func confirm(c console, question string) bool {
	fmt.Fprint(c.out, question)
	answer, _ := bufio.NewReader(os.Stdin).ReadString('\n')
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
}
