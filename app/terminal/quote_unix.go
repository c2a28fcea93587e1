//go:build unix

package terminal

import "strings"

// CommandLine writes argv as one line for the user's shell: sh, bash, zsh and fish
// read it alike.
func CommandLine(argv []string) string {
	words := make([]string, len(argv))
	for i, arg := range argv {
		words[i] = quote(arg)
	}
	return strings.Join(words, " ")
}

// quote leaves alone what means nothing to any shell. In the rest a quote or a
// backslash has to stand outside the single quotes, since fish reads backslashes
// inside them.
func quote(arg string) string {
	if arg != "" && strings.Trim(arg, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:,@+") == "" {
		return arg
	}
	return "'" + strings.NewReplacer(`'`, `'\''`, `\`, `'\\'`).Replace(arg) + "'"
}
