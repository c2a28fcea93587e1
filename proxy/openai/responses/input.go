package responses

import (
	"fmt"
	"slices"
	"strings"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
	"claude-max-api-proxy/proxy/params"
)

// said is a part of a conversation: system texts, turns that are not yet normalised, and the
// tools that are offered in the midst of it.
type said struct {
	system []string
	turns  []conversation.Turn
	tools  []offer
}

// join adds what another part has.
func (s *said) join(t said) {
	s.system = append(s.system, t.system...)
	s.turns = append(s.turns, t.turns...)
	s.tools = append(s.tools, t.tools...)
}

// since is what was added to what was there before.
func (s *said) since(before said) said {
	return said{
		slices.Clip(s.system[len(before.system):]), slices.Clip(s.turns[len(before.turns):]), slices.Clip(s.tools[len(before.tools):]),
	}
}

func (s *said) add(role conversation.Role, blocks ...conversation.Block) {
	if len(blocks) > 0 {
		s.turns = append(s.turns, conversation.Turn{Role: role, Blocks: blocks})
	}
}

func (r *Request) readInput(root jsonbody.Value, members params.Members) *conversation.Error {
	input := members.Get("input")
	if input.IsNull() {
		for name := range root.Members() {
			if name == "messages" {
				err := input.Want("a text or an array of items")
				err.Hint = "messages belong to POST /v1/chat/completions."
				return err
			}
		}
	}
	past, err := r.readPrevious(members.Get("previous_response_id"))
	if err != nil {
		return err
	}
	if err := r.readItems(input); err != nil {
		return err
	}
	if v := members.Get("instructions"); !v.IsNull() {
		text, err := v.Text()
		if err != nil {
			return err
		}
		r.said.instructions = &text
		r.conversation.System = appendText(nil, text)
	}
	r.conversation.System = append(r.conversation.System, past.system...)
	r.conversation.System = append(r.conversation.System, r.input.system...)
	r.offers = slices.Concat(past.tools, r.input.tools)
	turns := conversation.Normalize(append(past.turns[:len(past.turns):len(past.turns)], r.input.turns...))
	if brokenOff(turns) {
		turns = append(turns, conversation.Turn{Role: conversation.User, Blocks: []conversation.Block{conversation.Text{Text: goOn}}})
	}
	switch {
	case len(turns) == 0:
		err := input.Invalid("input holds nothing from the user: only system texts or empty messages were sent.")
		err.Hint = "Add a user message that is not empty."
		return err
	case turns[len(turns)-1].Role != conversation.User:
		err := input.Invalid("input ends with what the model has said, and has nothing that it could answer.")
		err.Hint = "End with a user message that is not empty, or with the outputs of the calls."
		return err
	}
	paired, orphan := conversation.Pair(turns)
	if orphan != nil {
		return misplaced(input, orphan.ID, turns)
	}
	r.conversation.Turns = paired
	return nil
}

// misplaced is the error for an output that none of the calls right before it has room for.
func misplaced(input jsonbody.Value, id string, turns []conversation.Turn) *conversation.Error {
	for _, turn := range turns {
		for _, block := range turn.Blocks {
			if call, ok := block.(conversation.ToolUse); ok && call.ID == id {
				err := input.Invalid(fmt.Sprintf("input has an output for the call %q in a wrong place: before the call, behind something else that the model has said, or behind another output for it.", jsonbody.Shorten(id)))
				err.Hint = "Send one output for each call, those of all calls that belong together before the next answer."
				return err
			}
		}
	}
	err := input.Invalid(fmt.Sprintf("input has an output for the call %q, but not that call.", jsonbody.Shorten(id)))
	err.Hint = "Send the function_call before its function_call_output, or previous_response_id."
	return err
}

// goOn is what the user says to an answer that goes on: Claude models answer users alone.
const goOn = "Continue."

// brokenOff says whether a conversation ends in the middle of an answer, as codex sends it again
// after a stream that broke. OpenAI's models go on from there.
func brokenOff(turns []conversation.Turn) bool {
	if len(turns) < 2 || turns[len(turns)-1].Role != conversation.Assistant {
		return false
	}
	blocks := turns[len(turns)-1].Blocks
	_, saying := blocks[len(blocks)-1].(conversation.Text)
	return saying
}

// appendText adds a system text, unless it is white space alone, which the Messages API
// refuses.
func appendText(system []string, text string) []string {
	if strings.TrimSpace(text) == "" {
		return system
	}
	return append(system, text)
}

// readPrevious gives the conversation that the request goes on from. Its instructions are
// not part of it, as OpenAI has it.
func (r *Request) readPrevious(v jsonbody.Value) (past said, err *conversation.Error) {
	if v.IsNull() {
		return past, nil
	}
	if r.previous, err = v.Text(); err != nil {
		return past, err
	}
	chain, missing := r.store.chain(r.previous)
	if missing != "" || r.previous == "" {
		err := v.Invalid(fmt.Sprintf("The response %q is not remembered here.", jsonbody.Shorten(missing)))
		if missing != r.previous {
			err.Message = fmt.Sprintf("The response %q goes on from %q, which is not remembered here.", jsonbody.Shorten(r.previous), jsonbody.Shorten(missing))
		}
		err.Kind = conversation.PreviousNotFound
		err.Hint = forgotten
		return past, err
	}
	for _, n := range chain {
		r.past += n.adds()
		past.join(n.said)
		for _, it := range slices.Concat(n.input, n.output) {
			r.told[it.id] = false
		}
	}
	return past, r.bounded(v)
}

// bounded holds that what the request refers to counts as if it had been sent: it is told to the model
// all the same. The value is what it was referred to by last.
func (r *Request) bounded(v jsonbody.Value) *conversation.Error {
	if len(r.body)+r.past+r.referred <= r.store.mostOfRequest {
		return nil
	}
	err := v.Invalid(fmt.Sprintf("The request's body is larger than %.4g MiB together with what previous_response_id and item_reference bring into it.",
		float64(r.store.mostOfRequest)/(1<<20)))
	err.Kind = conversation.TooLarge
	err.Hint = "Refer to less, begin a new conversation, or raise --max-body."
	return err
}

// forgotten says why a response may not be there any more.
const forgotten = "Responses are kept in memory, until the proxy stops or others need the room, and not where they failed or were cancelled, or with \"store\": false. Send the whole conversation as input."

func (r *Request) readItems(input jsonbody.Value) *conversation.Error {
	switch input.Type() {
	case jsonbody.String:
		text, err := input.Text()
		if err != nil {
			return err
		}
		r.input.add(conversation.User, conversation.Text{Text: text})
		r.pieces = []piece{{r.input, input.Raw()}}
		return nil
	case jsonbody.Array:
		for _, item := range input.Elements() {
			before := r.input
			r.pieces = append(r.pieces, piece{raw: item.Raw()})
			if err := r.readItem(item); err != nil {
				return err
			}
			r.pieces[len(r.pieces)-1].said = r.input.since(before)
		}
		return nil
	default:
		return input.Want("a text or an array of items")
	}
}
