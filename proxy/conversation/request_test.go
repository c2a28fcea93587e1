package conversation

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBlocksAreTheMessagesAPIsContentBlocks(t *testing.T) {
	tests := map[string]Block{
		`{"type":"text","text":"a"}`: Text{"a"},
		`{"type":"image","source":{"type":"base64","media_type":"image/png","data":"aGk="}}`: Image{Source{Data: "aGk=", MediaType: "image/png"}},
		`{"type":"image","source":{"type":"url","url":"https://example.com/a.png"}}`:         Image{Source{URL: "https://example.com/a.png"}},
		`{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"aGk="},"title":"a.pdf","context":"Draft"}`: Document{
			Source{Data: "aGk=", MediaType: "application/pdf"}, "a.pdf", "Draft",
		},
	}
	for want, block := range tests {
		got, err := json.Marshal(block)
		require.NoError(t, err)
		assert.JSONEq(t, want, string(got))
	}
}

func TestPlainTextIsTheTextsInOrder(t *testing.T) {
	picture := Image{Source{URL: "https://example.com/a.png"}}
	assert.Equal(t, "ab", Turn{User, []Block{Text{"a"}, picture, Text{"b"}}}.PlainText())
	assert.Equal(t, "a", Turn{User, []Block{Text{"a"}}}.PlainText())
	assert.Empty(t, Turn{User, []Block{picture}}.PlainText())
}

func TestPromptTokensCountTheCache(t *testing.T) {
	assert.Equal(t, 60, Usage{InputTokens: 10, CacheCreationTokens: 20, CacheReadTokens: 30, OutputTokens: 5}.PromptTokens())
}

func TestAnErrorReadsAsOneLine(t *testing.T) {
	assert.Equal(t, "It broke. Mend it.", (&Error{Message: "It broke.", Hint: "Mend it."}).Error())
	assert.Equal(t, "It broke.", (&Error{Message: "It broke."}).Error())
}

func TestAsErrorKeepsAKnownErrorAndNamesAnUnknownOne(t *testing.T) {
	known := Invalid("n", "n must be 1.")
	assert.Same(t, known, AsError(fmt.Errorf("wrapped: %w", known)))
	assert.Equal(t, Internal, AsError(errors.New("boom")).Kind)
	assert.Nil(t, AsError(nil))
}
