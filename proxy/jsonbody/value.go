package jsonbody

import (
	"fmt"
	"iter"
	"math"
	"strconv"
	"unicode/utf8"

	"claude-max-api-proxy/proxy/conversation"
)

// Type is the JSON type of a value.
type Type int

// The types. A member that is absent reads as Null: clients use both for "not
// set", and no field of these protocols tells them apart.
const (
	Null Type = iota
	Bool
	Number
	String
	Array
	Object
)

// Value is one JSON value of a checked body, and the path that leads to it. The
// zero Value stands for an absent member.
type Value struct {
	raw []byte // exactly the value, no space around it
	// The path is kept in two pieces, so that looking at a member costs no
	// allocation: only an error, or a step down, joins them.
	base, name string
}

// Path names the value as "messages[3].content"; the body itself has none. Names that
// a client has thought of itself may be long and are shortened.
func (v Value) Path() string {
	switch {
	case v.base == "":
		return ShortenTo(v.name, longestName)
	case v.name == "":
		return v.base
	default:
		return v.base + "." + ShortenTo(v.name, longestName)
	}
}

const longestName = 64

// At gives an absent value the path it would have had below v, so that an error
// about it can name it.
func (v Value) At(name string) Value {
	return Value{base: v.Path(), name: name}
}

// Type is the value's JSON type.
func (v Value) Type() Type {
	if len(v.raw) == 0 {
		return Null
	}
	switch v.raw[0] {
	case '{':
		return Object
	case '[':
		return Array
	case '"':
		return String
	case 't', 'f':
		return Bool
	case 'n':
		return Null
	default:
		return Number
	}
}

// Absent reports that there is no such member, not even a null.
func (v Value) Absent() bool { return len(v.raw) == 0 }

// IsNull reports a null or an absent member.
func (v Value) IsNull() bool { return v.Type() == Null }

// IsEmpty reports an array or object with nothing in it.
func (v Value) IsEmpty() bool {
	if t := v.Type(); t != Array && t != Object {
		return false
	}
	return skipSpace(v.raw, 1) == len(v.raw)-1
}

// Members yields an object's members in order; nothing for any other type.
func (v Value) Members() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		if v.Type() != Object {
			return
		}
		base := v.Path()
		for i := skipSpace(v.raw, 1); v.raw[i] != '}'; {
			end := skipString(v.raw, i)
			name := unquote(v.raw[i:end])
			start := skipSpace(v.raw, skipSpace(v.raw, end)+1) // over the colon
			end = skipValue(v.raw, start)
			if !yield(name, Value{raw: v.raw[start:end], base: base, name: name}) {
				return
			}
			i = skipComma(v.raw, end)
		}
	}
}

// Elements yields an array's elements in order; nothing for any other type.
func (v Value) Elements() iter.Seq2[int, Value] {
	return func(yield func(int, Value) bool) {
		if v.Type() != Array {
			return
		}
		path := v.Path() + "["
		for i, n := skipSpace(v.raw, 1), 0; v.raw[i] != ']'; n++ {
			end := skipValue(v.raw, i)
			if !yield(n, Value{raw: v.raw[i:end], base: path + strconv.Itoa(n) + "]"}) {
				return
			}
			i = skipComma(v.raw, end)
		}
	}
}

// Text is a string's contents.
func (v Value) Text() (string, *conversation.Error) {
	if v.Type() != String {
		return "", v.Want("a string")
	}
	return unquote(v.raw), nil
}

// Bool is true or false.
func (v Value) Bool() (bool, *conversation.Error) {
	if v.Type() != Bool {
		return false, v.Want("true or false")
	}
	return v.raw[0] == 't', nil
}

// Number is a number that a float64 can hold.
func (v Value) Number() (float64, *conversation.Error) {
	if v.Type() != Number {
		return 0, v.Want("a number")
	}
	f, err := strconv.ParseFloat(string(v.raw), 64)
	if err != nil {
		return 0, v.Want("a number that is not beyond 1e308")
	}
	return f, nil
}

// Int is a whole number from least to most; 7.0 is one, 7.5 is not.
func (v Value) Int(least, most int) (int, *conversation.Error) {
	f, err := v.Number()
	if err != nil || f != math.Trunc(f) || f < float64(least) || f > float64(most) {
		what := fmt.Sprintf("a whole number from %d to %d", least, most)
		if least == most {
			what = strconv.Itoa(least)
		}
		return 0, v.Want(what)
	}
	return int(f), nil
}

// Most is a bound: a whole number of at least 1. One that is larger than anything it
// could bound means no less, so what is above [math.MaxInt32] counts as that.
func (v Value) Most() (int, *conversation.Error) {
	const what = "a whole number of at least 1"
	if v.Type() != Number {
		return 0, v.Want(what)
	}
	f, _ := strconv.ParseFloat(string(v.raw), 64) // infinite where it is too large
	if f != math.Trunc(f) || f < 1 {
		return 0, v.Want(what)
	}
	return int(min(f, math.MaxInt32)), nil
}

// Want is the error for a value that is not what belongs there: "n must be 1,
// got the number 2." The words are a noun phrase.
func (v Value) Want(what string) *conversation.Error {
	path := v.Path()
	if v.Absent() {
		return conversation.Invalid(path, fmt.Sprintf("%s is missing; it must be %s.", path, what))
	}
	return conversation.Invalid(path, fmt.Sprintf("%s must be %s, got %s.", path, what, v.found()))
}

// WantWord is Want for a value that must be one of a few words, so that what stands there is a
// mistake and not what somebody has written: the message shows it.
func (v Value) WantWord(what string) *conversation.Error {
	word, err := v.Text()
	if err != nil || word == "" {
		return v.Want(what)
	}
	return v.Invalid(fmt.Sprintf("%s must be %s, got %q.", v.Path(), what, Shorten(word)))
}

// Invalid is an error about this value in other words.
func (v Value) Invalid(message string) *conversation.Error {
	return conversation.Invalid(v.Path(), message)
}

// Raw is the value's own bytes, without space around them; nil when it is absent.
func (v Value) Raw() []byte { return v.raw }

// found describes the value without giving away what a string says.
func (v Value) found() string {
	switch v.Type() {
	case Object:
		return "an object"
	case Array:
		return "an array"
	case String:
		if len(v.raw) == 2 {
			return "an empty string"
		}
		return "a string"
	case Number:
		return "the number " + Shorten(string(v.raw))
	default:
		return string(v.raw)
	}
}

// Shorten cuts a word from the request, for instance an unknown role, so that it
// can be shown in a message.
func Shorten(word string) string { return ShortenTo(word, 40) }

// ShortenTo cuts a text to so many bytes, at a character.
func ShortenTo(word string, most int) string {
	if len(word) <= most {
		return word
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(word[cut]) {
		cut--
	}
	return word[:cut] + "…"
}
