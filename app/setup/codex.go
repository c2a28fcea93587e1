package setup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/BurntSushi/toml"
)

// codexProfile is the name of the profile: codex --profile claude.
const codexProfile = "claude"

// codexFile is the profile, which is a file of its own beside config.toml and holds
// the provider, too: what the user has stays as it is.
func codexFile(home, recipe string, getenv func(string) string) File {
	dir := getenv("CODEX_HOME")
	if dir == "" {
		dir = filepath.Join(home, ".codex")
	}
	return File{Path: filepath.Join(dir, codexProfile+".config.toml"), edit: func(text []byte) ([]byte, error) {
		if text != nil {
			return nil, errors.New("there is a profile of that name already")
		}
		return []byte(recipe), noOldProfile(filepath.Join(dir, "config.toml"))
	}}
}

// noOldProfile looks for a profile of the name in config.toml itself, where
// they were before codex 0.134: codex takes one or the other.
func noOldProfile(path string) error {
	var config struct {
		Profile  string
		Profiles map[string]any
	}
	switch _, err := toml.DecodeFile(path, &config); {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("%s cannot be understood: %w", path, err)
	}
	if _, there := config.Profiles[codexProfile]; there || config.Profile == codexProfile {
		return fmt.Errorf("%s has a profile %q of the old kind, which codex does not take beside the new one; rename it, or take it out", path, codexProfile)
	}
	return nil
}
