package protocols

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"claude-max-api-proxy/proxy/anthropic"
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai/chat"
	"claude-max-api-proxy/proxy/openai/responses"
)

// TestTranslatingAConversationLosesNothing writes a conversation in each protocol, as its
// clients would, and reads it again.
func TestTranslatingAConversationLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawConversation(t)
		for name, read := range map[string]func([]byte) (conversation.Request, *conversation.Error){
			"chat": func(body []byte) (c conversation.Request, err *conversation.Error) {
				r, err := chat.Decode(body)
				if err == nil {
					c = r.Conversation()
				}
				return c, err
			},
			"responses": func(body []byte) (c conversation.Request, err *conversation.Error) {
				r, err := responses.NewStore(1 << 20).Decode(body)
				if err == nil {
					c = r.Conversation()
				}
				return c, err
			},
			"messages": func(body []byte) (c conversation.Request, err *conversation.Error) {
				r, err := anthropic.Decode(body)
				if err == nil {
					c = r.Conversation()
				}
				return c, err
			},
		} {
			body := write[name](want)
			got, err := read(body)
			if err != nil {
				t.Fatalf("%s: %s\n%s", name, err, body)
			}
			require.Equal(t, normal(want), normal(got), "%s: %s", name, body)
		}
	})
}

// normal is a request's JSON: a nil slice and an empty one are the same.
func normal(r conversation.Request) string {
	if len(r.System) == 0 {
		r.System = nil
	}
	out, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		panic(err)
	}
	return string(out)
}

// drawConversation makes one that all three can say: pictures are the user's, thinking is left
// out, because chat completions cannot send it back.
func drawConversation(t *rapid.T) conversation.Request {
	text := rapid.Custom(func(t *rapid.T) conversation.Block {
		return conversation.Text{Text: rapid.StringMatching(`[a-zé😀"\\<&/ \n]{0,8}[a-z]`).Draw(t, "text")}
	})
	picture := rapid.Custom(func(t *rapid.T) conversation.Block {
		if rapid.Bool().Draw(t, "by address") {
			return conversation.Image{Source: conversation.Source{URL: "https://example.com/a.png"}}
		}
		return conversation.Image{Source: conversation.Source{Data: "iVBORw0KGgoA", MediaType: "image/png"}}
	})
	document := rapid.Custom(func(t *rapid.T) conversation.Block {
		return conversation.Document{Source: conversation.Source{Data: "JVBERi0xLjcK", MediaType: "application/pdf"}, Title: rapid.SampledFrom([]string{"a.pdf", "b c.pdf"}).Draw(t, "title")}
	})
	whole := rapid.OneOf(text, text, picture, document)
	r := conversation.Request{Model: "claude-opus-4", MaxTokens: rapid.IntRange(1, 9999).Draw(t, "max tokens")}
	for range rapid.IntRange(0, 2).Draw(t, "system texts") {
		r.System = append(r.System, text.Draw(t, "system").(conversation.Text).Text)
	}
	names := []string{"now", "get_weather", "a-b"}
	for _, name := range names[:rapid.IntRange(1, 3).Draw(t, "tools")] {
		r.Tools = append(r.Tools, conversation.Tool{
			Name: name, Description: rapid.SampledFrom([]string{"", "Does \"it\"."}).Draw(t, "description"),
			Schema: json.RawMessage(`{"type":"object","properties":{"city":{"type":"string"}}}`),
		})
	}
	r.ToolChoice = rapid.SampledFrom([]conversation.ToolChoice{
		{}, {Mode: conversation.NoTool}, {Mode: conversation.AnyTool}, {Mode: conversation.NamedTool, Name: "now"},
	}).Draw(t, "choice")
	if rapid.Bool().Draw(t, "one call") {
		r.OneToolCall = r.ToolChoice.Mode != conversation.NoTool
	}
	if rapid.Bool().Draw(t, "sampling") {
		half := 0.5
		r.Temperature, r.TopP = &half, &half
	}
	if rapid.Bool().Draw(t, "no thinking") {
		r.Thinking.Mode = conversation.DoNotThink
	}
	r.Turns = []conversation.Turn{{Role: conversation.User, Blocks: rapid.SliceOfN(whole, 1, 3).Draw(t, "user")}}
	call := 0
	for range rapid.IntRange(0, 3).Draw(t, "rounds") {
		said := conversation.Turn{Role: conversation.Assistant}
		if rapid.Bool().Draw(t, "speaks") {
			said.Blocks = append(said.Blocks, text.Draw(t, "answer"))
		}
		answer := conversation.Turn{Role: conversation.User}
		for range rapid.IntRange(0, 2).Draw(t, "calls") {
			call++
			id := fmt.Sprintf("toolu_%cx", 'a'+call)
			said.Blocks = append(said.Blocks, conversation.ToolUse{
				ID: id, Name: rapid.SampledFrom(names[:len(r.Tools)]).Draw(t, "tool"),
				Input: json.RawMessage(rapid.SampledFrom([]string{`{}`, `{"city":"Zürich \"\\"}`, `{"n":1.50,"b":[null,true]}`}).Draw(t, "input")),
			})
			answer.Blocks = append(answer.Blocks, conversation.ToolResult{ID: id, Blocks: rapid.SliceOfN(rapid.OneOf(text, picture), 1, 2).Draw(t, "result")})
		}
		if len(said.Blocks) == 0 {
			said.Blocks = append(said.Blocks, text.Draw(t, "answer"))
		}
		if len(answer.Blocks) == 0 || rapid.Bool().Draw(t, "goes on") {
			answer.Blocks = append(answer.Blocks, rapid.SliceOfN(whole, 1, 2).Draw(t, "user")...)
		}
		r.Turns = append(r.Turns, said, answer)
	}
	return r
}
