package claude

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/streamjson"
	"claude-max-api-proxy/proxy/conversation"
)

// Tools that are lost may be as many as a request has; who reads the error wants to know which kind
// they are.
func TestToolsThatAreLostAreNamedAsFarAsTheyCanBeRead(t *testing.T) {
	many := 200_000
	if testing.Short() {
		many = 10_000
	}
	var offered []conversation.Tool
	var there []string
	for i := range many {
		offered = append(offered, conversation.Tool{Name: fmt.Sprintf("lost%d", i)}, conversation.Tool{Name: fmt.Sprintf("f%d", i)})
		there = append(there, fmt.Sprintf("f%d", i))
	}
	offered, there = append(offered, conversation.Tool{Name: "Agent"}), append(there, "Task")
	_, verdict, err := (&answer{offered: offered}).step(streamjson.Init{Tools: there})
	assert.Equal(t, cut, verdict)
	require.NotNil(t, err)
	assert.Equal(t, fmt.Sprintf("The Claude Code CLI did not take these tools, so the model was not asked: "+
		"lost0, lost1, lost2, lost3, lost4, lost5, lost6, lost7, lost8, lost9 and %d more.", many-10), err.Message)

	assert.Nil(t, (&answer{offered: offered}).lostTools(nil), "a CLI that has no list leaves it open")
	assert.Contains(t, toolsLost([]string{"a", "b"}).Message, "not asked: a, b.")
}
