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
	"claude-max-api-proxy/app/settings"
	"claude-max-api-proxy/app/setup"
	"claude-max-api-proxy/proxy/claude/locate"
)

type setupCommand struct {
	pauseFlag
	Client string `arg:"" optional:"" help:"The client, as openclaw or codex; without it, all are listed."`
	Print  bool   `xor:"undo,yes" help:"Print the client's configuration alone (OpenClaw's with the API key, if there is one), and change nothing."`
	Undo   bool   `xor:"undo" help:"Put the client's configuration back as it was before the first set-up."`
	Yes    bool   `short:"y" xor:"yes" help:"Do not ask before the client's configuration is changed."`
}

// Run lists the clients, shows what one needs, or changes its configuration after it
// was shown what would change.
func (cmd setupCommand) Run(ctx context.Context, f *flags, c console) (err error) {
	defer cmd.pause(c, &err)
	if cmd.Client == "" {
		if cmd.Undo || cmd.Print || cmd.Yes {
			return fmt.Errorf("%s needs a client, as in claude-max-api setup openclaw %[1]s; %w", cmd.flag(), errUsage)
		}
		return listRecipes(ctx, f, c)
	}
	recipe, err := setup.Named(cmd.Client)
	if err != nil {
		return fmt.Errorf("%w; %w", err, errUsage)
	}
	if (cmd.Undo || cmd.Yes) && !recipe.SetsUp() {
		return fmt.Errorf("%s is not set up by this program, so that there is nothing for %s to do; claude-max-api setup %[1]s shows what it needs; %[3]w", cmd.Client, cmd.flag(), errUsage)
	}
	s, _, err := f.settings()
	if err != nil {
		return err
	}
	url := proxyURL(ctx, f, s)
	if recipe.Name == "openclaw" {
		return cmd.runOpenClaw(ctx, c, s.APIKey, url)
	}
	return cmd.runRecipe(ctx, c, recipe, setup.Proxy{BaseURL: url, Keyed: s.APIKey != ""})
}

// flag is the one that was given.
func (cmd setupCommand) flag() string {
	switch {
	case cmd.Undo:
		return "--undo"
	case cmd.Print:
		return "--print"
	}
	return "--yes"
}

// proxyURL is the base URL of the proxy that runs, whatever port it was started with,
// or of the one that would.
func proxyURL(ctx context.Context, f *flags, s settings.Settings) string {
	var running control.State
	if f.Port == nil && askApp(ctx, f, http.MethodGet, "/state", &running) == nil && running.BaseURL != "" {
		return running.BaseURL
	}
	return origin(s.Listen, s.Port) + "/v1"
}

func (cmd setupCommand) runOpenClaw(ctx context.Context, c console, key, url string) error {
	if cmd.Undo {
		return cmd.openclaw(ctx, c, key, nil)
	}
	config, err := setup.OpenClawConfig(url, key)
	if err != nil {
		return err
	}
	if cmd.Print {
		_, err := c.out.Write(config)
		return err
	}
	return cmd.openclaw(ctx, c, key, config)
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
