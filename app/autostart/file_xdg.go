//go:build unix && !darwin

package autostart

import (
	"cmp"
	"os"
	"path/filepath"
)

const suffix = ".desktop"

// dir is where the library writes; it takes $XDG_CONFIG_HOME as it is.
var dir = filepath.Join(cmp.Or(os.Getenv("XDG_CONFIG_HOME"), filepath.Join(os.Getenv("HOME"), ".config")), "autostart")

func parse(text string) kept { return parseDesktopFile(text) }

func unfit(text string, program bool) string { return unfitForExec(text, program) }
