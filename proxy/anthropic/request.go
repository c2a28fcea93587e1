package anthropic

import (
	"strings"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
	"claude-max-api-proxy/proxy/params"
)

// Request is a request for a message that has been read and found good.
type Request struct {
	// Model is the name as the client wrote it, to be said back to it.
	Model string
	// Stream asks for events instead of one message.
	Stream bool
	// Ignored names what was given but has no effect, or not the one that was asked for:
	// parameters, as "top_k", and members of them, as "thinking.budget_tokens". It is fit to
	// stand in a header; see [params.Names].
	Ignored []string

	conversation conversation.Request
	ignored      []string // besides members of the body
}

// Conversation is the question in the neutral model: normalised, so roles alternate, no
// turn or text is empty and the last turn is the user's.
func (r *Request) Conversation() conversation.Request { return r.conversation }

// Decode reads the body of a request for a message. The error is always of kind
// [conversation.InvalidRequest] and names the field at fault by its path; where several
// are, the first in the order model, thread, system, messages, parameters.
//
// Where a member stands twice, the last one counts. Parameters that are null count as
// absent.
func Decode(body []byte) (*Request, *conversation.Error) { return decode(body, true) }

// DecodeCount reads the body of a request to count tokens, which is the same but for
// max_tokens: it may be missing.
func DecodeCount(body []byte) (*Request, *conversation.Error) { return decode(body, false) }

func decode(body []byte, limited bool) (*Request, *conversation.Error) {
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
		// Before the messages, which may answer what only a thread would have.
		func() *conversation.Error { return refuseThread(members.Get(threadParam)) },
		func() *conversation.Error {
			if system := members.Get("system"); !system.IsNull() {
				return r.readSystem(system)
			}
			return nil
		},
		func() *conversation.Error { return r.readMessages(members.Get("messages")) },
		func() *conversation.Error { return r.readTools(members.Get("tools"), members.Get("tool_choice")) },
		func() (err *conversation.Error) {
			limit := members.Get("max_tokens")
			if limited || !limit.IsNull() {
				c.MaxTokens, err = limit.Most()
			}
			return err
		},
		func() (err *conversation.Error) {
			if stream := members.Get("stream"); !stream.IsNull() {
				r.Stream, err = stream.Bool()
			}
			return err
		},
		func() (err *conversation.Error) {
			// Its scale ends where that of top_p does, and 1 is what models do anyway.
			c.Temperature, err = params.TopP(members.Get("temperature"))
			return err
		},
		func() (err *conversation.Error) {
			c.TopP, err = params.TopP(members.Get("top_p"))
			return err
		},
		func() (err *conversation.Error) {
			c.Stop, err = readStops(members.Get("stop_sequences"))
			return err
		},
		func() *conversation.Error {
			return r.readOutput(members.Get("output_config"), members.Get("output_format"))
		},
		func() *conversation.Error { return r.readThinking(members.Get("thinking")) },
		func() *conversation.Error {
			names, err := members.Ignored()
			r.Ignored = params.Names(append(names, r.ignored...))
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

// ignore notes what has no effect.
func (r *Request) ignore(name string) { r.ignored = append(r.ignored, name) }

// readStops reads the texts that end the answer.
func readStops(v jsonbody.Value) (stops []string, err *conversation.Error) {
	if v.IsNull() {
		return nil, nil
	}
	if v.Type() != jsonbody.Array {
		return nil, v.Want("an array of strings")
	}
	for _, element := range v.Elements() {
		text, err := element.Text()
		if err != nil {
			return nil, err
		}
		if strings.TrimSpace(text) == "" {
			return nil, element.Invalid(element.Path() + " is empty or white space alone, and models do not stop at that.")
		}
		stops = append(stops, text)
	}
	return stops, nil
}
