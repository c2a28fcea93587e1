package format

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
)

// checkPatterns looks at a schema's own regular expressions. JSON Schema means those of
// JavaScript, some of which Go's regexp has not.
func checkPatterns(schema jsonbody.Value) *conversation.Error {
	for keyword, value := range schema.Members() {
		switch keyword {
		case "pattern":
			if pattern, err := value.Text(); err == nil {
				if why, hint := unfit(pattern); why != "" {
					err := value.Invalid(value.Path() + " " + why + ".")
					err.Hint = hint
					return err
				}
			}
		case "patternProperties":
			for pattern := range value.Members() {
				if why, hint := unfit(pattern); why != "" {
					err := value.Invalid(fmt.Sprintf("%s has the name %q, which %s.", value.Path(), jsonbody.Shorten(pattern), why))
					err.Hint = hint
					return err
				}
			}
		}
	}
	return nil
}

// unfit says why values cannot be held against a pattern, and what to do; "" when
// they can.
func unfit(pattern string) (why, hint string) {
	_, err := regexp.Compile(pattern)
	bad, ok := errors.AsType[*syntax.Error](err)
	if !ok {
		return "", ""
	}
	found := jsonbody.Shorten(bad.Expr)
	lacking := func(what string) (string, string) {
		return "uses " + what + ", which cannot be checked here", "Leave it out or say it in the description."
	}
	wrong := func(how string) (string, string) {
		return "is not a regular expression: " + how, "Mend it or leave it out."
	}
	switch bad.Code {
	case syntax.ErrInvalidPerlOp, syntax.ErrInvalidNamedCapture:
		switch {
		case strings.HasPrefix(bad.Expr, "(?=") || strings.HasPrefix(bad.Expr, "(?!"):
			return lacking("a lookahead")
		case strings.HasPrefix(bad.Expr, "(?<=") || strings.HasPrefix(bad.Expr, "(?<!"):
			return lacking("a lookbehind")
		}
		return lacking(fmt.Sprintf("the group %q", found))
	case syntax.ErrInvalidEscape:
		if after := strings.TrimPrefix(bad.Expr, `\`); after != "" && (after[0] >= '1' && after[0] <= '9' || after[0] == 'k') {
			return lacking("a backreference")
		}
		return lacking(fmt.Sprintf("the escape %s", found))
	case syntax.ErrInvalidRepeatSize, syntax.ErrLarge:
		return lacking("repetitions beyond 1000 or the wrong way round")
	case syntax.ErrNestingDepth:
		return lacking("too many groups in one another")
	case syntax.ErrInvalidCharRange, syntax.ErrInvalidCharClass:
		return lacking(fmt.Sprintf("the characters %s", found))
	case syntax.ErrInvalidRepeatOp:
		return lacking(fmt.Sprintf("the repetition %s", found))
	case syntax.ErrMissingRepeatArgument:
		return wrong(fmt.Sprintf("there is nothing before %s that could be repeated", found))
	case syntax.ErrMissingBracket:
		return wrong("a [ is not closed")
	case syntax.ErrMissingParen:
		return wrong("a ( is not closed")
	case syntax.ErrUnexpectedParen:
		return wrong("a ) closes nothing")
	case syntax.ErrTrailingBackslash:
		return wrong(`it ends with a \`)
	default:
		return lacking(fmt.Sprintf("%q", found))
	}
}
