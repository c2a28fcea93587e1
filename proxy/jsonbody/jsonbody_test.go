package jsonbody

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/conversation"
)

func TestParseSaysWhatIsWrongAndWhere(t *testing.T) {
	for name, test := range map[string]struct{ body, want string }{
		"nothing":            {"", "The request body is empty."},
		"space only":         {" \r\n\t", "The request body is empty."},
		"an array":           {"[]", "must be a JSON object, got an array."},
		"a string":           {`"hello"`, "must be a JSON object, got a string."},
		"a number":           {"12", "must be a JSON object, got the number 12."},
		"null":               {"null", "must be a JSON object, got null."},
		"a trailing comma":   {"{\n  \"a\": 1,\n}", "not valid JSON at line 3, column 1 (offset 12): invalid character '}'"},
		"single quotes":      {`{'a':1}`, `not valid JSON at line 1, column 2 (offset 1): invalid character '\''`},
		"cut off":            {`{"a": "b`, "it ends at line 1, column 9 (offset 8), in the middle of a value"},
		"data after the end": {`{} {}`, "must be one JSON object, but something follows its end at line 1, column 4 (offset 3)"},
		"broken UTF-8":       {"{\"a\":\n\"\xff\"}", "not UTF-8: byte 0xff at line 2, column 2 (offset 7)"},
		"deeply nested":      {`{"a":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`, "more than 1000 objects and arrays in each other"},
		"too deep for Go":    {`{"a":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`, "more than 1000 objects and arrays in each other"},
		"UTF-16":             {"\xff\xfe{\x00}\x00", "not UTF-8: byte 0xff at line 1, column 1 (offset 0)"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(test.body))
			require.NotNil(t, err)
			assert.Equal(t, conversation.InvalidRequest, err.Kind)
			assert.Empty(t, err.Param)
			assert.Contains(t, err.Message, test.want)
		})
	}
}

func TestAByteOrderMarkIsNoMistake(t *testing.T) {
	v, err := Parse([]byte("\xef\xbb\xbf{\"a\":1}\n"))
	require.Nil(t, err)
	for name := range v.Members() {
		assert.Equal(t, "a", name)
	}
}

func TestBracketsInTextsAreNoNesting(t *testing.T) {
	_, err := Parse([]byte(`{"a":"` + strings.Repeat("[", 2000) + `\"{","b":` + strings.Repeat("[", 999) + strings.Repeat("]", 999) + `}`))
	require.Nil(t, err)
}

func TestValuesKnowTheirPath(t *testing.T) {
	v, err := Parse([]byte(`{"messages":[{}, {"content":[ {"image_url" : {"url":7}} ]}]}`))
	require.Nil(t, err)
	var deepest string
	var walk func(Value)
	walk = func(v Value) {
		deepest = v.Path()
		for _, member := range v.Members() {
			walk(member)
		}
		for _, element := range v.Elements() {
			walk(element)
		}
	}
	walk(v)
	assert.Equal(t, "messages[1].content[0].image_url.url", deepest)
}

func TestErrorsNameTheFieldTheFindAndTheRemedy(t *testing.T) {
	v, err := Parse([]byte(`{"a":{"s":"secret","n":7.5,"o":{},"l":[1],"t":true,"z":null,"e":"","big":1e999}}`))
	require.Nil(t, err)
	var a Value
	members := map[string]Value{}
	for _, a = range v.Members() {
		for name, member := range a.Members() {
			members[name] = member
		}
	}
	said := func(_ any, err *conversation.Error) string {
		if err == nil {
			return "no error"
		}
		return err.Param + ": " + err.Message
	}
	assert.Equal(t, "a.n: a.n must be a string, got the number 7.5.", said(members["n"].Text()))
	assert.Equal(t, "a.s: a.s must be a number, got a string.", said(members["s"].Number()))
	assert.Equal(t, "a.o: a.o must be true or false, got an object.", said(members["o"].Bool()))
	assert.Equal(t, "a.n: a.n must be a whole number from -1 to 20, got the number 7.5.", said(members["n"].Int(-1, 20)))
	assert.Equal(t, "a.l: a.l must be 1, got an array.", said(members["l"].Int(1, 1)))
	assert.Equal(t, "a.t: a.t must be a whole number of at least 1, got true.", said(members["t"].Most()))
	assert.Equal(t, "a.z: a.z must be a whole number from 0 to 20, got null.", said(members["z"].Int(0, 20)))
	assert.Equal(t, "a.e: a.e must be a number, got an empty string.", said(members["e"].Number()))
	assert.Equal(t, "a.big: a.big must be a number that is not beyond 1e308, got the number 1e999.", said(members["big"].Number()))
	assert.Equal(t, "a.x: a.x is missing; it must be a string.", said(a.At("x").Text()))
	for name, want := range map[string]string{
		"s": `a.s must be one or two, got "secret".`,
		"e": "a.e must be one or two, got an empty string.",
		"n": "a.n must be one or two, got the number 7.5.",
		"x": "a.x is missing; it must be one or two.",
	} {
		v, ok := members[name]
		if !ok {
			v = a.At(name)
		}
		assert.Equal(t, want, v.WantWord("one or two").Message)
	}
	whole, err := Value{raw: []byte("7.0")}.Int(1, 9)
	assert.Nil(t, err)
	assert.Equal(t, 7, whole)
}

