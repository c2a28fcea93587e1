package params

import (
	"fmt"
	"strings"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
)

// Temperature reads a number from 0 to 2; nil for what models do without being told,
// which is 1 with OpenAI and Anthropic, and is not said, because some models take no such
// parameter. Anthropic's scale ends at 1: up to there the numbers mean the same, and what
// is above is as near to what was asked for as can be had.
func Temperature(v jsonbody.Value) (*float64, *conversation.Error) { return number(v, 2) }

// TopP reads a number from 0 to 1; nil for 1, which means the same.
func TopP(v jsonbody.Value) (*float64, *conversation.Error) { return number(v, 1) }

// number reads a number from 0 to most; nil for an absent one and for what is not below 1.
func number(v jsonbody.Value, most float64) (*float64, *conversation.Error) {
	if v.IsNull() {
		return nil, nil
	}
	f, err := v.Number()
	if err != nil || f < 0 || f > most {
		return nil, v.Want(fmt.Sprintf("a number from 0 to %g", most))
	}
	if f >= 1 {
		return nil, nil
	}
	f += 0 // there is no need for a negative zero on the wire
	return &f, nil
}

// mostStops is OpenAI's own bound.
const mostStops = 4

// Stop reads one text or several that end the answer. OpenAI takes a text of
// white space, as "\n", which Anthropic refuses.
func Stop(v jsonbody.Value) (stops []string, err *conversation.Error) {
	add := func(v jsonbody.Value) *conversation.Error {
		text, err := v.Text()
		switch {
		case err != nil:
			return err
		case text == "":
			return v.Want("a text")
		case strings.TrimSpace(text) == "":
			err := v.Invalid(v.Path() + " is white space alone, and Anthropic's models do not stop at that.")
			err.Hint = "Leave it out and cut the answer there yourself."
			return err
		}
		stops = append(stops, text)
		return nil
	}
	switch v.Type() {
	case jsonbody.Null:
		return nil, nil
	case jsonbody.String:
		err = add(v)
		return stops, err
	case jsonbody.Array:
		for i, element := range v.Elements() {
			if i == mostStops {
				return nil, v.Invalid(fmt.Sprintf("%s has more than %d texts.", v.Path(), mostStops))
			}
			if err := add(element); err != nil {
				return nil, err
			}
		}
		return stops, nil
	default:
		return nil, v.Want("a string or an array of strings")
	}
}
