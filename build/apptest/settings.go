package apptest

import (
	"encoding/json"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Settings writes a settings file, with its folder: a port that is free, the CLI, and its
// environment as claudetest.Environment gives it, as "KEY=value". What stands in more, by the
// settings' names, is added or comes in their place. It gives the port.
func Settings(path, cli string, environment []string, more map[string]any) (port int, err error) {
	variables := map[string]string{}
	for _, pair := range environment {
		key, value, _ := strings.Cut(pair, "=")
		variables[key] = value
	}
	if port, err = FreePort(); err != nil {
		return 0, err
	}
	settings := map[string]any{"port": port, "claude": cli, "claude_env": variables}
	maps.Copy(settings, more)
	if given, ok := more["port"].(int); ok {
		port = given
	}
	text, err := json.MarshalIndent(settings, "", "  ")
	if err != nil {
		return 0, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return 0, err
	}
	return port, os.WriteFile(path, text, 0o600)
}

// FreePort is one that nobody had a moment ago, on both addresses of localhost.
func FreePort() (int, error) {
	for {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			return 0, err
		}
		port := l.Addr().(*net.TCPAddr).Port
		six, err := net.Listen("tcp6", net.JoinHostPort("::1", strconv.Itoa(port)))
		if err == nil {
			_ = six.Close()
		}
		_ = l.Close()
		if err == nil || !Listens("::1", port) {
			return port, nil
		}
	}
}

// Listens says whether somebody accepts connections there.
func Listens(address string, port int) bool {
	c, err := net.Dial("tcp", net.JoinHostPort(address, strconv.Itoa(port)))
	if err == nil {
		_ = c.Close()
	}
	return err == nil
}
