package terminal

import "golang.org/x/sys/windows"

// CommandLine writes argv as one line, as Windows' programs split it.
func CommandLine(argv []string) string { return windows.ComposeCommandLine(argv) }
