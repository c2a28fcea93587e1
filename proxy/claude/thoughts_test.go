package claude

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"claude-max-api-proxy/proxy/conversation"
)

func thinking(text string) []conversation.Block {
	return []conversation.Block{conversation.Thinking{Text: text, Signature: "s"}}
}

func use(id string) conversation.Block { return conversation.ToolUse{ID: id, Name: "f"} }

func TestThinkingIsFoundByAnyOfItsCalls(t *testing.T) {
	var th thoughts
	th.remember([]string{"toolu_1", "toolu_2"}, thinking("Hm."))
	th.remember([]string{"toolu_3"}, nil)
	th.remember(nil, thinking("for nothing"))
	for _, id := range []string{"toolu_1", "toolu2"} {
		assert.Equal(t, append(thinking("Hm."), use(id)), th.with([]conversation.Block{use(id)}))
	}
	for _, id := range []string{"toolu_3", "call_1", ""} {
		assert.Equal(t, []conversation.Block{use(id)}, th.with([]conversation.Block{use(id)}))
	}
	only := []conversation.Block{conversation.Text{Text: "Hi"}}
	assert.Equal(t, only, th.with(only))
}

func TestThinkingIsForgottenWhenItBecomesTooMuch(t *testing.T) {
	var th thoughts
	for i := range 40 {
		th.remember([]string{strconv.Itoa(i)}, thinking(strings.Repeat("x", 1<<20)))
		th.with([]conversation.Block{use("0")}) // used again and again
	}
	assert.LessOrEqual(t, th.bytes, mostThoughts)
	assert.Len(t, th.of, th.order.Len())
	assert.Len(t, th.with([]conversation.Block{use("0")}), 2)
	assert.Len(t, th.with([]conversation.Block{use("39")}), 2)
	assert.Len(t, th.with([]conversation.Block{use("2")}), 1)
}
