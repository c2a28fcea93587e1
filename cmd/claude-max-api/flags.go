package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"claude-max-api-proxy/app/settings"
)

// flags are the settings on the command line; nil is "not given", so that the
// file's value stays.
type flags struct {
	Config string `placeholder:"FILE" help:"Settings file to use instead of the usual one."`

	Port           *int               `short:"p" placeholder:"PORT" help:"Port of the proxy (3456)."`
	Listen         *string            `placeholder:"ADDRESS" help:"Address to listen on (localhost: 127.0.0.1 and ::1). Beyond loopback only with --api-key."`
	APIKey         *string            `name:"api-key" env:"CLAUDE_MAX_API_KEY" placeholder:"KEY" help:"Key that clients must send (none: any key is accepted). Other programs can read it here; the settings file or the variable is better:"`
	AllowOrigin    []string           `placeholder:"ORIGIN" help:"Web origin whose pages may use the proxy, as http://localhost:8080. Repeatable."`
	AllowHost      []string           `placeholder:"NAME" help:"Further name that clients may know this machine by, as host.docker.internal. Repeatable."`
	MaxBody        *int               `placeholder:"MIB" help:"Largest request, in MiB (64)."`
	Claude         *string            `placeholder:"PATH" help:"The Claude Code CLI (searched for on PATH and in the usual places)."`
	ClaudeEnv      []string           `sep:"none" placeholder:"KEY=VALUE" help:"Extra environment for the CLI. Repeatable. Other programs can read it here; secrets belong in the settings file."`
	Credentials    *string            `placeholder:"login|environment" help:"What the CLI may pay with: its own login (login), or also API keys, Bedrock or Vertex from the environment (environment)."`
	WarmModel      *string            `placeholder:"MODEL" help:"Model that the first spare process is started for (claude-opus-4)."`
	MaxProcesses   *int               `placeholder:"N" help:"CLI processes at most (6), about 160 MB each."`
	MaxMemory      *int               `placeholder:"MIB" help:"Memory of a CLI process, in MiB, beyond which it is replaced after its answer (1024)."`
	Spares         *int               `placeholder:"N" help:"CLI processes started ahead (1)."`
	MaxQueue       *int               `placeholder:"N" help:"Requests that may wait for a process (64)."`
	QueueTimeout   *settings.Duration `placeholder:"TIME" help:"How long one may wait (2m)."`
	IdleTimeout    *settings.Duration `placeholder:"TIME" help:"How long a process keeps a conversation that nobody continues (10m)."`
	SilenceTimeout *settings.Duration `placeholder:"TIME" help:"End a request when nothing came from the CLI for so long (5m)."`
	LogLevel       *string            `placeholder:"LEVEL" help:"debug, info, warn or error (info)."`
}

func settingsPath() string { return settings.Path() }

// path is the settings file in use.
func (f *flags) path() string {
	if f.Config != "" {
		return f.Config
	}
	return settingsPath()
}

// settings reads the file and puts the flags over it. unknown are keys of the
// file that mean nothing.
func (f *flags) settings() (s settings.Settings, unknown []string, err error) {
	if f.Config != "" {
		// The usual file may be missing; one that was asked for may not.
		if _, err := os.Stat(f.Config); err != nil {
			return settings.Default(), nil, fmt.Errorf("--config: %w", err)
		}
	}
	s, unknown, err = settings.Load(f.path())
	if err != nil {
		return s, nil, err
	}
	given(&s.Port, f.Port)
	given(&s.Listen, f.Listen)
	if f.APIKey != nil && *f.APIKey != "" { // an empty variable is no wish to go without
		s.APIKey = *f.APIKey
	}
	s.APIKey = strings.TrimSpace(s.APIKey)
	given(&s.MaxBodyMiB, f.MaxBody)
	given(&s.Credentials, f.Credentials)
	given(&s.WarmModel, f.WarmModel)
	given(&s.MaxProcesses, f.MaxProcesses)
	given(&s.MaxMemoryMiB, f.MaxMemory)
	given(&s.Spares, f.Spares)
	given(&s.MaxQueue, f.MaxQueue)
	given(&s.QueueTimeout, f.QueueTimeout)
	given(&s.IdleTimeout, f.IdleTimeout)
	given(&s.SilenceTimeout, f.SilenceTimeout)
	given(&s.LogLevel, f.LogLevel)
	s.AllowedOrigins = append(s.AllowedOrigins, f.AllowOrigin...)
	s.AllowedHosts = append(s.AllowedHosts, f.AllowHost...)
	if f.Claude != nil && *f.Claude == "" {
		s.Claude = ""
	} else if f.Claude != nil && strings.HasPrefix(*f.Claude, "~") {
		s.Claude = *f.Claude // left over by shells in --claude=~/…
	} else if f.Claude != nil {
		// Relative to where the person is, not to where the CLI will run.
		if s.Claude, err = filepath.Abs(*f.Claude); err != nil {
			return s, unknown, err
		}
	}
	if s.ClaudeEnv, err = withVariables(s.ClaudeEnv, f.ClaudeEnv); err != nil {
		return s, unknown, err
	}
	if err := s.Validate(); err != nil {
		return s, unknown, fmt.Errorf("%w; %w", err, errUsage)
	}
	return s, unknown, nil
}

func given[T any](setting, flag *T) {
	if flag != nil {
		*setting = *flag
	}
}
