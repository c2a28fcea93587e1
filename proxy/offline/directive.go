package offline

import (
	"regexp"
	"strings"
)

var directiveStart = regexp.MustCompile(`\boffline:([a-z][a-z0-9_]*)`)

// directive finds the last "offline:NAME" or "offline:NAME(ARG)" in a text. The
// last one counts because the CLI puts reminders, and clients put history, in
// front. Parentheses in ARG have to be balanced; an open one reaches to the end.
func directive(text string) (name, arg string, ok bool) {
	for {
		at := directiveStart.FindStringSubmatchIndex(text)
		if at == nil {
			return name, arg, ok
		}
		name, arg, ok = text[at[2]:at[3]], "", true
		text = text[at[1]:]
		// What stands in the argument is content, not another directive.
		if strings.HasPrefix(text, "(") {
			arg, text = argument(text[1:])
		}
	}
}

// argument splits a text behind the closing parenthesis that belongs to the
// opening one before it.
func argument(text string) (arg, rest string) {
	depth := 1
	for i := range len(text) {
		switch text[i] {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth == 0 {
			return text[:i], text[i+1:]
		}
	}
	return text, ""
}
