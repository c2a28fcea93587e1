package autostart

import (
	"errors"
	"fmt"
	"strings"
)

// parseDesktopFile reads a desktop file as a session does at login. Source of the
// format: specifications.freedesktop.org, Desktop Entry and Autostart.
func parseDesktopFile(text string) kept {
	keys := desktopEntry(text)
	k := kept{on: true}
	// A session asks for more than one key, because every desktop's own switch has
	// written its own: Xfce, KDE and LXQt the first, GNOME and Cinnamon the second.
	if isTrue(keys["Hidden"]) || isFalse(keys["X-GNOME-Autostart-enabled"]) || isFalse(keys["X-MATE-Autostart-enabled"]) {
		k.on = false
	}
	exec, ok := keys["Exec"]
	if !ok {
		k.reason = errors.New("it has no Exec line")
		return k
	}
	k.argv, k.reason = parseExec(unescape(exec))
	return k
}

// desktopEntry gives the keys of the main group; of a repeated key the last one.
func desktopEntry(text string) map[string]string {
	keys := map[string]string{}
	main := false
	for line := range strings.Lines(text) {
		line = strings.Trim(line, " \t\r\n")
		if strings.HasPrefix(line, "[") {
			main = line == "[Desktop Entry]"
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if main && ok && !strings.HasPrefix(line, "#") {
			keys[strings.TrimRight(key, " \t")] = strings.TrimLeft(value, " \t")
		}
	}
	return keys
}

// The numbers are how the oldest files spell it.
func isTrue(value string) bool  { return strings.EqualFold(value, "true") || value == "1" }
func isFalse(value string) bool { return strings.EqualFold(value, "false") || value == "0" }

// unescape undoes the escapes of all string values, which are below the quoting.
var unescaper = strings.NewReplacer(`\\`, `\`, `\s`, " ", `\n`, "\n", `\t`, "\t", `\r`, "\r")

func unescape(value string) string { return unescaper.Replace(value) }

// parseExec splits a command line as the specification says. Field codes stand for
// files, of which there are none at login, so they vanish; "%%" is a percent sign.
func parseExec(line string) ([]string, error) {
	var argv []string
	for rest := strings.TrimLeft(line, " "); rest != ""; rest = strings.TrimLeft(rest, " ") {
		var arg string
		var err error
		if strings.HasPrefix(rest, `"`) {
			arg, rest, err = quotedArg(rest[1:])
		} else {
			arg, rest, err = bareArg(rest)
		}
		if err != nil {
			return nil, fmt.Errorf("its Exec line is not right: %w", err)
		}
		code := len(arg) == 2 && arg[0] == '%' && arg[1] != '%'
		if arg, err = fieldCodes(arg); err != nil {
			return nil, fmt.Errorf("its Exec line is not right: %w", err)
		}
		if !code {
			argv = append(argv, arg)
		}
	}
	if len(argv) == 0 {
		return nil, errors.New("its Exec line is empty")
	}
	return argv, nil
}

// quotedArg reads to the closing quote.
func quotedArg(text string) (arg, rest string, err error) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '"':
			if rest = text[i+1:]; rest != "" && rest[0] != ' ' {
				return "", "", errors.New("something follows a closing quote")
			}
			return b.String(), rest, nil
		case '$', '`':
			return "", "", fmt.Errorf("%c must have a backslash before it", c)
		case '\\':
			i++
			if i == len(text) || !strings.ContainsRune("\"`$\\", rune(text[i])) {
				return "", "", errors.New("a backslash stands before something that needs none")
			}
			b.WriteByte(text[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", "", errors.New("a closing quote is missing")
}

// bareArg reads to the next space.
func bareArg(text string) (arg, rest string, err error) {
	arg, rest, _ = strings.Cut(text, " ")
	if i := strings.IndexAny(arg, "\t\n\"'\\><~|&;$*?#()`"); i >= 0 {
		return "", "", fmt.Errorf("%q needs quotes", arg[i])
	}
	return arg, rest, nil
}

// fieldCodes replaces the codes in one argument.
func fieldCodes(arg string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(arg); i++ {
		if arg[i] != '%' {
			b.WriteByte(arg[i])
			continue
		}
		i++
		if i == len(arg) || !strings.ContainsRune("%fFuUdDnNickvm", rune(arg[i])) {
			return "", errors.New("a percent sign stands alone")
		}
		if arg[i] == '%' {
			b.WriteByte('%')
		}
	}
	return b.String(), nil
}
