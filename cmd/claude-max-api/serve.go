package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"

	"claude-max-api-proxy/app/logfile"
	"claude-max-api-proxy/app/settings"
	"claude-max-api-proxy/proxy"
)

type serveCommand struct {
	At string `arg:"" optional:"" name:"port" help:"Port of the proxy, as with --port."`
}

func (cmd serveCommand) Run(ctx context.Context, f *flags, c console) error {
	if err := cmd.positionalPort(f); err != nil {
		return err
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
	fmt.Fprintf(c.out, "claude-max-api %s is running.\n%sStop with Ctrl-C.\n", versionText(), w.addresses(s))
	return w.serve(ctx)
}

// positionalPort takes the port from where the npm package has it. As serve is the
// default command, an unknown command ends up here, too.
func (cmd serveCommand) positionalPort(f *flags) error {
	if cmd.At == "" {
		return nil
	}
	port, err := strconv.Atoi(cmd.At)
	if err != nil {
		return fmt.Errorf("%q is neither a command nor a port; %w", cmd.At, errUsage)
	}
	if f.Port != nil && *f.Port != port {
		return fmt.Errorf("two ports were given, %d and --port %d; %w", port, *f.Port, errUsage)
	}
	f.Port = &port
	return nil
}

// addresses are the lines that tell a person what to configure clients with.
func (w *wiring) addresses(s settings.Settings) string {
	key := "any API key"
	if s.APIKey != "" {
		key = "with the proxy's API key"
	}
	lines := fmt.Sprintf("Base URL: %s  (%s, model claude-opus-4)\n", w.baseURL(s.Listen), key)
	if host, err := os.Hostname(); err == nil && isUnspecified(s.Listen) {
		lines += fmt.Sprintf("From other machines: http://%s/v1\n", net.JoinHostPort(host, strconv.Itoa(proxy.Port(w.listeners[0]))))
	}
	return lines
}
