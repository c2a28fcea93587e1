package format

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
)

func read(t testing.TB, responseFormat string) (*Format, *conversation.Error) {
	t.Helper()
	root, err := jsonbody.Parse([]byte(`{"response_format":` + responseFormat + `}`))
	require.Nil(t, err)
	return Read(member(root, "response_format"))
}

func inFormat(s string) string {
	return `{"type":"json_schema","json_schema":{"name":"x","strict":true,"schema":` + s + `}}`
}

func TestUpstreamEnforcesWhatItCan(t *testing.T) {
	for whole, want := range map[string]string{
		`{"$schema":"x","type":"object","properties":{"b":{"type":"integer","minimum":1},"a":{"type":"string","pattern":"^x","format":"email"}},"required":["b"]}`: `{"type":"object","properties":{"b":{"type":"integer"},"a":{"type":"string","format":"email"}},"required":["b"],"additionalProperties":false}`,
		`{"type":"object","additionalProperties":false,"properties":{"l":{"type":"array","minItems":3,"items":{"oneOf":[{"type":"null"},{"enum":[1,2.50]}]}}}}`:    `{"type":"object","properties":{"l":{"type":"array","items":{"anyOf":[{"type":"null"},{"enum":[1,2.50]}]}}},"additionalProperties":false}`,
		`{"type":"object","properties":{"a":{"$ref":"#/$defs/t"},"b":{"$ref":"#/$defs/t"}},"$defs":{"t":{"type":"string"}}}`:                                       `{"type":"object","properties":{"a":{"$ref":"#/$defs/t"},"b":{"$ref":"#/$defs/t"}},"$defs":{"t":{"type":"string"}},"additionalProperties":false}`,

		// What it cannot is told to the model.
		`{}`:               "",
		`{"type":"array"}`: "",
		`{"$ref":"#/$defs/t","$defs":{"t":{"type":"string"}}}`:                                             "",
		`{"type":"object","properties":{"a":{"allOf":[{"properties":{"x":{}}},{"properties":{"y":{}}}]}}}`: "",
		`{"type":"object","additionalProperties":true}`:                                                    "",
		`{"type":"object","properties":{"a":{"additionalProperties":{"type":"string"}}}}`:                  "",
		`{"type":"object","properties":{"a":true}}`:                                                        "",
		`{"type":"object","properties":{"a":{"$ref":"#"}}}`:                                                "",
		`{"$ref":"#/$defs/t","$defs":{"t":{"properties":{"a":{"$ref":"#/$defs/t"}}}}}`:                     "",
	} {
		f, err := read(t, inFormat(whole))
		require.Nil(t, err, whole)
		assert.Equal(t, want, string(f.Schema), whole)
		assert.Equal(t, want == "", strings.Contains(f.Instruction, whole), whole)
	}
}

