package main

import (
	"context"
	"fmt"

	"claude-max-api-proxy/app/logfile"
)

type serveCommand struct {
	At *int `arg:"" optional:"" name:"port" help:"Port of the proxy, as with --port."`
}

func (cmd serveCommand) Run(ctx context.Context, f *flags, c console) error {
	if cmd.At != nil {
		if f.Port != nil && *f.Port != *cmd.At {
			return fmt.Errorf("two ports were given, %d and --port %d; %w", *cmd.At, *f.Port, errUsage)
		}
		f.Port = cmd.At
	}
	s, unknown, err := f.settings()
	if err != nil {
		return err
	}
	log, file, err := logfile.New(logfile.Path(), s.LogLevel, c.err)
	if err != nil {
		log.Warn("the log goes to this terminal only", "cause", err)
	}
	defer func() { _ = file.Close() }()
	for _, key := range unknown {
		log.Warn("a setting is not known and has no effect", "key", key, "file", f.path())
	}
	w, err := wire(ctx, s, log)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "claude-max-api %s is running.\nBase URL: %s  (any API key, model claude-opus-4)\nStop with Ctrl-C.\n",
		versionText(), w.baseURL(s.Listen))
	return w.serve(ctx)
}
