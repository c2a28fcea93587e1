package schema

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
)

// value is a schema below "p".
func value(t testing.TB, schema string) jsonbody.Value {
	t.Helper()
	root, err := jsonbody.Parse([]byte(`{"p":` + schema + `}`))
	require.Nil(t, err)
	for _, v := range root.Members() {
		return v
	}
	return jsonbody.Value{}
}

func TestEveryKeywordHasAValueOfItsKind(t *testing.T) {
	for bad, want := range map[string]string{
		`[]`:                         "p must be a JSON Schema: an object, true or false, got an array.",
		`{"properties":"foo"}`:       "p.properties must be an object, got a string.",
		`{"properties":null}`:        "p.properties must be an object, got null.",
		`{"properties":{"a":"foo"}}`: "p.properties.a must be a JSON Schema: an object, true or false, got a string.",
		`{"properties":{"a":{"type":"nonsense"}}}`: `p.properties.a.type must be one of the types array, boolean, integer, null, number, object, string, got "nonsense".`,
		`{"type":["string","string"]}`:             "p.type[1] is a name that stands there already.",
		`{"type":[]}`:                              "p.type must be a type, or a list of at least one, got an array.",
		`{"type":[7]}`:                             "p.type[0] must be a string, got the number 7.",
		`{"type":null}`:                            "p.type must be one of the types array, boolean, integer, null, number, object, string, got null.",
		`{"required":"x"}`:                         "p.required must be a list of names, got a string.",
		`{"required":["a",1]}`:                     "p.required[1] must be a string, got the number 1.",
		`{"anyOf":[]}`:                             "p.anyOf must be a list of at least one JSON Schema, got an array.",
		`{"allOf":[{"minLength":"x"}]}`:            "p.allOf[0].minLength must be a whole number of at least 0, got a string.",
		`{"items":[{},{}]}`:                        "p.items must be one JSON Schema for all elements; those of a tuple are prefixItems, got an array.",
		`{"not":{"exclusiveMinimum":true}}`:        "p.not.exclusiveMinimum must be a number, the bound itself, got true.",
		`{"maximum":1e400}`:                        "p.maximum must be a number that 64 bits can hold, got the number 1e400.",
		`{"multipleOf":0}`:                         "p.multipleOf must be a number above 0, got the number 0.",
		`{"enum":"x"}`:                             "p.enum must be a list of values, got a string.",
		`{"$defs":{"x":{"uniqueItems":1}}}`:        "p.$defs.x.uniqueItems must be true or false, got the number 1.",
		`{"dependencies":{"a":["b",2]}}`:           "p.dependencies.a[1] must be a string, got the number 2.",
		`{"patternProperties":{"^a":{"title":1}}}`: "p.patternProperties.^a.title must be a string, got the number 1.",
		`{"properties":{"__proto__":{}}}`:          `p.properties.__proto__ cannot be passed on: the Claude Code CLI loses members of the name "__proto__".`,
		`{"additionalProperties":"x"}`:             "p.additionalProperties must be a JSON Schema: an object, true or false, got a string.",
		strings.Repeat(`{"not":`, 101) + "{}" + strings.Repeat("}", 101): "is nested too deeply",
	} {
		err := Check(value(t, bad))
		if assert.NotNil(t, err, bad) {
			assert.Equal(t, conversation.InvalidRequest, err.Kind)
			assert.Contains(t, err.Message, want, bad)
			assert.True(t, strings.HasPrefix(err.Param, "p"), err.Param)
			assert.NotEmpty(t, err.Hint)
		}
	}
	for _, good := range []string{
		`{}`, `true`, `{"type":["string","null"],"enum":[1,"a",null],"const":null,"default":null,"x-mine":7,"nullable":true}`,
		`{"properties":{"type":{"type":"string"},"required":{}},"required":["type"],"dependentRequired":{"a":["b"]}}`,
		`{"prefixItems":[{},true],"items":false,"minItems":2.0,"multipleOf":0.1,"definitions":{"a":{"$ref":"#/definitions/a"}}}`,
		`{"if":{"required":[]},"then":{"dependencies":{"a":{},"b":["c"]}},"else":false,"examples":[1],"format":"anything"}`,
	} {
		assert.Nil(t, Check(value(t, good)), good)
	}
}

