package chat

import (
	"iter"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
	"claude-max-api-proxy/proxy/openai/format"
	"claude-max-api-proxy/proxy/params"
)

// Request is a chat completion request that has been read and found good.
type Request struct {
	// Model is the name as the client wrote it, to be said back to it.
	Model string
	// Stream asks for chunks instead of one body.
	Stream bool
	// IncludeUsage asks for a last chunk with the token counts. It says nothing
	// about a body, which always has them.
	IncludeUsage bool
	// Ignored names the parameters that were given but have no effect: sorted, each
	// once, a bounded number of short names made of letters, digits, '_', '-' and
	// '.', so that they can stand in a header.
	Ignored []string

	// legacy says that functions came instead of tools: a call is answered as
	// function_call.
	legacy bool

	conversation conversation.Request
	format       *format.Format
}

// Enforce makes an answer keep to response_format; see [format.Format.Enforce].
func (r *Request) Enforce(events iter.Seq2[conversation.Event, error]) iter.Seq2[conversation.Event, error] {
	return r.format.Enforce(events)
}

// Conversation is the question in the neutral model: normalised, so roles
// alternate, no turn or text is empty and the last turn is the user's.
func (r *Request) Conversation() conversation.Request { return r.conversation }

// Decode reads a request's body. The error is always of kind
// [conversation.InvalidRequest] and names the field at fault by its path; where
// several are, the first in the order model, messages, parameters.
//
// Where a member stands twice, the last one counts. Members that are null count
// as absent.
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
		func() *conversation.Error { return r.readMessages(members.Get("messages")) },
		func() *conversation.Error { return r.readTools(members) },
		func() (err *conversation.Error) {
			r.Stream, r.IncludeUsage, err = params.Stream(members)
			return err
		},
		func() *conversation.Error { return r.readLimits(members) },
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
		func() *conversation.Error { return params.ReadEffort(c, members.Get("reasoning_effort")) },
		func() *conversation.Error { return r.readFormat(members.Get("response_format")) },
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

// readLimits reads how much is asked for: the answer's length and their number.
func (r *Request) readLimits(members params.Members) (err *conversation.Error) {
	// max_completion_tokens is the newer name, so it comes last and wins. What is more
	// than the model can write becomes the model's own limit on the way, since only
	// the CLI knows that.
	for _, name := range []string{"max_tokens", "max_completion_tokens"} {
		v := members.Get(name)
		if v.IsNull() {
			continue
		}
		if r.conversation.MaxTokens, err = v.Most(); err != nil {
			return err
		}
	}
	return params.One(members, "n")
}

// readFormat reads what the answer is to look like. Where upstream cannot see to it, the
// model is asked to, after everything else that the system prompt says.
func (r *Request) readFormat(v jsonbody.Value) (err *conversation.Error) {
	if r.format, err = format.Read(v); r.format == nil {
		return err
	}
	r.conversation.Schema = r.format.Schema
	if r.format.Instruction != "" {
		r.conversation.System = append(r.conversation.System, r.format.Instruction)
	}
	return nil
}
