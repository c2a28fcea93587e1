package conversation

// Event is one step of an answer. The order is: any number of [Ignored] and [Flattened],
// one [Started], any number of [TextDelta], [ThinkingDelta] and [ToolCall], the last two each
// with its [Thought] or its [ToolArguments] right behind it, one [Done]. A sequence that ends without Done
// ends with an error.
type Event interface{ event() }

// Ignored says that the model cannot do what a parameter asks for, or only
// something near it. It comes before anything is asked upstream.
type Ignored struct{ Param string }

// Flattened says that the model gets the conversation as one text that tells who has
// said what, because the backend at hand cannot give it in another form. It comes before
// anything is asked upstream.
type Flattened struct{}

// Started says that upstream has begun to answer, and which model does.
type Started struct {
	// Model is the resolved id, for instance "claude-opus-4-8".
	Model string
	// Usage is what upstream has counted by then: what it has read, and next to nothing
	// of what it will write. [Done] has the counts that hold.
	Usage Usage
}

// TextDelta is a piece of the answer, as upstream cut it; never empty.
type TextDelta struct{ Text string }

// ThinkingDelta is a piece of the model's reasoning; never empty.
type ThinkingDelta struct{ Text string }

// Thought ends a block of the model's reasoning, whose text has come as [ThinkingDelta].
// Nothing is said by it; it is for clients that send the block back.
type Thought struct {
	// Block is a [Thinking], which has a signature and may have no text, or a
	// [RedactedThinking].
	Block Block
}

// ToolCall begins a call of one of the request's tools.
type ToolCall struct{ ID, Name string }

// ToolArguments is a piece of the JSON text of the arguments of the call that was begun
// last; never empty. The pieces together are an object; no pieces at all stand
// for an empty one.
type ToolArguments struct{ JSON string }

// Done ends a complete answer.
type Done struct {
	Reason StopReason
	Usage  Usage
	// StopSequence is the one of [Request.Stop] that ended the answer; "" where none did,
	// or nobody knows which.
	StopSequence string
}

// StopReason says why the model stopped, in the Messages API's words.
type StopReason string

// The stop reasons that a codec has to tell apart.
const (
	EndTurn      StopReason = "end_turn"
	MaxTokens    StopReason = "max_tokens"
	StopSequence StopReason = "stop_sequence"
	Refusal      StopReason = "refusal"
	ToolCalls    StopReason = "tool_use"
)

// Usage counts tokens of one answer.
type Usage struct {
	InputTokens         int // not read from or written to the cache
	CacheCreationTokens int
	CacheReadTokens     int
	OutputTokens        int
}

// PromptTokens is everything the model read: the sum that OpenAI's
// prompt_tokens stands for.
func (u Usage) PromptTokens() int {
	return u.InputTokens + u.CacheCreationTokens + u.CacheReadTokens
}

func (Ignored) event()       {}
func (Flattened) event()     {}
func (Started) event()       {}
func (TextDelta) event()     {}
func (ThinkingDelta) event() {}
func (Thought) event()       {}
func (ToolCall) event()      {}
func (ToolArguments) event() {}
func (Done) event()          {}
