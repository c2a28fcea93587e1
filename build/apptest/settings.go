package apptest

import (
	"encoding/json"
	"errors"
	"maps"
	"math/rand/v2"
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

// FreePort is one that nobody had a moment ago, on both addresses of localhost. It is none of
// those that systems give to outgoing connections: one of these could have it before the
// program does, or while the program starts again.
func FreePort() (int, error) {
	const lowest, ephemeral = 10_000, 32_768
	for range 100 {
		port := lowest + rand.IntN(ephemeral-lowest)
		// Where there is no IPv6, nobody can have the port there.
		if free("127.0.0.1", port) && (free("::1", port) || !Listens("::1", port)) {
			return port, nil
		}
	}
	return 0, errors.New("no port is free")
}

func free(address string, port int) bool {
	l, err := net.Listen("tcp", net.JoinHostPort(address, strconv.Itoa(port)))
	if err == nil {
		_ = l.Close()
	}
	return err == nil
}

// Listens says whether somebody accepts connections there.
func Listens(address string, port int) bool {
	c, err := net.Dial("tcp", net.JoinHostPort(address, strconv.Itoa(port)))
	if err == nil {
		_ = c.Close()
	}
	return err == nil
}