func TestParametersArriveAsTheyAreSent(t *testing.T) {
	for sent, want := range map[string]string{
		`null`: nothing,
		`{}`:   nothing,
		`{"type":"object","properties":{"a":{}},"$defs":{}, "not":{}}`: `{"type":"object","properties":{"a":{}},"$defs":{}, "not":{}}`,
		`{ "properties":{"a.b-c_9":{}}}`:                               `{"type":"object", "properties":{"a.b-c_9":{}}}`,
		`{"properties":{"a":{"properties":{"$filter":true}}}}`:         `{"type":"object","properties":{"a":{"properties":{"$filter":true}}}}`,
		`{"properties":{"a":true,"b":false},"required":["a"]}`:         `{"type":"object","properties":{"a":{},"b":{"not":{}}},"required":["a"]}`,
	} {
		schema, words, err := Parameters(value(t, sent))
		require.Nil(t, err, sent)
		assert.Empty(t, words)
		assert.Equal(t, want, string(schema), sent)
	}
	for bad, want := range map[string]string{
		`[]`:                                   "p must be an object, a JSON Schema, got an array.",
		`{"type":"array"}`:                     `p.type must be "object": a function's arguments have names, got a string.`,
		`{"properties":{"a b":{}}}`:            "p.properties.a b has a name that Anthropic does not take for an argument.",
		`{"anyOf":[{"properties":{"$x":{}}}]}`: "p.anyOf[0].properties.$x has a name that Anthropic does not take for an argument.",
		`{"properties":{"` + strings.Repeat("a", 65) + `":{}}}`: "has a name that Anthropic does not take",
		`{"properties":{"a":{"type":"nonsense"}}}`:              "p.properties.a.type must be one of the types",
	} {
		_, _, err := Parameters(value(t, bad))
		if assert.NotNil(t, err, bad) {
			assert.Contains(t, err.Message, want)
		}
	}
}

