package jsonbody

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"claude-max-api-proxy/proxy/conversation"
)

// deepest is how many objects and arrays may lie in each other. encoding/json stops at 10,000, and
// what was read goes on within other objects.
const deepest = 1000

// bom is the byte order mark that some Windows tools put before UTF-8.
var bom = []byte("\xef\xbb\xbf")

// Parse checks that the body is one JSON object in UTF-8 and gives the object.
//
// Bytes that are not UTF-8 are refused, for replacing them would change the
// prompt behind the caller's back. An escaped half of a surrogate pair, as
// "\ud83d", is a different matter: it is valid JSON, comes from clients that cut
// a text in the middle of an emoji, and would otherwise block the conversation
// for good; it reads as U+FFFD.
func Parse(body []byte) (Value, *conversation.Error) {
	body = bytes.TrimPrefix(body, bom)
	if !utf8.Valid(body) {
		return Value{}, invalidf("The request body is not UTF-8: byte 0x%02x at %s.",
			body[firstInvalid(body)], position(body, firstInvalid(body)))
	}
	trimmed := bytes.Trim(body, " \t\r\n")
	if len(trimmed) == 0 {
		err := invalidf("The request body is empty.")
		err.Hint = "Send a JSON object with the header content-type: application/json."
		return Value{}, err
	}
	if !json.Valid(body) {
		return Value{}, syntaxError(body)
	}
	if nested(trimmed) > deepest {
		return Value{}, tooDeep()
	}
	v := Value{raw: trimmed}
	if v.Type() != Object {
		return Value{}, invalidf("The request body must be a JSON object, got %s.", v.found())
	}
	return v, nil
}

func tooDeep() *conversation.Error {
	return invalidf("The request body has more than %d objects and arrays in each other.", deepest)
}

func invalidf(format string, args ...any) *conversation.Error {
	return conversation.Invalid("", fmt.Sprintf(format, args...))
}

// syntaxError asks encoding/json what is wrong, and adds where.
func syntaxError(body []byte) *conversation.Error {
	var discarded json.RawMessage
	var syntax *json.SyntaxError
	if !errors.As(json.Unmarshal(body, &discarded), &syntax) {
		return invalidf("The request body is not valid JSON.")
	}
	reason := syntax.Error()
	if strings.Contains(reason, "exceeded max depth") {
		return tooDeep()
	}
	if reason == "unexpected end of JSON input" {
		err := invalidf("The request body is not valid JSON: it ends at %s, in the middle of a value.", position(body, len(body)))
		err.Hint = "Check that the whole body was sent."
		return err
	}
	// Offset counts the bytes read, the one at fault included.
	where := position(body, int(syntax.Offset)-1)
	if strings.HasSuffix(reason, "after top-level value") {
		return invalidf("The request body must be one JSON object, but something follows its end at %s: %s.", where, reason)
	}
	return invalidf("The request body is not valid JSON at %s: %s.", where, reason)
}

// position gives a byte offset as editors and people count.
func position(body []byte, offset int) string {
	offset = min(max(offset, 0), len(body))
	before := body[:offset]
	line := bytes.Count(before, []byte("\n")) + 1
	column := offset - (bytes.LastIndexByte(before, '\n') + 1) + 1
	return fmt.Sprintf("line %d, column %d (offset %d)", line, column, offset)
}

// firstInvalid is the offset of the first byte that is not UTF-8.
func firstInvalid(body []byte) int {
	for i := 0; i < len(body); {
		r, size := utf8.DecodeRune(body[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return 0
}
