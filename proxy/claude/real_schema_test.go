package claude_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/conversation"
)

// TestSchemasThatAreCheckedReachTheModel: these are forms that the schema package lets
// through. The CLI must not leave any of them out.
func TestSchemasThatAreCheckedReachTheModel(t *testing.T) {
	claudetest.Each(t, func(t *testing.T, cli string) {
		r := newRig(t, cli, nil)
		q := question("offline:echo(hi)")
		for i, schema := range []string{
			`{"type":"object","properties":{},"not":{"required":["b"]},"x-mine":1}`,
			`{"type":"object","properties":{"a":{}},"if":{"required":["a"]},"then":{"required":["b"]},"else":false}`,
			`{"type":"object","properties":{"a":{}},"dependentRequired":{"a":["b"]},"minProperties":1,"$comment":"c","title":"T"}`,
			`{"type":"object","examples":[{}],"default":{},"unevaluatedProperties":false,"propertyNames":{"pattern":"^a"}}`,
			`{"type":"object","$ref":"#/$defs/x","$defs":{"x":{"properties":{"a":{"type":"string"}}}}}`,
			`{"type":"object","properties":{"a":{"anyOf":[{"type":"string"},{"type":"null"}],"oneOf":[{}],"allOf":[true],"not":{},"x-y":3}}}`,
			`{"type":"object","properties":{"a":{"properties":{"$filter":{},"b c":true}},"` + strings.Repeat("b", 64) + `":{"not":{}}}}`,
			`{"type":"object","required":["nope"],"properties":{"a":{"type":["string","null"],"enum":["x",null]}}}`,
			`{"type":"object","properties":{"a":{"$ref":"#/$defs/none"},"b":{"$ref":"http://127.0.0.1/y.json"},"c":{"pattern":"(?=x)["}}}`,
			`{"type":"object","$schema":"http://json-schema.org/draft-07/schema#","definitions":{"a":{}},"properties":{},"$id":"https://a/b"}`,
			`{"type":"object","properties":{"a":{"const":9007199254740991,"default":null,"examples":[null]},"b":{"enum":[]}}}`,
			`{"type":"object","enum":[{"a":1}],"const":{"a":1},"additionalProperties":true}`,
			`{"type":"object","properties":{"a":{"type":"array","prefixItems":[{},true],"items":false,"contains":{},"minContains":2,"nullable":true}}}`,
		} {
			q.Tools = append(q.Tools, conversation.Tool{Name: fmt.Sprintf("tool-%d", i), Schema: json.RawMessage(schema)})
		}
		require.NoError(t, r.ask(deadline(t), q).err)
		there := offered(t, last(t, r))
		for _, want := range q.Tools {
			assert.JSONEq(t, string(want.Schema), string(there[want.Name].InputSchema), want.Name)
		}
	})
}

// TestAToolThatTheCLIDoesNotTakeIsAnError: it says nothing of one that it leaves out.
func TestAToolThatTheCLIDoesNotTakeIsAnError(t *testing.T) {
	claudetest.Each(t, func(t *testing.T, cli string) {
		r := newRig(t, cli, nil)
		q := question("offline:echo(hi)")
		q.Tools = []conversation.Tool{
			{Name: "good", Schema: json.RawMessage(`{"type":"object"}`)},
			{Name: "bad", Schema: json.RawMessage(`{"type":"object","properties":"none"}`)},
		}
		err := conversation.AsError(r.ask(deadline(t), q).err)
		assert.Equal(t, conversation.InvalidRequest, err.Kind)
		assert.Contains(t, err.Message, "did not take these tools, so the model was not asked: good, bad.")
		a := r.ask(deadline(t), question("offline:echo(next)"))
		require.NoError(t, a.err)
		assert.Equal(t, "next", a.text)
	})
}

// TestToolsAreCalledWhatClientsCallThem: in JavaScript every object has members of these names.
func TestToolsAreCalledWhatClientsCallThem(t *testing.T) {
	claudetest.Each(t, func(t *testing.T, cli string) {
		r := newRig(t, cli, nil)
		old := strings.Contains(cli, claudetest.Versions[0])
		for _, name := range []string{"constructor", "__lookupSetter__", "toString"} {
			q := question("offline:echo(hi)")
			q.Tools = []conversation.Tool{{Name: name, Schema: json.RawMessage(`{"type":"object","properties":{}}`)}}
			err := r.ask(deadline(t), q).err
			if old && name != "toString" {
				refused := conversation.AsError(err)
				assert.Equal(t, conversation.InvalidRequest, refused.Kind)
				assert.Contains(t, refused.Message, "2.1.197 cannot offer a tool of the name \""+name+"\"")
				continue
			}
			require.NoError(t, err, name)
			assert.Contains(t, offered(t, last(t, r)), name)
		}

		q := question("offline:echo(hi)")
		q.Tools = []conversation.Tool{{Name: "f", Schema: json.RawMessage(`{"type":"object","properties":{"constructor":{"type":"string"}}}`)}}
		if err := r.ask(deadline(t), q).err; old {
			assert.Equal(t, conversation.InvalidRequest, conversation.AsError(err).Kind, "it would never be taken")
		} else {
			require.NoError(t, err)
		}
	})
}
