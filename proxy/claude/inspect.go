package claude

import (
	"context"
	"os"

	"claude-max-api-proxy/proxy/claude/locate"
	"claude-max-api-proxy/proxy/claude/process"
	"claude-max-api-proxy/proxy/conversation"
)

// Inspection is what can be found out about the CLI at hand without a request
// upstream.
type Inspection struct {
	Path, Source string   // where it is, and which part of the search found it
	Version      string   // as it tells itself
	Capabilities []string // for people
	Lacks        []string // what it cannot do, and what to do about it, for people
	Models       []conversation.Model
	// SignedIn is what the CLI says; SignInErr why it did not say.
	SignedIn  bool
	SignInErr error
}

// Inspect finds and asks the CLI. The error is a [*conversation.Error].
func (d *Driver) Inspect(ctx context.Context) (Inspection, error) {
	i, err := d.installed(ctx)
	if err != nil {
		return Inspection{}, err
	}
	in := Inspection{
		Path: i.found.Path, Source: i.found.Source, Version: i.version.String(),
		Capabilities: i.caps.names(), Lacks: i.caps.lacks(), Models: modelList(i.models),
	}
	in.SignedIn, in.SignInErr = d.authStatus(ctx, i)
	return in, nil
}

// SignIn gives the CLI's own command for signing in, for a terminal to run. Nothing
// is started, and the login stays the CLI's alone.
func SignIn(ctx context.Context, config Config) (process.Spec, error) {
	found, err := locate.Find(ctx, locate.Config{Path: config.Path})
	if err != nil {
		return process.Spec{}, missing(err)
	}
	return process.Spec{
		Path: found.Path,
		Args: append(append([]string{}, found.Args...), "auth", "login"),
		Env:  environment(os.Environ(), found.PATH, config.Credentials, config.Env),
	}, nil
}
