package offline

import "strings"

// Usage counts the tokens of one answer as the Messages API reports them. What
// the model read in all is the sum of the first three.
type Usage struct {
	Input         int `json:"input_tokens"` // neither read from nor written to the cache
	CacheCreation int `json:"cache_creation_input_tokens"`
	CacheRead     int `json:"cache_read_input_tokens"`
	Output        int `json:"output_tokens"`
}

// mediaTokens is what an image costs, about:
// https://docs.anthropic.com/en/docs/build-with-claude/vision#image-costs.
const mediaTokens = 1500

// inputTokens guesses the prompt's size: four bytes a token, and a fixed price
// for each image or document, whose base64 is no text.
func (r *Request) inputTokens() int {
	media := r.media()
	size := len(r.Body)
	for _, m := range media {
		size -= len(m.Data)
	}
	return max(1, size/4+len(media)*mediaTokens)
}

// outputTokens guesses a token for each word, so that a limit of N tokens reads
// as N words.
func outputTokens(text string) int {
	return len(strings.Fields(text))
}
