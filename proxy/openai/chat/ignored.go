package chat

import (
	"math"
	"strings"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai/jsonbody"
)

// The bounds of [Request.Ignored] for names that we do not know ourselves.
const (
	mostUnknown       = 16
	longestUnknown    = 48
	placeholderInName = '_'
)

// bookkeeping are members that say nothing about the answer: who asks, what to
// file it under, what to pay, what to cache. Leaving them alone is no loss, so
// they are accepted silently, whatever they hold.
var bookkeeping = map[string]bool{
	"metadata":               true,
	"prediction":             true, // makes OpenAI's answers faster, not different
	"prompt_cache_key":       true,
	"prompt_cache_options":   true,
	"prompt_cache_retention": true,
	"safety_identifier":      true,
	"service_tier":           true,
	"store":                  true,
	"user":                   true,
}

// check looks at a parameter without effect: noop says that it asks for what
// happens anyway, the error that it has a wrong type.
type check func(v jsonbody.Value) (noop bool, err *conversation.Error)

// ineffective are OpenAI's parameters that this version reads but cannot honour.
// Their types are checked, as OpenAI does: a client with "seed":"7" has a mistake
// that it wants to know about.
var ineffective = map[string]check{
	"presence_penalty":  numberLike(0),
	"frequency_penalty": numberLike(0),
	"seed":              wholeNumber,
	"top_logprobs":      wholeNumber,
	"logprobs":          boolLike(false),
	"logit_bias":        emptyOf("an object", jsonbody.Object),

	"verbosity":  stringLike("medium"),
	"modalities": modalitiesLike,
}

func numberLike(usual float64) check {
	return func(v jsonbody.Value) (bool, *conversation.Error) {
		f, err := v.Number()
		return f == usual, err
	}
}

func boolLike(usual bool) check {
	return func(v jsonbody.Value) (bool, *conversation.Error) {
		b, err := v.Bool()
		return b == usual, err
	}
}

func stringLike(usual string) check {
	return func(v jsonbody.Value) (bool, *conversation.Error) {
		s, err := v.Text()
		return s == usual, err
	}
}

func wholeNumber(v jsonbody.Value) (bool, *conversation.Error) {
	// A seed may be any integer of 64 bits, so the value itself is of no interest.
	f, err := v.Number()
	if err != nil || f != math.Trunc(f) {
		return false, v.Want("a whole number")
	}
	return false, nil
}

func emptyOf(what string, want jsonbody.Type) check {
	return func(v jsonbody.Value) (bool, *conversation.Error) {
		if v.Type() != want {
			return false, v.Want(what)
		}
		return v.IsEmpty(), nil
	}
}

func modalitiesLike(v jsonbody.Value) (bool, *conversation.Error) {
	if v.Type() != jsonbody.Array {
		return false, v.Want("an array")
	}
	for _, element := range v.Elements() {
		s, err := element.Text()
		if err != nil || s != "text" {
			return false, err
		}
	}
	return true, nil
}

// headerSafe makes a name that the client invented fit to stand in a header.
func headerSafe(name string) string {
	safe := strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '-', c == '.':
			return c
		default:
			return placeholderInName
		}
	}, name)
	return safe[:min(len(safe), longestUnknown)]
}
