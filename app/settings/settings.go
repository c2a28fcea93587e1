// Package settings reads and changes the user's settings file: one JSON object,
// every field of which may be left out. Flags of the command line win over it.
//
// A Settings value is plain data; nothing here remembers it.
package settings

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/adrg/xdg"
)

// Settings is the file's content. The comments of the fields are the README's
// table of settings.
type Settings struct {
	Port           int               `json:"port"`            // the proxy's port
	Listen         string            `json:"listen"`          // address to listen on: localhost (127.0.0.1 and ::1), or an IP address
	APIKey         string            `json:"api_key"`         // key that clients must send; empty: any key, or none
	AllowedOrigins []string          `json:"allowed_origins"` // web origins whose pages may use the proxy
	AllowedHosts   []string          `json:"allowed_hosts"`   // further names that clients may know this machine by
	MaxBodyMiB     int               `json:"max_body_mib"`    // largest request, in MiB
	Claude         string            `json:"claude"`          // path of the Claude Code CLI; empty: searched for
	ClaudeEnv      map[string]string `json:"claude_env"`      // extra environment for the CLI
	Credentials    string            `json:"credentials"`     // what the CLI may pay with: login, or environment (API key, Bedrock, Vertex)
	WarmModel      string            `json:"warm_model"`      // model that the first spare process is started for
	MaxProcesses   int               `json:"max_processes"`   // CLI processes at most
	MaxMemoryMiB   int               `json:"max_memory_mib"`  // memory of a CLI process, in MiB, beyond which it is replaced after its answer
	Spares         int               `json:"spares"`          // CLI processes started ahead; 0: none
	MaxQueue       int               `json:"max_queue"`       // requests that may wait for a process
	QueueTimeout   Duration          `json:"queue_timeout"`   // how long one may wait
	IdleTimeout    Duration          `json:"idle_timeout"`    // how long a process keeps a conversation that nobody continues
	SilenceTimeout Duration          `json:"silence_timeout"` // end a request when nothing came from the CLI for so long
	Notifications  bool              `json:"notifications"`   // tell on the desktop what went wrong
	LogLevel       string            `json:"log_level"`       // debug, info, warn or error
}

// Default is what holds without a file and without flags.
func Default() Settings {
	return Settings{
		Port: 3456, Listen: "localhost", MaxBodyMiB: 64,
		Credentials: "login", WarmModel: "claude-opus-4",
		MaxProcesses: 6, MaxMemoryMiB: 1024, Spares: 1, MaxQueue: 64,
		QueueTimeout: Duration(2 * time.Minute), IdleTimeout: Duration(10 * time.Minute),
		SilenceTimeout: Duration(5 * time.Minute), Notifications: true, LogLevel: "info",
	}
}

// Path is where the file is on this system.
func Path() string {
	return filepath.Join(xdg.ConfigHome, "claude-max-api", "settings.json")
}

// Load reads the file over the defaults. A file that is not there is no error.
// unknown lists keys that mean nothing here, probably typing errors; where a key
// stands twice the last one counts.
func Load(path string) (s Settings, unknown []string, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Default(), nil, nil
	}
	if err != nil {
		return Default(), nil, fmt.Errorf("the settings file cannot be read: %w", err)
	}
	s, unknown, err = parse(text)
	if err != nil {
		return Default(), nil, fmt.Errorf("the settings file %s is not right in %w. Correct it, or move it away to use the defaults", path, err)
	}
	return s, unknown, nil
}

// Keys lists the names in the file, in the order of the fields.
func Keys() []string {
	var keys []string
	for field := range reflect.TypeFor[Settings]().Fields() {
		keys = append(keys, field.Tag.Get("json"))
	}
	return keys
}

// The timeouts that make sense. Parts and multiples of them are reckoned with, which must
// neither vanish nor overflow.
const (
	shortest = Duration(time.Second)
	longest  = Duration(365 * 24 * time.Hour)
)

// Validate says what is wrong with a value, with the name it has in the file.
func (s Settings) Validate() error {
	switch {
	case s.Port < 1 || s.Port > 65535:
		return fmt.Errorf("port %d does not exist; use one from 1024 to 65535", s.Port)
	case s.Listen == "":
		return errors.New("listen is empty; use localhost, or an IP address of this machine")
	case addressOnly(s.Listen) != s.Listen:
		return fmt.Errorf("listen is %q; give the address alone, as %s, and the port with port", s.Listen, addressOnly(s.Listen))
	case s.Credentials != "login" && s.Credentials != "environment":
		return fmt.Errorf("credentials %q is not known; use login or environment", s.Credentials)
	case !slices.Contains([]string{"debug", "info", "warn", "error"}, s.LogLevel):
		return fmt.Errorf("log_level %q is not known; use debug, info, warn or error", s.LogLevel)
	case s.MaxProcesses < 1 || s.MaxProcesses > 64:
		return fmt.Errorf("max_processes is %d; use 1 to 64", s.MaxProcesses)
	case s.Spares < 0 || s.Spares >= s.MaxProcesses && s.Spares > 0 && s.MaxProcesses > 1:
		return fmt.Errorf("spares is %d; use 0 to one less than max_processes (%d)", s.Spares, s.MaxProcesses)
	case s.MaxMemoryMiB < 256 || s.MaxMemoryMiB > 65536:
		return fmt.Errorf("max_memory_mib is %d; use 256 to 65536", s.MaxMemoryMiB)
	case s.MaxQueue < 1:
		return fmt.Errorf("max_queue is %d; use 1 or more", s.MaxQueue)
	case s.MaxBodyMiB < 1 || s.MaxBodyMiB > 1024:
		return fmt.Errorf("max_body_mib is %d; use 1 to 1024", s.MaxBodyMiB)
	}
	for _, timeout := range []struct {
		name string
		is   Duration
	}{{"queue_timeout", s.QueueTimeout}, {"idle_timeout", s.IdleTimeout}, {"silence_timeout", s.SilenceTimeout}} {
		if timeout.is < shortest || timeout.is > longest {
			return fmt.Errorf("%s is %s; use 1s to 8760h (a year), as 90s or 10m", timeout.name, time.Duration(timeout.is))
		}
	}
	for key := range s.ClaudeEnv {
		if key == "" || strings.ContainsAny(key, "=\x00") {
			return fmt.Errorf("claude_env has the name %q, which no variable can have", key)
		}
	}
	return nil
}

// addressOnly takes a port and brackets off, which people know from URLs.
func addressOnly(listen string) string {
	if host, _, err := net.SplitHostPort(listen); err == nil {
		return cmp.Or(host, "localhost")
	}
	return strings.Trim(listen, "[]")
}

// Duration is written as "90s" or "10m" in the file.
type Duration time.Duration

// UnmarshalText reads what [time.ParseDuration] does.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("must be a length of time, such as 90s or 10m, not %q", text)
	}
	*d = Duration(v)
	return nil
}

// MarshalText writes what UnmarshalText reads.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }
