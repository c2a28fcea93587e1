package responses

import (
	"encoding/json"

	"claude-max-api-proxy/proxy/conversation"
)

// The wire types hold what is sent and nothing else: a field that is null here is one that
// OpenAI's schema, or that of https://www.openresponses.org, requires.

type response struct {
	ID                 string             `json:"id"`
	Object             string             `json:"object"`
	CreatedAt          int64              `json:"created_at"`
	Status             string             `json:"status"`
	CompletedAt        *int64             `json:"completed_at"`
	Background         bool               `json:"background"`
	Error              *responseError     `json:"error"`
	IncompleteDetails  *incompleteDetails `json:"incomplete_details"`
	Instructions       *string            `json:"instructions"`
	MaxOutputTokens    *int               `json:"max_output_tokens"`
	MaxToolCalls       *int               `json:"max_tool_calls"`
	Model              string             `json:"model"`
	Output             []any              `json:"output"`
	ParallelToolCalls  bool               `json:"parallel_tool_calls"`
	PreviousResponseID *string            `json:"previous_response_id"`
	PromptCacheKey     *string            `json:"prompt_cache_key"`
	Reasoning          json.RawMessage    `json:"reasoning"`
	SafetyIdentifier   *string            `json:"safety_identifier"`
	ServiceTier        string             `json:"service_tier"`
	Store              bool               `json:"store"`
	Temperature        float64            `json:"temperature"`
	Text               json.RawMessage    `json:"text"`
	ToolChoice         json.RawMessage    `json:"tool_choice"`
	Tools              []json.RawMessage  `json:"tools"`
	TopLogprobs        int                `json:"top_logprobs"`
	TopP               float64            `json:"top_p"`
	PresencePenalty    float64            `json:"presence_penalty"`
	FrequencyPenalty   float64            `json:"frequency_penalty"`
	Truncation         string             `json:"truncation"`
	Usage              *usage             `json:"usage,omitempty"`
	User               *string            `json:"user,omitempty"`
	Metadata           json.RawMessage    `json:"metadata"`
}

// The values of a response's and an item's status.
const (
	inProgress = "in_progress"
	completed  = "completed"
	incomplete = "incomplete"
	failed     = "failed"
	cancelled  = "cancelled"
)

type responseError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

type incompleteDetails struct {
	Reason string `json:"reason"`
}

type usage struct {
	InputTokens   int           `json:"input_tokens"`
	InputDetails  inputDetails  `json:"input_tokens_details"`
	OutputTokens  int           `json:"output_tokens"`
	OutputDetails outputDetails `json:"output_tokens_details"`
	TotalTokens   int           `json:"total_tokens"`
}

type inputDetails struct {
	CachedTokens     int `json:"cached_tokens"`
	CacheWriteTokens int `json:"cache_write_tokens"`
}

// outputDetails are required by the schema. Upstream does not say how many of the tokens
// were thinking, so it is always 0.
type outputDetails struct {
	ReasoningTokens int `json:"reasoning_tokens"`
}

func usageOf(u conversation.Usage) *usage {
	return &usage{
		InputTokens:  u.PromptTokens(),
		InputDetails: inputDetails{u.CacheReadTokens, u.CacheCreationTokens},
		OutputTokens: u.OutputTokens,
		TotalTokens:  u.PromptTokens() + u.OutputTokens,
	}
}

// The items of an output.

type messageItem struct {
	ID      string     `json:"id"`
	Type    string     `json:"type"` // "message"
	Role    string     `json:"role"`
	Status  string     `json:"status"`
	Content []textPart `json:"content"`
}

type textPart struct {
	Type        string     `json:"type"` // "output_text"
	Text        string     `json:"text"`
	Annotations []struct{} `json:"annotations"`
	Logprobs    []struct{} `json:"logprobs"`
}

func newTextPart(text string) textPart {
	return textPart{"output_text", text, []struct{}{}, []struct{}{}}
}

type reasoningItem struct {
	ID               string        `json:"id"`
	Type             string        `json:"type"` // "reasoning"
	Summary          []summaryPart `json:"summary"`
	EncryptedContent *string       `json:"encrypted_content"`
}

type summaryPart struct {
	Type string `json:"type"` // "summary_text"
	Text string `json:"text"`
}

type functionCallItem struct {
	ID        string `json:"id"`
	Type      string `json:"type"` // "function_call"
	CallID    string `json:"call_id"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
	Status    string `json:"status"`
}

type customCallItem struct {
	ID        string `json:"id"`
	Type      string `json:"type"` // "custom_tool_call"
	CallID    string `json:"call_id"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	Input     string `json:"input"`
	Status    string `json:"status"`
}

// The events of a stream. Their type is also the name of the server-sent event.

type head struct {
	Type     string `json:"type"`
	Sequence int    `json:"sequence_number"`
}

type responseEvent struct {
	head
	Response response `json:"response"`
}

type itemEvent struct {
	head
	OutputIndex int `json:"output_index"`
	Item        any `json:"item"`
}

// place says which item an event is about.
type place struct {
	ItemID      string `json:"item_id"`
	OutputIndex int    `json:"output_index"`
}

type contentPartEvent struct {
	head
	place
	ContentIndex int      `json:"content_index"`
	Part         textPart `json:"part"`
}

type textDeltaEvent struct {
	head
	place
	ContentIndex int        `json:"content_index"`
	Delta        string     `json:"delta"`
	Logprobs     []struct{} `json:"logprobs"`
}

type textDoneEvent struct {
	head
	place
	ContentIndex int        `json:"content_index"`
	Text         string     `json:"text"`
	Logprobs     []struct{} `json:"logprobs"`
}

type summaryPartEvent struct {
	head
	place
	SummaryIndex int         `json:"summary_index"`
	Part         summaryPart `json:"part"`
}

type summaryDeltaEvent struct {
	head
	place
	SummaryIndex int    `json:"summary_index"`
	Delta        string `json:"delta"`
}

type summaryDoneEvent struct {
	head
	place
	SummaryIndex int    `json:"summary_index"`
	Text         string `json:"text"`
}

type callDeltaEvent struct {
	head
	place
	Delta string `json:"delta"`
}

type argumentsDoneEvent struct {
	head
	place
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
}

type inputDoneEvent struct {
	head
	place
	Input string `json:"input"`
}

type errorEvent struct {
	head
	Code    *string `json:"code"`
	Message string  `json:"message"`
	Param   *string `json:"param"`
}
