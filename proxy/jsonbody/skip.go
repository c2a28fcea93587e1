package jsonbody

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The functions here walk JSON that has been checked, so they look only at what
// tells one value from the next. Long strings, which prompts are, are crossed by
// searching for their end; nesting is counted and costs no stack.

// skipSpace gives the first index from i on that is not white space.
func skipSpace(b []byte, i int) int {
	for b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t' {
		i++
	}
	return i
}

// skipComma goes from the end of a value to the next one, or to the bracket.
func skipComma(b []byte, i int) int {
	i = skipSpace(b, i)
	if b[i] == ',' {
		i = skipSpace(b, i+1)
	}
	return i
}

// skipString gives the index after the string that begins at i.
func skipString(b []byte, i int) int {
	for j := i + 1; ; j++ {
		j += bytes.IndexByte(b[j:], '"')
		backslashes := 0
		for b[j-1-backslashes] == '\\' {
			backslashes++
		}
		if backslashes%2 == 0 {
			return j + 1
		}
	}
}

// skipValue gives the index after the value that begins at i.
func skipValue(b []byte, i int) int {
	for depth := 0; ; {
		switch b[i] {
		case '"':
			i = skipString(b, i)
		case '{', '[':
			depth++
			i++
			continue
		case '}', ']':
			depth--
			i++
		case ',', ':', ' ', '\n', '\r', '\t':
			i++
			continue
		default: // a number or a word
			for i < len(b) && !strings.ContainsRune(",]} \n\r\t", rune(b[i])) {
				i++
			}
		}
		if depth == 0 {
			return i
		}
	}
}

// nested is how many objects and arrays lie in each other where they are most.
func nested(b []byte) (most int) {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			i = skipString(b, i) - 1
		case '{', '[':
			depth++
			most = max(most, depth)
		case '}', ']':
			depth--
		}
	}
	return most
}

// unquote gives the contents of a JSON string in one copy.
func unquote(quoted []byte) string {
	s := quoted[1 : len(quoted)-1]
	i := bytes.IndexByte(s, '\\')
	if i < 0 {
		return string(s)
	}
	var out strings.Builder
	out.Grow(len(s)) // an escape is never shorter than what it stands for
	for i >= 0 {
		out.Write(s[:i])
		s = s[i+1:]
		if s[0] == 'u' {
			var r rune
			r, s = unescape(s)
			out.WriteRune(r)
		} else {
			out.WriteByte(plainEscapes[s[0]])
			s = s[1:]
		}
		i = bytes.IndexByte(s, '\\')
	}
	out.Write(s)
	return out.String()
}

var plainEscapes = [256]byte{
	'"': '"', '\\': '\\', '/': '/',
	'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// unescape reads "uXXXX", and the other half if that is half of a surrogate
// pair, from the start of s; a half that stands alone becomes U+FFFD.
func unescape(s []byte) (rune, []byte) {
	r := hex4(s[1:5])
	s = s[5:]
	if !utf16.IsSurrogate(r) {
		return r, s
	}
	if len(s) >= 6 && s[0] == '\\' && s[1] == 'u' {
		if both := utf16.DecodeRune(r, hex4(s[2:6])); both != utf8.RuneError {
			return both, s[6:]
		}
	}
	return utf8.RuneError, s
}

func hex4(digits []byte) rune {
	var r rune
	for _, c := range digits {
		switch {
		case c <= '9':
			c -= '0'
		case c <= 'F':
			c -= 'A' - 10
		default:
			c -= 'a' - 10
		}
		r = r<<4 | rune(c)
	}
	return r
}
