package setup

import "bytes"

// withoutComments is JSON with comments as JSON: comments, a comma behind the last
// member and a byte order mark are blanked out, so that all else stays where it is. What is neither
// stays what it is: no JSON.
func withoutComments(text []byte) []byte {
	plain := bytes.Clone(text)
	blank := func(from, to int) {
		for i := from; i < to; i++ {
			if plain[i] != '\n' && plain[i] != '\r' {
				plain[i] = ' '
			}
		}
	}
	if bytes.HasPrefix(plain, []byte("\ufeff")) {
		blank(0, len("\ufeff"))
	}
	comma := -1    // the last thing but space, if it is one behind a value
	value := false // the last thing but space may end a value
	for i := 0; i < len(plain); {
		end := i + 1
		switch c := plain[i]; {
		case c == '"':
			end = endOfString(plain, i)
			comma, value = -1, true
		case bytes.HasPrefix(plain[i:], []byte("//")):
			end = endAt(plain, i, "\n", 0)
			blank(i, end)
		case bytes.HasPrefix(plain[i:], []byte("/*")):
			if end = endAt(plain, i+2, "*/", 2); !bytes.HasSuffix(plain[i+2:end], []byte("*/")) {
				return plain // it does not end
			}
			blank(i, end)
		case c == ',':
			comma = -1
			if value {
				comma = i
			}
			value = false
		case (c == '}' || c == ']') && comma >= 0:
			blank(comma, comma+1)
			comma, value = -1, true
		case c != ' ' && c != '\t' && c != '\r' && c != '\n':
			comma, value = -1, c != '{' && c != '[' && c != ':'
		}
		i = end
	}
	return plain
}

// endOfString is behind the quotation mark that ends the string at i.
func endOfString(text []byte, i int) int {
	for i++; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// endAt is where the mark is, plus some, or the end of the text.
func endAt(text []byte, from int, mark string, plus int) int {
	if n := bytes.Index(text[min(from, len(text)):], []byte(mark)); n >= 0 {
		return from + n + plus
	}
	return len(text)
}
