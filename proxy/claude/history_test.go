package claude

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"claude-max-api-proxy/proxy/conversation"
)

func TestWithoutCommand(t *testing.T) {
	text := func(s string) conversation.Block { return conversation.Text{Text: s} }
	image := conversation.Image{Source: conversation.Source{URL: "https://example.com/a.png"}}
	list := func(b ...conversation.Block) []conversation.Block { return b }
	for _, tt := range []struct{ in, want []conversation.Block }{
		{list(text("/help")), list(text(" /help"))},
		{list(text("/")), list(text(" /"))},
		{list(text("hello")), list(text("hello"))},
		{list(text(" /help")), list(text(" /help"))},
		{list(text("/a"), text("b")), list(text("/a"), text("b"))}, // only the last text counts
		{list(text("a"), text("/b")), list(text("a"), text(" /b"))},
		{list(text("/a"), image), list(text(" /a"), image)},
		{list(image), list(image)},
		{nil, nil},
	} {
		before := append([]conversation.Block(nil), tt.in...)
		assert.Equal(t, tt.want, withoutCommand(tt.in))
		assert.Equal(t, before, tt.in, "the request is shared and stays as it is")
	}
}
