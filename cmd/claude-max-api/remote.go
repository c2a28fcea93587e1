package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"claude-max-api-proxy/app"
	"claude-max-api-proxy/app/control"
	"claude-max-api-proxy/app/instance"
)

// The menu's actions, for a terminal. They end when the action has taken effect.
type (
	startCommand   struct{}
	stopCommand    struct{}
	restartCommand struct{}
	quitCommand    struct{}
)

func (startCommand) Run(ctx context.Context, f *flags, c console) error {
	return remote(ctx, f, c.out, app.Start)
}

func (stopCommand) Run(ctx context.Context, f *flags, c console) error {
	return remote(ctx, f, c.out, app.Stop)
}

func (restartCommand) Run(ctx context.Context, f *flags, c console) error {
	return remote(ctx, f, c.out, app.Restart)
}

func (quitCommand) Run(ctx context.Context, f *flags, c console) error {
	return remote(ctx, f, c.out, app.Quit)
}

// actionTime is more than the app itself gives an action.
const actionTime = 40 * time.Second

// remote asks the running app for an action, and tells what came of it.
func remote(ctx context.Context, f *flags, out io.Writer, action app.Action) error {
	ctx, cancel := context.WithTimeout(ctx, actionTime)
	defer cancel()
	var s control.State
	if err := askApp(ctx, f, http.MethodPost, "/do/"+string(action), &s); err != nil {
		return err
	}
	switch {
	case action == app.Quit:
		fmt.Fprintln(out, "claude-max-api has ended.")
	case s.Phase == app.Failed && s.Trouble != nil:
		return errors.New((&app.Trouble{Message: s.Trouble.Message, Hint: s.Trouble.Hint}).Error())
	case s.BaseURL != "":
		fmt.Fprintf(out, "The proxy is running at %s.\n", s.BaseURL)
		if s.Trouble != nil {
			fmt.Fprintf(out, "It needs attention: %s %s\n", s.Trouble.Message, s.Trouble.Hint)
		}
	default:
		fmt.Fprintf(out, "The proxy is %s.\n", s.Phase)
	}
	return nil
}

// askApp asks the running app of this user and settings file.
func askApp(ctx context.Context, f *flags, method, path string, answer *control.State) error {
	client, err := instance.Find(instance.Dir(f.Config))
	if err == nil {
		err = client.Do(ctx, method, path, nil, answer)
	}
	if errors.Is(err, instance.ErrNotRunning) {
		return errNotRunning
	}
	return err
}

var errNotRunning = errors.New("claude-max-api is not running; start it with claude-max-api, or without an icon with claude-max-api serve")
