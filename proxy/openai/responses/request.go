package responses

import (
	"encoding/json"
	"iter"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
	"claude-max-api-proxy/proxy/openai/format"
	"claude-max-api-proxy/proxy/params"
)

// Request is a request for a response that has been read and found good.
type Request struct {
	// Model is the name as the client wrote it, to be said back to it.
	Model string
	// Stream asks for events instead of one body.
	Stream bool
	// Ignored names the parameters that were given but have no effect; see
	// [params.Members.Ignored].
	Ignored []string

	conversation conversation.Request
	format       *format.Format
	tools        toolbox
	said         echo

	store    *Store
	keep     bool // the response can be asked for by its id
	previous string
	input    said    // what this request adds to the conversation
	offers   []offer // the tools that are offered in the conversation
	pieces   []piece // what each of its items has added to that
	// told are the ids of items that the model is told, previous' included; true where the input refers
	// to the item.
	told map[string]bool
	// How many bytes previous and the references among the items bring in.
	past, referred int
	items          jsonbody.Value
	body           []byte // which items is a window on
}

// Enforce makes an answer keep to text.format; see [format.Format.Enforce].
func (r *Request) Enforce(events iter.Seq2[conversation.Event, error]) iter.Seq2[conversation.Event, error] {
	return r.format.Enforce(events)
}

// Conversation is the question in the neutral model: normalised, so roles
// alternate, no turn or text is empty and the last turn is the user's.
func (r *Request) Conversation() conversation.Request { return r.conversation }

// echo is what a response says back of its request.
type echo struct {
	instructions     *string
	metadata         json.RawMessage
	maxOutputTokens  *int
	parallel         bool
	reasoning        json.RawMessage
	temperature      float64
	topP             float64
	text             json.RawMessage
	toolChoice       json.RawMessage
	tools            []json.RawMessage
	promptCacheKey   *string
	safetyIdentifier *string
	user             *string
}

// Decode reads a request's body, and what it refers to among the remembered responses.
// The error is of kind [conversation.InvalidRequest], and names the field at fault by its
// path.
//
// Where a member stands twice, the last one counts. Members that are null count
// as absent.
func (s *Store) Decode(body []byte) (*Request, *conversation.Error) {
	root, err := jsonbody.Parse(body)
	if err != nil {
		return nil, err
	}
	members := table.Sort(root)
	r := &Request{store: s, body: body, told: map[string]bool{}}
	c := &r.conversation
	steps := []func() *conversation.Error{
		func() (err *conversation.Error) {
			r.Model, c.Model, err = params.Model(members.Get("model"))
			return err
		},
		func() *conversation.Error { return refuseForeign(members) },
		func() *conversation.Error { return r.readInput(root, members) },
		func() *conversation.Error { return r.readTools(members) },
		func() *conversation.Error { return r.readFlags(members) },
		func() *conversation.Error { return r.readLimits(members) },
		func() *conversation.Error { return r.readReasoning(members.Get("reasoning")) },
		func() *conversation.Error { return r.readText(members.Get("text")) },
		func() (err *conversation.Error) {
			ignored, err := members.Ignored()
			r.Ignored = params.Names(append(r.Ignored, ignored...))
			return err
		},
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	r.readEcho(root)
	r.items = members.Get("input")
	return r, nil
}

// refuseForeign refuses what would change the answer and is not to be had here.
func refuseForeign(members params.Members) *conversation.Error {
	for _, foreign := range []struct{ name, why, hint string }{
		{"background", "asks for an answer in the background, which is not kept going here without its request.", "Leave it out; with stream the answer comes as it is made."},
		{"conversation", "names a conversation that is stored at OpenAI.", "Use previous_response_id, or send the whole conversation as input."},
		{"prompt", "names a prompt that is stored at OpenAI.", "Send it as instructions or input."},
	} {
		v := members.Get(foreign.name)
		if v.IsNull() {
			continue
		}
		if on, err := v.Bool(); err == nil && !on && foreign.name == "background" {
			continue
		}
		err := v.Invalid(v.Path() + " " + foreign.why)
		err.Hint = foreign.hint
		return err
	}
	return nil
}

func (r *Request) readFlags(members params.Members) (err *conversation.Error) {
	if v := members.Get("stream"); !v.IsNull() {
		if r.Stream, err = v.Bool(); err != nil {
			return err
		}
	}
	r.keep = true
	if v := members.Get("store"); !v.IsNull() {
		if r.keep, err = v.Bool(); err != nil {
			return err
		}
	}
	if v := members.Get("truncation"); !v.IsNull() {
		switch word, err := v.Text(); {
		case err != nil || word != "auto" && word != "disabled":
			return v.WantWord("auto or disabled")
		case word == "auto":
			r.Ignored = append(r.Ignored, "truncation")
		}
	}
	return nil
}

func (r *Request) readLimits(members params.Members) (err *conversation.Error) {
	c := &r.conversation
	if v := members.Get("max_output_tokens"); !v.IsNull() {
		if c.MaxTokens, err = v.Most(); err != nil {
			return err
		}
		r.said.maxOutputTokens = &c.MaxTokens
	}
	if c.Temperature, err = params.Temperature(members.Get("temperature")); err != nil {
		return err
	}
	c.TopP, err = params.TopP(members.Get("top_p"))
	return err
}

// readReasoning reads how much to think. A summary of it always comes along.
func (r *Request) readReasoning(v jsonbody.Value) *conversation.Error {
	if v.IsNull() {
		return nil
	}
	if v.Type() != jsonbody.Object {
		return v.Want("an object")
	}
	return params.ReadEffort(&r.conversation, v.Pick("effort").Get("effort"))
}

// readText reads what the answer is to look like. Where upstream cannot see to it, the
// model is asked to, after everything else that the system prompt says.
func (r *Request) readText(v jsonbody.Value) (err *conversation.Error) {
	if v.IsNull() {
		return nil
	}
	if v.Type() != jsonbody.Object {
		return v.Want("an object")
	}
	members := v.Pick("format", "verbosity")
	if verbosity := members.Get("verbosity"); !verbosity.IsNull() {
		word, err := verbosity.Text()
		if err != nil {
			return err
		}
		if word != "medium" {
			r.Ignored = append(r.Ignored, "text.verbosity")
		}
	}
	if r.format, err = format.ReadFlat(members.Get("format")); r.format == nil {
		return err
	}
	r.conversation.Schema = r.format.Schema
	if r.format.Instruction != "" {
		r.conversation.System = append(r.conversation.System, r.format.Instruction)
	}
	return nil
}
