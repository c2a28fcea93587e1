package instance

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/adrg/xdg"

	"claude-max-api-proxy/app/settings"
)

// Dir is where the app with the settings file config keeps its lock; "" is the
// usual file. Another file has a directory of its own, so that two apps can run
// on purpose.
func Dir(config string) string {
	base := filepath.Join(xdg.StateHome, "claude-max-api", "instance")
	if config == "" {
		return base
	}
	if absolute, err := filepath.Abs(config); err == nil { // links are not followed: they may change meanwhile
		config = absolute
	}
	if config == settings.Path() {
		return base
	}
	sum := sha256.Sum256([]byte(config))
	return base + "-" + hex.EncodeToString(sum[:6])
}

// private makes the directory, or closes one to others that an older version or a
// careless copy has left open.
func private(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	info, err := os.Stat(dir)
	if err != nil || runtime.GOOS == "windows" || info.Mode().Perm() == 0o700 {
		return err
	}
	return os.Chmod(dir, 0o700)
}

// unusable says what to do about a directory that refuses.
func unusable(dir string, err error) error {
	return fmt.Errorf("the app's directory %s cannot be used: %w. Make it yours to write, or set XDG_STATE_HOME to another one", dir, err)
}
