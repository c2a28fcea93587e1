//go:build unix

package terminal

import (
	"os"
	"path/filepath"
)

// writeScript puts argv into a script of its own in a private folder, which the
// script removes before anything else: it may hold names that are nobody's business.
func writeScript(argv []string) (path string, err error) {
	dir, err := os.MkdirTemp("", "claude-max-api-terminal-")
	if err != nil {
		return "", err
	}
	path = filepath.Join(dir, "run.command")
	script := "#!/bin/sh\nrm -rf -- " + quote(dir) + "\ncd\nexec " + CommandLine(argv) + "\n"
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
		_ = os.RemoveAll(dir)
		return "", err
	}
	return path, nil
}
