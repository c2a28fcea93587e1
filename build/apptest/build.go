package apptest

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Command is the package of the program, below the module's folder.
const Command = "./cmd/claude-max-api"

// Build puts the programs of packages into the folder into, under their usual names. The
// packages are those of the module in the folder module; flags of "go build" may stand before
// them.
//
// It looks at all of the module's files: go test takes an earlier result for good when nothing
// has changed that the test itself has looked at, and what a compiler reads in a child process
// does not count.
func Build(module, into string, packages ...string) error {
	command := exec.Command("go", append([]string{"build", "-trimpath", "-o", into + string(filepath.Separator)}, packages...)...)
	command.Dir = module
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w: %s", err, out)
	}
	return filepath.WalkDir(module, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		made := strings.HasPrefix(entry.Name(), ".") || slices.Contains([]string{"bin", "dist"}, entry.Name())
		if entry.IsDir() && made && path != module {
			return filepath.SkipDir
		}
		_, err = os.Stat(path)
		return err
	})
}
