package chat

import (
	"fmt"
	"strings"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai/jsonbody"
)

// readSampling reads temperature and top_p. 1 is what OpenAI and Anthropic do without
// being told, so it is not said: models that take no such parameter take that.
func (r *Request) readSampling(members map[string]jsonbody.Value) *conversation.Error {
	const hottest = 2
	t, err := readNumber(members["temperature"], hottest)
	if err != nil {
		return err
	}
	// Anthropic's scale ends at 1. Up to there the numbers mean the same, and what is
	// above is as near to what was asked for as can be had.
	r.conversation.Temperature = unlessUsual(t)
	p, err := readNumber(members["top_p"], 1)
	if err != nil {
		return err
	}
	r.conversation.TopP = unlessUsual(p)
	return nil
}

// readNumber reads a number from 0 to most; an absent one is as good as 1.
func readNumber(v jsonbody.Value, most float64) (float64, *conversation.Error) {
	if v.IsNull() {
		return 1, nil
	}
	f, err := v.Number()
	if err != nil || f < 0 || f > most {
		return 0, v.Want(fmt.Sprintf("a number from 0 to %g", most))
	}
	return f, nil
}

func unlessUsual(f float64) *float64 {
	if f >= 1 {
		return nil
	}
	f += 0 // there is no need for a negative zero on the wire
	return &f
}

// mostStops is OpenAI's own bound.
const mostStops = 4

// readStop reads one text or several that end the answer. OpenAI takes a text of
// white space, as "\n", which Anthropic refuses.
func (r *Request) readStop(v jsonbody.Value) *conversation.Error {
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
		r.conversation.Stop = append(r.conversation.Stop, text)
		return nil
	}
	switch v.Type() {
	case jsonbody.Null:
		return nil
	case jsonbody.String:
		return add(v)
	case jsonbody.Array:
		for i, element := range v.Elements() {
			if i == mostStops {
				return v.Invalid(fmt.Sprintf("%s has more than %d texts.", v.Path(), mostStops))
			}
			if err := add(element); err != nil {
				return err
			}
		}
		return nil
	default:
		return v.Want("a string or an array of strings")
	}
}
