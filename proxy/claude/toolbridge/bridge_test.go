package toolbridge

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/conversation"
)

func answer(t *testing.T, b *Bridge, message string) string {
	t.Helper()
	a, call := b.Answer(json.RawMessage(message))
	require.Nil(t, call)
	out, err := json.Marshal(a)
	require.NoError(t, err)
	return string(out)
}

func TestTheCLIIsToldOfTheTools(t *testing.T) {
	b := New([]conversation.Tool{
		{Name: "get.weather", Description: "Tells the weather.", Schema: json.RawMessage(`{"type":"object","required":["city"]}`)},
		{Name: "now", Schema: json.RawMessage(`{"type":"object"}`)},
	})
	for message, want := range map[string]string{
		`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18"}}`: `{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"c","version":"1"}}}`,
		`{"jsonrpc":"2.0","method":"notifications/initialized"}`:                                   `{"jsonrpc":"2.0","id":0,"result":{}}`,
		`{"jsonrpc":"2.0","id":"a","method":"ping"}`:                                               `{"jsonrpc":"2.0","id":"a","result":{}}`,
		`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`: `{"jsonrpc":"2.0","id":1,"result":{"tools":[
			{"name":"get.weather","description":"Tells the weather.","inputSchema":{"type":"object","required":["city"]},"annotations":{"readOnlyHint":true},"_meta":{"anthropic/maxResultSizeChars":200000}},
			{"name":"now","inputSchema":{"type":"object"},"annotations":{"readOnlyHint":true},"_meta":{"anthropic/maxResultSizeChars":200000}}]}}`,
		`{"jsonrpc":"2.0","id":2,"method":"resources/list"}`: `{"jsonrpc":"2.0","id":2,"error":{"code":-32601,"message":"there is no such method"}}`,
		`[]`: `{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"not a request"}}`,
	} {
		assert.JSONEq(t, want, answer(t, b, message), message)
	}
	assert.Contains(t, answer(t, New(nil), `{"id":1,"method":"tools/list"}`), `"tools":[]`)
}

func TestACallIsAnsweredByItsResult(t *testing.T) {
	b := New([]conversation.Tool{{Name: "now", Schema: json.RawMessage(`{"type":"object"}`)}})
	answer, call := b.Answer(json.RawMessage(`{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"now","arguments":{},"_meta":{"claudecode/toolUseId":"toolu_1"}}}`))
	assert.Nil(t, answer, "not before the client has said what comes of it")
	require.NotNil(t, call)
	assert.Equal(t, "toolu_1", call.ID)
	out, err := json.Marshal(call.Result([]string{"noon", "<sharp> & é"}))
	require.NoError(t, err)
	assert.JSONEq(t, `{"jsonrpc":"2.0","id":3,"result":{"content":[{"type":"text","text":"noon"},{"type":"text","text":"<sharp> & é"}]}}`, string(out))
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"id":{},"method":7}`))
	f.Add([]byte(`{"id":1,"method":"initialize","params":[]}`))
	f.Fuzz(func(t *testing.T, message []byte) {
		if !json.Valid(message) {
			return // the reader of lines has seen to that
		}
		if a, call := New(nil).Answer(message); call == nil {
			_, err := json.Marshal(a)
			require.NoError(t, err)
		}
	})
}
