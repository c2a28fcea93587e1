package openai

import (
	"encoding/json"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/wire"
)

type usage struct {
	PromptTokens     int           `json:"prompt_tokens"`
	CompletionTokens int           `json:"completion_tokens"`
	TotalTokens      int           `json:"total_tokens"`
	PromptDetails    promptDetails `json:"prompt_tokens_details"`
	// There is no completion_tokens_details: upstream does not say how many of the
	// tokens were thinking, and 0 would be untrue.
}

type promptDetails struct {
	CachedTokens     int `json:"cached_tokens"`
	CacheWriteTokens int `json:"cache_write_tokens"`
}

// UsageOf gives the token counts as chat completions and legacy completions have them.
func UsageOf(u conversation.Usage) json.RawMessage {
	return wire.Marshal(usage{
		PromptTokens:     u.PromptTokens(),
		CompletionTokens: u.OutputTokens,
		TotalTokens:      u.PromptTokens() + u.OutputTokens,
		PromptDetails: promptDetails{
			CachedTokens:     u.CacheReadTokens,
			CacheWriteTokens: u.CacheCreationTokens,
		},
	})
}
