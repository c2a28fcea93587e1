package chat

import (
	"iter"
	"slices"
	"strings"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai"
	"claude-max-api-proxy/proxy/openai/format"
	"claude-max-api-proxy/proxy/openai/jsonbody"
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
	members, unknown := split(root)
	r := &Request{}
	steps := []func() *conversation.Error{
		func() *conversation.Error { return r.readModel(root, members) },
		func() *conversation.Error { return r.readMessages(root, members) },
		func() *conversation.Error { return r.readTools(members) },
		func() *conversation.Error { return r.readStream(members) },
		func() *conversation.Error { return r.readLimits(members) },
		func() *conversation.Error { return r.readSampling(members) },
		func() *conversation.Error { return r.readStop(members["stop"]) },
		func() *conversation.Error { return r.readEffort(members["reasoning_effort"]) },
		func() *conversation.Error { return r.readFormat(members["response_format"]) },
		func() *conversation.Error { return r.readIgnored(members, unknown) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// split tells the members that have a meaning here from the others, of which
// only a few names are kept.
func split(root jsonbody.Value) (known map[string]jsonbody.Value, unknown []string) {
	known = map[string]jsonbody.Value{}
	for name, v := range root.Members() {
		_, isIneffective := ineffective[name]
		switch {
		case effective[name], isIneffective:
			known[name] = v
		case bookkeeping[name], v.IsNull(), len(unknown) == mostUnknown:
		default:
			unknown = append(unknown, name)
		}
	}
	return known, unknown
}

// effective are the members that Decode reads.
var effective = map[string]bool{
	"model": true, "messages": true, "stream": true, "stream_options": true,
	"max_tokens": true, "max_completion_tokens": true, "n": true,
	"tools": true, "tool_choice": true, "parallel_tool_calls": true,
	"functions": true, "function_call": true,
	"temperature": true, "top_p": true, "stop": true, "reasoning_effort": true,
	"response_format": true,
}

func (r *Request) readModel(root jsonbody.Value, members map[string]jsonbody.Value) *conversation.Error {
	const what = "the name of a model, for instance claude-opus-4"
	model, ok := members["model"]
	if !ok {
		return root.At("model").Want(what)
	}
	name, err := model.Text()
	if err != nil {
		return model.Want(what)
	}
	name = strings.TrimSpace(name)
	stripped := openai.StripPrefix(name)
	const longest = 256
	if stripped == "" || len(name) > longest || strings.ContainsFunc(name, isControl) {
		return model.Invalid("model must be " + what + "; what was sent is empty, too long or has control characters.")
	}
	r.Model = name
	r.conversation.Model = stripped
	return nil
}

func isControl(c rune) bool { return c < ' ' || c == 0x7f }

func (r *Request) readStream(members map[string]jsonbody.Value) (err *conversation.Error) {
	if stream := members["stream"]; !stream.IsNull() {
		if r.Stream, err = stream.Bool(); err != nil {
			return err
		}
	}
	options := members["stream_options"]
	if options.IsNull() {
		return nil
	}
	// OpenAI refuses stream_options without stream. There is nothing to lose by
	// being kinder: some clients send both, with stream switched off.
	if options.Type() != jsonbody.Object {
		return options.Want("an object")
	}
	for name, v := range options.Members() {
		if name != "include_usage" || v.IsNull() {
			continue
		}
		if r.IncludeUsage, err = v.Bool(); err != nil {
			return err
		}
	}
	return nil
}

// readLimits reads how much is asked for: the answer's length and their number.
func (r *Request) readLimits(members map[string]jsonbody.Value) (err *conversation.Error) {
	// max_completion_tokens is the newer name, so it comes last and wins. What is more
	// than the model can write becomes the model's own limit on the way, since only
	// the CLI knows that.
	for _, name := range []string{"max_tokens", "max_completion_tokens"} {
		v := members[name]
		if v.IsNull() {
			continue
		}
		if r.conversation.MaxTokens, err = v.Most(); err != nil {
			return err
		}
	}
	if n := members["n"]; !n.IsNull() {
		if _, err := n.Int(1, 1); err != nil {
			err.Hint = "Only one answer at a time can be given; send several requests for several."
			return err
		}
	}
	return nil
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

func (r *Request) readIgnored(members map[string]jsonbody.Value, unknown []string) *conversation.Error {
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names) // so that of several mistakes always the same one is told
	for _, name := range names {
		check, v := ineffective[name], members[name]
		if check == nil || v.IsNull() {
			continue
		}
		noop, err := check(v)
		if err != nil {
			return err
		}
		if !noop {
			r.Ignored = append(r.Ignored, name)
		}
	}
	for _, name := range unknown {
		if name = headerSafe(name); name != "" {
			r.Ignored = append(r.Ignored, name)
		}
	}
	slices.Sort(r.Ignored)
	r.Ignored = slices.Compact(r.Ignored)
	return nil
}