func TestAlternativesAtTheRootBecomeOneListAndWords(t *testing.T) {
	const words = "The arguments also have to satisfy this JSON Schema, whose references are those of the parameters: "
	for _, test := range []struct{ name, sent, want, said string }{
		{
			"any of them", `{"type":"object","description":"d","properties":{"a":{"type":"string"}},"anyOf":[{"required":["a"]},{"required":["b"]}],"additionalProperties":false}`,
			`{"type":"object","properties":{"a":{"type":"string"}},"description":"d","additionalProperties":false}`, `{"anyOf":[{"required":["a"]},{"required":["b"]}]}`,
		},
		{
			"a union that is told apart by a constant",
			`{"oneOf":[{"type":"object","properties":{"kind":{"const":"a"},"x":{}},"required":["kind","x"]},{"type":"object","properties":{"kind":{"const":"b"}},"required":["kind"]}]}`,
			`{"type":"object","properties":{"kind":{"anyOf":[{"const":"a"},{"const":"b"}]},"x":{}},"required":["kind"]}`,
			`{"oneOf":[{"type":"object","properties":{"kind":{"const":"a"},"x":{}},"required":["kind","x"]},{"type":"object","properties":{"kind":{"const":"b"}},"required":["kind"]}]}`,
		},
		{
			"all of them, by reference", `{"required":["z"],"allOf":[{"$ref":"#/$defs/a"},{"properties":{"b":true},"required":["b","z"]}],"$defs":{"a":{"properties":{"a":{}},"required":["a"]}}}`,
			`{"type":"object","properties":{"a":{},"b":{}},"required":["z","a","b"],"$defs":{"a":{"properties":{"a":{}},"required":["a"]}}}`,
			`{"allOf":[{"$ref":"#/$defs/a"},{"properties":{"b":true},"required":["b","z"]}]}`,
		},
		{
			"what the root says of a property holds", `{"anyOf":[{"properties":{"a":{"const":1}}}],"properties":{"a":{"type":"number"}}}`,
			`{"type":"object","properties":{"a":{"type":"number"}}}`, `{"anyOf":[{"properties":{"a":{"const":1}}}]}`,
		},
		{
			"all of them, of one property", `{"allOf":[{"properties":{"a":{"minLength":2}}},{"properties":{"a":{"maxLength":5}}}]}`,
			`{"type":"object","properties":{"a":{"allOf":[{"minLength":2},{"maxLength":5}]}}}`, `{"allOf":[{"properties":{"a":{"minLength":2}}},{"properties":{"a":{"maxLength":5}}}]}`,
		},
		{
			"by reference alone", `{"$ref":"#/$defs/u","$defs":{"u":{"anyOf":[{"properties":{"a":{}}},{"properties":{"b":{}}}]}}}`,
			`{"type":"object","properties":{"a":{},"b":{}},"$defs":{"u":{"anyOf":[{"properties":{"a":{}}},{"properties":{"b":{}}}]}}}`, `{"$ref":"#/$defs/u"}`,
		},
		{
			"a circle", `{"anyOf":[{"$ref":"#"},{"$ref":"#/nowhere"},{"$ref":"#/$defs/c"}],"$defs":{"c":{"anyOf":[{"$ref":"#/$defs/c"},{"properties":{"a":{}}}]}}}`,
			`{"type":"object","properties":{"a":{}},"$defs":{"c":{"anyOf":[{"$ref":"#/$defs/c"},{"properties":{"a":{}}}]}}}`,
			`{"anyOf":[{"$ref":"#"},{"$ref":"#/nowhere"},{"$ref":"#/$defs/c"}]}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			schema, said, err := Parameters(value(t, test.sent))
			require.Nil(t, err)
			assert.Equal(t, test.want, string(schema))
			assert.Equal(t, words+test.said, said)
		})
	}
	var bomb strings.Builder
	for i := range 40 {
		fmt.Fprintf(&bomb, `"d%d":{"allOf":[{"$ref":"#/$defs/d%d"},{"$ref":"#/$defs/d%d"}]},`, i, i+1, i+1)
	}
	_, _, err := Parameters(value(t, `{"allOf":[{"$ref":"#/$defs/d0"}],"$defs":{`+bomb.String()+`"d40":{}}}`))
	require.NotNil(t, err)
	assert.Contains(t, err.Message, "too many alternatives")
}

// A body has room for schemas of many megabytes. With work that grows with the square of
// them, these took minutes each, in which nothing could stop it.
func TestTheWorkForAlternativesGrowsWithTheirSize(t *testing.T) {
	many := 100_000
	if testing.Short() {
		many = 1_000
	}
	listOf := func(n int, element string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, ","+element, i)
		}
		return b.String()[1:]
	}
	list := func(element string) string { return listOf(many, element) }
	names, properties := list(`"n%d"`), list(`"n%d":{}`)
	for name, test := range map[string]struct {
		sent  string
		check func(t *testing.T, schema string)
	}{
		"names of alternatives": {`{"anyOf":[{"required":[` + names + `]},{"required":["x",` + names + `]}]}`, func(t *testing.T, schema string) {
			assert.Equal(t, `{"type":"object","properties":{},"required":[`+names+`]}`, schema)
		}},
		"the root's own properties": {`{"properties":{` + properties + `},"anyOf":[{"properties":{` + properties + `}}]}`, func(t *testing.T, schema string) {
			assert.Equal(t, `{"type":"object","properties":{`+properties+`}}`, schema)
		}},
		"one property": {`{"allOf":[{"properties":{` + list(`"a":{"const":%d}`) + `}}]}`, func(t *testing.T, schema string) {
			assert.Equal(t, `{"type":"object","properties":{"a":{"allOf":[`+list(`{"const":%d}`)+`]}}}`, schema)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			schema, words, err := Parameters(value(t, test.sent))
			require.Nil(t, err)
			assert.NotEmpty(t, words)
			test.check(t, string(schema))
		})
	}
	var levels strings.Builder
	for i := range 9_000 {
		fmt.Fprintf(&levels, `"d%d":{"anyOf":[{"$ref":"#/$defs/d%d"}]},`, i, i+1)
	}
	repeated := func(element string, times int) string { return strings.Repeat(","+element, times)[1:] }
	for name, sent := range map[string]string{
		"alternatives":                 `{"anyOf":[` + listOf(mostSteps, `{"properties":{"n%d":{}}}`) + `]}`,
		"references to much":           `{"anyOf":[` + repeated(`{"$ref":"#/$defs/a"}`, 9_000) + `],"$defs":{"a":{"properties":{` + properties + `}}}}`,
		"references to many names":     `{"anyOf":[` + repeated(`{"$ref":"#/$defs/a"}`, 9_000) + `],"$defs":{"a":{"required":[` + names + `]}}}`,
		"names that many levels share": `{"$ref":"#/$defs/d0","$defs":{` + levels.String() + `"d9000":{"required":[` + names + `]}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := Parameters(value(t, sent))
			if assert.NotNil(t, err) {
				assert.Contains(t, err.Message, "too many alternatives")
			}
		})
	}
}

// Each reference is followed from the root, past everything that stands before its target.
func TestManyReferencesLeadThroughALargeSchema(t *testing.T) {
	long := 16 << 20
	if testing.Short() {
		long = 1 << 20
	}
	var refs, defs strings.Builder
	for i := range 4_000 {
		fmt.Fprintf(&refs, `,{"$ref":"#/$defs/d%d"}`, i)
		fmt.Fprintf(&defs, `,"d%d":{"properties":{"n%d":{}}}`, i, i)
	}
	sent := `{"anyOf":[` + refs.String()[1:] + `],"description":"` + strings.Repeat("x", long) + `","$defs":{` + defs.String()[1:] + `}}`
	schema, _, err := Parameters(value(t, sent))
	require.Nil(t, err)
	assert.Contains(t, string(schema), `"n3999":{}`)
}

func FuzzParameters(f *testing.F) {
	f.Add(`{"type":"object","properties":{"a":{"type":["string","null"]}},"anyOf":[{"$ref":"#/$defs/a"},{"required":["a"]}],"$defs":{"a":{"allOf":[true]}}}`)
	f.Add(`{"properties":{"a":false,"a":{}},"oneOf":[{"properties":{"a":{"not":{}}}}],"oneOf":[{}]}`)
	f.Fuzz(func(t *testing.T, s string) {
		root, err := jsonbody.Parse([]byte(`{"p":` + s + `}`))
		if err != nil {
			return
		}
		for _, v := range root.Members() {
			schema, _, err := Parameters(v)
			if err != nil {
				require.Equal(t, conversation.InvalidRequest, err.Kind)
				require.NotEmpty(t, err.Message)
				continue
			}
			var members map[string]json.RawMessage
			require.NoError(t, json.Unmarshal(schema, &members), string(schema))
			require.Equal(t, `"object"`, string(members["type"]))
			require.NotContains(t, members, "anyOf")
			again, words, err := Parameters(value(t, string(schema)))
			require.Nil(t, err)
			require.Empty(t, words)
			require.Equal(t, string(schema), string(again))
		}
	})
}
