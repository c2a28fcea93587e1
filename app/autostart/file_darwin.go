package autostart

import (
	"os"
	"path/filepath"
)

const suffix = ".plist"

// dir is where the library writes.
var dir = filepath.Join(os.Getenv("HOME"), "Library", "LaunchAgents")

func parse(text string) kept { return parsePlist(text) }

func unfit(text string, program bool) string { return unfitForPlist(text, program) }
