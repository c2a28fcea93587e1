package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"

	"claude-max-api-proxy/app/control"
	"claude-max-api-proxy/proxy/claude"
)

type signinCommand struct {
	pauseFlag
}

// Run has the CLI sign in, in this terminal, with the environment that the proxy
// gives it, and tells the running app when it is done.
func (cmd signinCommand) Run(ctx context.Context, f *flags, c console) (err error) {
	defer cmd.pause(c, &err)
	s, _, err := f.settings()
	if err != nil {
		return err
	}
	spec, err := claude.SignIn(ctx, claude.Config{
		Path: s.Claude, Env: variables(s.ClaudeEnv), Credentials: claude.Credentials(s.Credentials),
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "Claude Code signs in; this program never sees your login.\n\n$ %s auth login\n", spec.Path)
	if err := inThisTerminal(ctx, spec.Path, spec.Args, spec.Env); err != nil {
		return fmt.Errorf("the sign-in did not work: %w", err)
	}
	var state control.State
	err = askApp(ctx, f, http.MethodPost, "/do/"+control.SignInChanged, &state)
	if errors.Is(err, errNotRunning) {
		fmt.Fprintln(c.out, "\nSigned in.")
		return nil
	}
	if err == nil {
		fmt.Fprintln(c.out, "\nSigned in. The running app looks at it now.")
	}
	return err
}

// inThisTerminal runs a program that talks to the person. Ctrl-C is its business,
// not ours, until it has ended.
func inThisTerminal(ctx context.Context, path string, args, env []string) error {
	ignored := make(chan os.Signal, 1)
	signal.Notify(ignored, os.Interrupt)
	defer signal.Stop(ignored)
	command := exec.Command(path, args...)
	command.Env = env
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := ctx.Err(); err != nil {
		return err
	}
	return command.Run()
}