func TestSchemasThatCannotBeCheckedAreRefused(t *testing.T) {
	var bomb strings.Builder
	for i := range 40 {
		fmt.Fprintf(&bomb, `"d%d":{"allOf":[{"$ref":"#/$defs/d%d"},{"$ref":"#/$defs/d%d"}]},`, i, i+1, i+1)
	}
	for bad, want := range map[string]string{
		`{"$ref":"#"}`:              ".$ref goes in a circle without coming to a value. Let it stand below properties or items.",
		`{"$REF":"#"}`:              ".$ref goes in a circle",
		`{"NOT":{"\u0024Ref":"#"}}`: ".not.$ref goes in a circle",
		`{"$defs":{"a":{}},"$DEFS":{"a":{"$ref":"#/$defs/a"}},"$ref":"#/$defs/a"}`: ".$ref goes in a circle",
		`{"not":{"$ref":"#"},"not":{"type":"string"}}`:                             ".not.$ref goes in a circle",
		`{"$ref":"#/nowhere"}`:  `.$ref leads to no schema: "#/nowhere". It must be a path within the schema, as #/$defs/x.`,
		`{"$ref":"other.json"}`: `.$ref leads to no schema: "other.json".`,
		`{"$ref":"#a"}`:         `.$ref leads to no schema: "#a".`,
		`{"$ref":"#/properties","properties":{"type":{}}}`: `.$ref leads to no schema: "#/properties".`,
		`{"$ref":"#/title","title":"x"}`:                   `.$ref leads to no schema`,
		`{"properties":{"a":{"$dynamicRef":"#a"}}}`:        ".properties.a.$dynamicRef is not known here. Leave it out; a $ref is a path within the schema, as #/$defs/x.",
		`{"$ref":"#/$defs/a","$defs":{"a":{"not":{"$ref":"#/$defs/b"}},"b":{"anyOf":[true,{"$ref":"#/$defs/a"}]}}}`: "$ref goes in a circle",
		`{"properties":{"a":{"allOf":[{"$ref":"#/properties/a"}]}}}`:                                                ".properties.a.allOf[0].$ref goes in a circle",
		`{"$ref":"#/$defs/d0","$defs":{` + bomb.String() + `"d40":{}}}`:                                             "is one reference too many: together they lead to more than 10000 schemas.",
		strings.Repeat(`{"not":`, 101) + `{}` + strings.Repeat(`}`, 101):                                            "is nested too deeply: 100 levels are allowed.",

		`{"pattern":"^(?=x)"}`:                                ".pattern uses a lookahead, which cannot be checked here. Leave it out or say it in the description.",
		`{"properties":{"a":{"items":{"pattern":"(?<!x)"}}}}`: ".properties.a.items.pattern uses a lookbehind, which cannot be checked here.",
		`{"anyOf":[{},{"pattern":"(a)\\1"}]}`:                 ".anyOf[1].pattern uses a backreference",
		`{"$defs":{"a":{"patternProperties":{"(?!x)":{}}}}}`:  `.$defs.a.patternProperties has the name "(?!x)", which uses a lookahead, which cannot be checked here.`,
		`{"pattern":"\\u0041"}`:                               `.pattern uses the escape \u, which`,
		`{"pattern":"a{1,2000}"}`:                             ".pattern uses repetitions beyond 1000",
		`{"pattern":"a++"}`:                                   ".pattern uses the repetition ++, which",
		`{"pattern":"\\p{Foo}"}`:                              `.pattern uses the characters \p{Foo}, which`,
		`{"pattern":"(?>a)"}`:                                 `.pattern uses the group "(?>", which`,
		`{"pattern":"(a"}`:                                    ".pattern is not a regular expression: a ( is not closed. Mend it or leave it out.",
		`{"pattern":"a)"}`:                                    ".pattern is not a regular expression: a ) closes nothing.",
		`{"pattern":"[a"}`:                                    ".pattern is not a regular expression: a [ is not closed.",
		`{"pattern":"*"}`:                                     ".pattern is not a regular expression: there is nothing before * that could be repeated.",
		`{"PATTERN":"(?=x)"}`:                                 "schema is not a JSON Schema that can be checked. A validator for JSON Schema shows what is wrong with it.",

		`{"type":"nonsense"}`:                       `.type must be one of the types array, boolean, integer, null, number, object, string, got "nonsense".`,
		`{"properties":{"a":{"minLength":"x"}}}`:    ".properties.a.minLength must be a whole number of at least 0, got a string.",
		`{"maxLength":3000000000}`:                  "schema is not a JSON Schema that can be checked.",
		`{"properties":{"a":7}}`:                    ".properties.a must be a JSON Schema: an object, true or false, got the number 7.",
		`{"allOf":[null]}`:                          ".allOf[0] must be a JSON Schema: an object, true or false, got null.",
		`{"$defs":{"a":{}},"definitions":{"a":{}}}`: "schema has both $defs and definitions, which mean the same. Put all of them into $defs.",
	} {
		_, err := read(t, inFormat(bad))
		if assert.NotNil(t, err, bad) {
			assert.Contains(t, err.Error(), want)
			assert.True(t, strings.HasPrefix(err.Message, err.Param+" "), "the path comes first: %s", err.Message)
			assert.True(t, strings.HasPrefix(err.Param, "response_format.json_schema.schema"), err.Param)
			assert.NotRegexp(t, `regexp|Go |json:|jsonschema`, err.Error())
		}
	}
}

// What only looks like a schema is data.
func TestPatternsAreLookedForInSchemasAlone(t *testing.T) {
	for _, good := range []string{
		`{"properties":{"pattern":{"type":"string"}}}`,
		`{"enum":[{"pattern":"(?=x)"}]}`,
		`{"default":{"properties":{"a":7}}}`,
		`{"dependencies":{"a":["b"],"c":{"pattern":"^x"}}}`,
	} {
		_, err := read(t, inFormat(good))
		assert.Nil(t, err, good)
	}
}

func TestALongNameDoesNotMakeALongMessage(t *testing.T) {
	_, err := read(t, inFormat(`{"properties":{"`+strings.Repeat("x", 10_000)+`":7}}`))
	require.NotNil(t, err)
	assert.Less(t, len(err.Error()), 300)
}

// answer gives the events of an answer in pieces of two bytes, and what is made of them.
func answer(f *Format, text string, reason conversation.StopReason) (out string, done bool, failure error) {
	events := func(yield func(conversation.Event, error) bool) {
		if !yield(conversation.Started{Model: "m"}, nil) {
			return
		}
		for rest := text; rest != ""; {
			n := min(2, len(rest))
			if !yield(conversation.TextDelta{Text: rest[:n]}, nil) {
				return
			}
			rest = rest[n:]
		}
		yield(conversation.Done{Reason: reason}, nil)
	}
	for event, err := range f.Enforce(iter.Seq2[conversation.Event, error](events)) {
		if err != nil {
			return out, done, err
		}
		switch e := event.(type) {
		case conversation.TextDelta:
			out += e.Text
		case conversation.Done:
			done = true
		}
	}
	return out, done, nil
}

