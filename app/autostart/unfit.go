package autostart

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The functions here name the first thing in a path or argument that one system's
// entries cannot carry as the library writes them; "" when all is well.

// unfitForExec is about the Exec key of desktop files. The library quotes it as a
// Go string, which is the same as the specification's quoting only where neither
// has anything to escape. A percent sign begins a field code.
func unfitForExec(text string, program bool) string {
	if why := unfitAnywhere(text); why != "" {
		return why
	}
	for _, r := range text {
		if strings.ContainsRune("\"$`\\%", r) || program && r == '=' || strconv.Quote(string(r)) != `"`+string(r)+`"` {
			return character(r)
		}
	}
	return ""
}

// unfitForPlist is about macOS' property lists: the library does not escape XML.
func unfitForPlist(text string, _ bool) string {
	if why := unfitAnywhere(text); why != "" {
		return why
	}
	for _, r := range text {
		if r == '&' || r == '<' || r == '\ufffe' || r == '\uffff' {
			return character(r)
		}
	}
	if strings.Contains(text, "]]>") {
		return `"]]>"`
	}
	return ""
}

// unfitForRun is about Windows' Run key, whose values are command lines that have
// their quoting from us, but in which %NAME% may be a variable.
func unfitForRun(text string, _ bool) string {
	if why := unfitAnywhere(text); why != "" {
		return why
	}
	if strings.ContainsRune(text, '%') {
		return character('%')
	}
	return ""
}

func unfitAnywhere(text string) string {
	if !utf8.ValidString(text) {
		return "bytes that are no UTF-8"
	}
	if i := strings.IndexFunc(text, unicode.IsControl); i >= 0 {
		r, _ := utf8.DecodeRuneInString(text[i:])
		return character(r)
	}
	return ""
}

func character(r rune) string {
	switch {
	case r == '\n':
		return "a line break"
	case !unicode.IsPrint(r):
		return fmt.Sprintf("the character %U", r)
	}
	return fmt.Sprintf("the character %c", r)
}
