package claude

import (
	"context"
	"fmt"
	"io"

	"claude-max-api-proxy/proxy/claude/process"
	"claude-max-api-proxy/proxy/claude/transcript"
)

// printedVersion asks an old CLI for its version with a process of its own.
func (d *Driver) printedVersion(ctx context.Context, i *installation) (version, error) {
	ctx, cancel := context.WithTimeout(ctx, d.config.StartTimeout)
	defer cancel()
	said, exit, err := d.run(ctx, i, "--version")
	if err != nil {
		return version{}, err
	}
	v, err := parseVersion(string(said))
	if err != nil {
		return v, fmt.Errorf("%w; `claude --version` ended with %s", err, exit)
	}
	return v, nil
}

// run collects what the CLI prints with these arguments, up to 64 KiB, and how it ended.
func (d *Driver) run(ctx context.Context, i *installation, args ...string) (said []byte, exit string, err error) {
	p, err := d.config.Household.Start(process.Spec{
		Path: i.found.Path,
		Args: append(append([]string{}, i.found.Args...), args...),
		Env:  d.config.environ(i.found.PATH),
	})
	if err != nil {
		return nil, "", err
	}
	stop := context.AfterFunc(ctx, p.Kill)
	defer p.Kill()
	defer stop()
	_ = p.Stdin().Close()
	said, err = io.ReadAll(io.LimitReader(p.Stdout(), 64<<10))
	if err != nil {
		return nil, "", err
	}
	return said, fmt.Sprint(p.Exit()), nil
}

// launch starts a process for the pool.
func (d *Driver) launch(r recipe) (*session, error) {
	found := r.installation.found
	args := append(append([]string{}, found.Args...), arguments(r.model)...)
	var pipe *transcript.Pipe
	if r.reads {
		var err error
		if pipe, err = transcript.New(d.config.Household.PipeDir()); err == nil {
			args = append(args, "--resume", pipe.Path())
		} else {
			r.installation.unread.Add(1)
			d.config.Log.Warn("a conversation's history is told turn by turn", "cause", err)
		}
	}
	limits := d.limits() // before the process has a login
	p, err := d.config.Household.Start(process.Spec{
		Path: found.Path, Args: args,
		Env: d.config.environ(found.PATH),
	})
	if err != nil {
		if pipe != nil {
			pipe.Close()
		}
		return nil, unusable(found, err)
	}
	return newSession(p, pipe, r, limits, d.leftovers.Ended), nil
}