func TestOnlyWhatWasAskedForComesOut(t *testing.T) {
	const end, long, refusal = conversation.EndTurn, conversation.MaxTokens, conversation.Refusal
	person := inFormat(`{"type":"object","properties":{"age":{"type":"integer","minimum":18}},"required":["age"]}`)
	object := `{"type":"json_object"}`
	for _, test := range []struct {
		format, text string
		reason       conversation.StopReason
		want, why    string
	}{
		{object, `{"a":1}`, end, `{"a":1}`, ""},
		{object, " {\"a\": 1}\n", end, `{"a": 1}`, ""},
		{object, "```json\n{\"a\":1}\n```", end, `{"a":1}`, ""},
		{object, "```JSON {\"a\":\"```\"} ```\n", end, "{\"a\":\"```\"}", ""},
		{object, "```\n{}\n```", end, `{}`, ""},
		{object, "Sure: {\"a\":1}", end, "", "is not JSON"},
		{object, "{\"a\":1} {}", end, "", "is not JSON"},
		{object, "```json\n{}", end, "{}", ""},
		{object, `[1]`, end, "", "not an object"},
		{object, ``, end, "", "is not JSON"},
		{object, "```json\n{\"a\":", long, `{"a":`, ""},
		{object, " [1,", long, `[1,`, ""},
		{object, `{"a":"x `, conversation.StopSequence, `{"a":"x`, ""},
		{object, "```json\n{\"a\":1}\n```", conversation.StopSequence, `{"a":1}`, ""},
		{object, "Well, ", long, "Well, ", ""},
		{object, "```js", long, "```js", ""},
		{object, "", long, "", ""},
		{person, "Here you are: {", long, "Here you are: {", ""},
		{person, `{"age":`, long, `{"age":`, ""},
		{object, "I would rather not", refusal, "", ""},
		{person, `{"age":18}`, end, `{"age":18}`, ""},
		{person, `{"age":18,"x":1}`, conversation.StopSequence, `{"age":18,"x":1}`, ""},
		{person, `{"age":17}`, end, "", "does not satisfy the schema"},
		{person, `{}`, end, "", "does not satisfy the schema"},
		{`{"type":"text"}`, "Hello", end, "Hello", ""},
	} {
		f, invalid := read(t, test.format)
		require.Nil(t, invalid)
		text, done, err := answer(f, test.text, test.reason)
		assert.Equal(t, test.want, text, test.text)
		assert.Equal(t, test.why == "", done, test.text)
		if test.why == "" {
			assert.NoError(t, err, test.text)
			continue
		}
		failure := conversation.AsError(err)
		assert.Equal(t, conversation.FormatNotMet, failure.Kind)
		assert.Contains(t, failure.Message, test.why)
	}
}

func TestAFailureOfUpstreamPassesAlone(t *testing.T) {
	broken := errors.New("broken")
	f, _ := read(t, `{"type":"json_object"}`)
	var seen []any
	for event, err := range f.Enforce(func(yield func(conversation.Event, error) bool) {
		_ = yield(conversation.Ignored{Param: "effort"}, nil) && yield(conversation.Started{}, nil) &&
			yield(conversation.TextDelta{Text: "{"}, nil) && yield(nil, broken)
	}) {
		seen = append(seen, event, err)
	}
	assert.Equal(t, []any{conversation.Ignored{Param: "effort"}, nil, nil, broken}, seen)
}

func FuzzWhatComesOutIsRight(f *testing.F) {
	f.Add(`{"type":"object","properties":{"a":{"$ref":"#/$defs/t"}},"$defs":{"t":{"type":"string"}}}`, "```json\n{\"a\":\"b\"}```")
	f.Add(`{"$ref":"#/a","a":{"not":{"$ref":"#/a"}}}`, `1`)
	f.Add(`{"type":"object","additionalProperties":{"$ref":"#"}}`, `{"a":{"b":{}}}`)
	f.Fuzz(func(t *testing.T, s, text string) {
		root, err := jsonbody.Parse([]byte(`{"response_format":` + inFormat(s) + `}`))
		if err != nil {
			return
		}
		format, err := Read(member(root, "response_format"))
		if err != nil {
			require.Equal(t, conversation.InvalidRequest, err.Kind)
			return
		}
		require.True(t, format.Schema == nil || json.Valid(format.Schema), string(format.Schema))
		require.NotEqual(t, format.Schema == nil, format.Instruction == "")
		if out, done, _ := answer(format, text, conversation.EndTurn); done {
			var value any
			require.NoError(t, json.Unmarshal([]byte(out), &value))
			require.NoError(t, format.whole.Validate(value))
		}
	})
}