func TestABoundBeyondEverythingIsStillABound(t *testing.T) {
	for raw, want := range map[string]int{
		"1": 1, "7.0": 7, "1e3": 1000, "2147483647": math.MaxInt32, "2147483648": math.MaxInt32,
		"1000000000000": math.MaxInt32, "9223372036854775808": math.MaxInt32, "1e30": math.MaxInt32, "1e999": math.MaxInt32,
	} {
		bound, err := Value{raw: []byte(raw)}.Most()
		assert.Nil(t, err, raw)
		assert.Equal(t, want, bound, raw)
	}
	for _, raw := range []string{"0", "-0", "0.5", "1.5", "-1", "-1e999", "1e-999", `"5"`, "true", "null", "[]"} {
		_, err := Value{raw: []byte(raw), base: "max_tokens"}.Most()
		if assert.NotNil(t, err, raw) {
			assert.Contains(t, err.Message, "max_tokens must be a whole number of at least 1, got ", raw)
		}
	}
}

func TestEmptyArraysAndObjectsAreEmpty(t *testing.T) {
	for raw, want := range map[string]bool{
		"[]": true, "{ }": true, "[ \n]": true, "[0]": false, `{"a":0}`: false, `""`: false, "0": false, "null": false, "": false,
	} {
		assert.Equal(t, want, Value{raw: []byte(raw)}.IsEmpty(), raw)
	}
}

func TestAWordIsCutAtACharacter(t *testing.T) {
	assert.Equal(t, "tool", Shorten("tool"))
	assert.Equal(t, strings.Repeat("é", 20)+"…", Shorten(strings.Repeat("é", 30)))
	assert.Equal(t, "x"+strings.Repeat("é", 19)+"…", Shorten("x"+strings.Repeat("é", 30)))
}

// rebuild turns a value into what encoding/json makes of the same bytes.
func rebuild(v Value) any {
	switch v.Type() {
	case Object:
		out := map[string]any{}
		for name, member := range v.Members() {
			out[name] = rebuild(member)
		}
		return out
	case Array:
		out := []any{}
		for i, element := range v.Elements() {
			if i != len(out) {
				panic("elements are not numbered in order")
			}
			out = append(out, rebuild(element))
		}
		return out
	case String:
		s, _ := v.Text()
		return s
	case Number:
		return json.Number(v.raw)
	case Bool:
		b, _ := v.Bool()
		return b
	default:
		return nil
	}
}

func FuzzReadsWhatEncodingJSONReads(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"a":[1,-2.5e+3,true,false,null,"x"],"b":{"c":{}}}`, ` { "a" : [ ] , "b":[ [ ] , { } ] } `,
		`{"a":"\\","b":"\\\"","c":"\"\\\\\"","":"\/\b\f\n\r\t"}`, `{"\u0061\ud83d\ude00":"\ud83d","x":"\ud83dA\udE00\ud83d\ud83d\ude00"}`,
		`{"a":1,"a":2}`, "{\"\u2028\":\"\u00e9\"}", `[1]`, `{"a":1}x`, `{"a":1`, "{\"a\":\"\xff\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		v, err := Parse(body)
		if err != nil {
			require.Equal(t, conversation.InvalidRequest, err.Kind)
			require.NotEmpty(t, err.Message)
			return
		}
		decoder := json.NewDecoder(strings.NewReader(strings.TrimPrefix(string(body), "\ufeff")))
		decoder.UseNumber()
		var want any
		require.NoError(t, decoder.Decode(&want))
		require.Equal(t, want, rebuild(v))
	})
}
