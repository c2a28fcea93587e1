package claude

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"claude-max-api-proxy/proxy/claude/process"
)

// Config says how to drive the CLI. The zero value of each field is a default.
type Config struct {
	// Path is the CLI's file; "" searches for it as package locate describes.
	Path string
	// Env is set for the CLI after everything else, as KEY=VALUE.
	Env []string
	// Credentials says what the CLI may pay with.
	Credentials Credentials
	// WarmModel is the model that the first spare is started for; "" is "opus".
	WarmModel string
	// MaxProcesses bounds the CLI processes of all kinds together; 0 is 6. Not
	// counted is `claude auth status`, once after the start.
	MaxProcesses int
	// MaxProcessMemory is the resident memory, in bytes, beyond which a process is not
	// used again after its turn; 0 is 1 GiB.
	MaxProcessMemory int64
	// Spares is the number of processes started ahead; 0 is 1, negative is none.
	Spares int
	// MaxQueue bounds the requests that wait for a process; 0 is 64.
	MaxQueue int
	// QueueTimeout bounds how long one waits; 0 is two minutes.
	QueueTimeout time.Duration
	// IdleTimeout ends processes that keep a conversation nobody continues;
	// 0 is ten minutes. Spares are ended after SpareFactor times that without a
	// request, and started again with the next one.
	IdleTimeout time.Duration
	// SilenceTimeout ends a turn when nothing has come from the CLI for so long;
	// 0 is five minutes.
	SilenceTimeout time.Duration
	// StartTimeout bounds how long a process may take until it answers for the
	// first time, a cold disk and a busy machine included; 0 is 30 s.
	StartTimeout time.Duration
	// Household owns the processes; required.
	Household *process.Household
	// Changed is called when Status says something new about the CLI, the login or
	// the plan's usage. It must not block, nor call the driver; nil for nobody.
	Changed func()
	// Log gets what happened, never what was said; nil discards.
	Log *slog.Logger

	// look is how often the CLI's file is looked at; 0 is 30 s. An update is to show
	// before the next request does.
	look time.Duration
}

// SpareFactor is how many idle timeouts a spare outlives the last request.
const SpareFactor = 6

// Credentials says which credentials of the environment the CLI gets to see.
type Credentials string

const (
	// LoginCredentials leaves the CLI its own login and takes API keys and cloud
	// providers out of its environment, so that nobody is billed by surprise.
	LoginCredentials Credentials = "login"
	// EnvironmentCredentials passes them on: API key, Bedrock, Vertex, gateway.
	EnvironmentCredentials Credentials = "environment"
)

func (c Config) withDefaults() (Config, error) {
	if c.Household == nil {
		return c, fmt.Errorf("claude: Config.Household is required")
	}
	switch c.Credentials {
	case "":
		c.Credentials = LoginCredentials
	case LoginCredentials, EnvironmentCredentials:
	default:
		return c, fmt.Errorf("credentials %q is not known: use %q or %q",
			c.Credentials, LoginCredentials, EnvironmentCredentials)
	}
	for _, pair := range c.Env {
		if key, _, ok := strings.Cut(pair, "="); !ok || key == "" {
			return c, fmt.Errorf("environment for the CLI: %q is not KEY=VALUE", key)
		}
	}
	setDefault(&c.WarmModel, anyModel)
	setDefault(&c.MaxProcesses, 6)
	setDefault(&c.MaxProcessMemory, 1<<30)
	setDefault(&c.Spares, 1)
	setDefault(&c.MaxQueue, 64)
	setDefault(&c.QueueTimeout, 2*time.Minute)
	setDefault(&c.IdleTimeout, 10*time.Minute)
	setDefault(&c.SilenceTimeout, 5*time.Minute)
	setDefault(&c.StartTimeout, 30*time.Second)
	setDefault(&c.look, 30*time.Second)
	if c.MaxProcesses < 1 || c.MaxProcessMemory < 0 || c.MaxQueue < 0 || c.QueueTimeout < 0 || c.IdleTimeout < 0 || c.SilenceTimeout < 0 || c.StartTimeout < 0 {
		return c, fmt.Errorf("limits must not be negative")
	}
	// A spare that takes the only place would leave none for a conversation
	// with another model.
	c.Spares = max(0, min(c.Spares, c.MaxProcesses-1))
	if c.Changed == nil {
		c.Changed = func() {}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
