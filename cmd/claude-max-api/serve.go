package main

import (
	"context"
	"fmt"
	"strconv"
)

type serveCommand struct {
	portArgument
}

// Run serves without an icon, until a signal, `claude-max-api quit`, or a failure.
func (cmd serveCommand) Run(ctx context.Context, f *flags, c console) error {
	if err := cmd.positionalPort(f); err != nil {
		return err
	}
	return serve(ctx, f, c, "")
}

// portArgument takes the port from where the npm package has it.
type portArgument struct {
	At string `arg:"" optional:"" name:"port" help:"Port of the proxy, as with --port."`
}

// positionalPort makes it the flag's value. With the default command, an unknown
// command ends up here, too.
func (a portArgument) positionalPort(f *flags) error {
	if a.At == "" {
		return nil
	}
	port, err := strconv.Atoi(a.At)
	if err != nil {
		return fmt.Errorf("%q is neither a command nor a port; %w", a.At, errUsage)
	}
	if f.Port != nil && *f.Port != port {
		return fmt.Errorf("two ports were given, %d and --port %d; %w", port, *f.Port, errUsage)
	}
	f.Port = &port
	return nil
}
