package app

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sentence makes an error's text one that a person reads.
func Sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return text
	}
	text = string(unicode.ToUpper(first)) + text[size:]
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return text
}
