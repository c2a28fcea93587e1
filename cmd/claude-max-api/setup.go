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
	Print  bool   `xor:"undo" help:"Print the client's configuration, with the API key if there is one, and change nothing."`
	Undo   bool   `xor:"undo" help:"Put the client's configuration back as it was before the first set-up."`
	Yes    bool   `short:"y" help:"Do not ask before the client's configuration is changed."`
}

// Run shows what a client needs, or has the client's own command change its
// configuration, after it was shown what would change.
func (cmd setupCommand) Run(ctx context.Context, f *flags, c console) (err error) {
	defer cmd.pause(c, &err)
	if cmd.Undo && cmd.Client == "" {
		return fmt.Errorf("--undo needs a client, as in claude-max-api setup openclaw --undo; %w", errUsage)
	}
	s, _, err := f.settings()
	if err != nil {
		return err
	}
	if cmd.Undo {
		return cmd.openclaw(ctx, c, s.APIKey, nil)
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
	config, err := setup.OpenClawConfig(url, s.APIKey)
	if err != nil {
		return err
	}
	if cmd.Print {
		_, err := c.out.Write(config)
		return err
	}
	return cmd.openclaw(ctx, c, s.APIKey, config)
}

// openclaw has OpenClaw take the configuration, or without one give up the last.
func (cmd setupCommand) openclaw(ctx context.Context, c console, key string, config []byte) error {
	program, env, err := find(ctx, "openclaw")
	if err != nil {
		return fmt.Errorf("%w; install OpenClaw (https://openclaw.ai), or see what it needs with: claude-max-api setup openclaw --print", err)
	}
	o := setup.OpenClaw{Program: program, Env: env, Secret: key}
	fmt.Fprintln(c.out, "Asking OpenClaw, which takes a moment …")
	var plan setup.Plan
	question := "Change OpenClaw's configuration like this?"
	if cmd.Undo {
		question = "Undo the set-up like this?"
		plan, err = o.PlanUndo(ctx)
	} else {
		plan, err = o.PlanSetUp(ctx, config)
	}
	if err != nil {
		return err
	}
	show(c, plan)
	if !cmd.Undo && len(plan.Changes) == 0 {
		fmt.Fprintln(c.out, "OpenClaw is set up already, and nothing was changed.")
		return nil
	}
	if !cmd.Yes && !confirm(c, question+" [y/N] ") {
		return errors.New("nothing was changed")
	}
	told, err := plan.Apply(ctx)
	if err != nil {
		return err
	}
	for _, line := range told {
		fmt.Fprintln(c.out, line)
	}
	if !cmd.Undo {
		fmt.Fprintln(c.out, "OpenClaw uses the proxy from now on; back goes: claude-max-api setup openclaw --undo")
	}
	fmt.Fprintln(c.out, "If OpenClaw's gateway is running and does not notice: openclaw gateway restart")
	return nil
}

// show prints what a plan would change.
func show(c console, plan setup.Plan) {
	fmt.Fprintf(c.out, "OpenClaw %s, configured in %s\n\n", plan.Version, plan.File)
	for _, change := range plan.Changes {
		fmt.Fprintf(c.out, "  %s\n    from  %s\n    to    %s\n", change.Path, change.From, change.To)
	}
	if len(plan.Changes) > 0 {
		fmt.Fprintln(c.out)
	}
	for _, note := range plan.Notes {
		fmt.Fprintln(c.out, note)
	}
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
	answer, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil { // nobody is there
		fmt.Fprintln(c.out)
	}
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
}
