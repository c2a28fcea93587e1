package completions

import (
	"strings"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
	"claude-max-api-proxy/proxy/openai"
	"claude-max-api-proxy/proxy/params"
)

// Names are what legacy completions call their parameters.
var Names = openai.Names{Prompt: "prompt", Stop: "stop"}

var table = params.Table{
	Read: map[string]bool{
		"model": true, "prompt": true, "stream": true, "stream_options": true, "max_tokens": true,
		"temperature": true, "top_p": true, "stop": true, "n": true, "best_of": true, "echo": true, "suffix": true,
	},
	Bookkeeping: map[string]bool{"user": true},
	Ineffective: map[string]params.Check{
		"presence_penalty":  params.NumberLike(0),
		"frequency_penalty": params.NumberLike(0),
		"seed":              params.WholeNumber,
		"logprobs":          params.WholeNumber,
		"logit_bias":        params.EmptyOf("an object", jsonbody.Object),
	},
}

// Request is a completion request that has been read and found good.
type Request struct {
	// Model is the name as the client wrote it, to be said back to it.
	Model string
	// Stream asks for chunks instead of one body.
	Stream bool
	// IncludeUsage asks for a last chunk with the token counts.
	IncludeUsage bool
	// Ignored names the parameters that were given but have no effect; see
	// [params.Members.Ignored].
	Ignored []string

	conversation conversation.Request
	echo         string // the prompt, where the answer is to begin with it
}

// Conversation is the question in the neutral model.
func (r *Request) Conversation() conversation.Request { return r.conversation }

// Decode reads a request's body. The error is always of kind
// [conversation.InvalidRequest] and names the field at fault by its path.
func Decode(body []byte) (*Request, *conversation.Error) {
	root, err := jsonbody.Parse(body)
	if err != nil {
		return nil, err
	}
	members := table.Sort(root)
	r := &Request{}
	c := &r.conversation
	steps := []func() *conversation.Error{
		func() (err *conversation.Error) {
			r.Model, c.Model, err = params.Model(members.Get("model"))
			return err
		},
		func() *conversation.Error { return r.readPrompt(members) },
		func() (err *conversation.Error) {
			r.Stream, r.IncludeUsage, err = params.Stream(members)
			return err
		},
		func() (err *conversation.Error) {
			if v := members.Get("max_tokens"); !v.IsNull() {
				c.MaxTokens, err = v.Most()
			}
			return err
		},
		func() (err *conversation.Error) {
			c.Temperature, err = params.Temperature(members.Get("temperature"))
			return err
		},
		func() (err *conversation.Error) {
			c.TopP, err = params.TopP(members.Get("top_p"))
			return err
		},
		func() (err *conversation.Error) {
			c.Stop, err = params.Stop(members.Get("stop"))
			return err
		},
		func() *conversation.Error { return params.One(members, "n") },
		func() *conversation.Error { return params.One(members, "best_of") },
		func() (err *conversation.Error) {
			r.Ignored, err = members.Ignored()
			return err
		},
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// readPrompt reads the one text that is asked about.
func (r *Request) readPrompt(members params.Members) *conversation.Error {
	v := members.Get("prompt")
	const what = "a text"
	text := v
	if v.Type() == jsonbody.Array {
		for i, element := range v.Elements() {
			if i > 0 || element.Type() != jsonbody.String {
				err := v.Invalid("prompt must be one text: several of them, and tokens, cannot be answered.")
				err.Hint = "Send a request for each text."
				return err
			}
			text = element
		}
	}
	prompt, err := text.Text()
	if err != nil {
		return v.Want(what)
	}
	if strings.TrimSpace(prompt) == "" {
		return v.Invalid("prompt is empty; send a text that is not.")
	}
	if suffix := members.Get("suffix"); !suffix.IsNull() {
		if s, err := suffix.Text(); err != nil || s != "" {
			err := suffix.Invalid("suffix cannot be honoured: Claude does not fill a gap between two texts.")
			err.Hint = "Leave it out, or ask for the text between the two in chat completions."
			return err
		}
	}
	if v := members.Get("echo"); !v.IsNull() {
		echo, err := v.Bool()
		if err != nil {
			return err
		}
		if echo {
			r.echo = prompt
		}
	}
	r.conversation.Turns = []conversation.Turn{{Role: conversation.User, Blocks: []conversation.Block{conversation.Text{Text: prompt}}}}
	return nil
}
