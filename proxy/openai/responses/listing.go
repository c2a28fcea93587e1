package responses

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
	"claude-max-api-proxy/proxy/wire"
)

// NotFound is the error for a response that is not remembered.
func NotFound(id string) *conversation.Error {
	return &conversation.Error{
		Kind:    conversation.ResponseNotFound,
		Message: fmt.Sprintf("There is no response %q here.", jsonbody.Shorten(id)),
		Hint:    "Responses are kept in memory, until the proxy stops or others need the room, and not where they failed or were cancelled, or with \"store\": false.",
	}
}

// inputItem is an item of a request, with an id.
type inputItem struct {
	id  string
	raw json.RawMessage
}

// idPrefixes are of the items that clients send, by type.
var idPrefixes = map[string]string{
	"message": "msg_", "reasoning": "rs_",
	"function_call": "fc_", "function_call_output": "fco_",
	"custom_tool_call": "ctc_", "custom_tool_call_output": "ctco_",
}

// inputIDs gives a request's items their ids: those that the client has given, or ones that are
// made of the response's.
func inputIDs(input jsonbody.Value, response string) (ids []string) {
	name := func(kind string, i int) string {
		return cmp.Or(idPrefixes[kind], "item_") + strings.TrimPrefix(response, "resp_") + strconv.Itoa(i)
	}
	if input.Type() == jsonbody.String {
		return []string{name("message", 0)}
	}
	for i, v := range input.Elements() {
		id, err := v.Pick("id").Get("id").Text()
		if err != nil || id == "" {
			kind, _ := itemType(v)
			id = name(kind, i)
		}
		ids = append(ids, id)
	}
	return ids
}

// listed gives a request's items as they are listed: with the members that OpenAI's schema
// requires.
func (n *remembered) listed() (items []inputItem) {
	if text, err := n.input.Text(); err == nil {
		id := n.inputIDs[0]
		return []inputItem{{id, wire.Marshal(map[string]any{
			"id": id, "type": "message", "role": "user", "status": completed,
			"content": []map[string]string{{"type": "input_text", "text": text}},
		})}}
	}
	for i, v := range n.input.Elements() {
		members := object(v.Raw())
		kind, _ := itemType(v)
		members["type"], members["id"] = wire.Marshal(kind), wire.Marshal(n.inputIDs[i])
		if _, has := members["status"]; !has && kind != "reasoning" && kind != "item_reference" {
			members["status"] = wire.Marshal(completed)
		}
		if kind == "message" {
			members["content"] = wire.Marshal(listedParts(v.Pick("role", "content")))
		}
		items = append(items, inputItem{n.inputIDs[i], wire.Marshal(members)})
	}
	return items
}

// listedParts gives a message's content as it is listed: always as parts.
func listedParts(message jsonbody.Picked) []map[string]json.RawMessage {
	kind := "input_text"
	if role, _ := message.Get("role").Text(); role == "assistant" {
		kind = "output_text"
	}
	parts := []map[string]json.RawMessage{}
	content := message.Get("content")
	if text, err := content.Text(); err == nil {
		parts = append(parts, map[string]json.RawMessage{"type": wire.Marshal(kind), "text": wire.Marshal(text)})
	}
	for _, v := range content.Elements() {
		parts = append(parts, object(v.Raw()))
	}
	for _, part := range parts {
		if string(part["type"]) == `"output_text"` {
			for _, name := range []string{"annotations", "logprobs"} {
				if _, has := part[name]; !has {
					part[name] = json.RawMessage("[]")
				}
			}
		}
	}
	return parts
}

// object gives the members of a JSON object; none of what is something else.
func object(raw []byte) map[string]json.RawMessage {
	members := map[string]json.RawMessage{}
	_ = json.Unmarshal(raw, &members)
	return members
}

// InputItems lists what a response answers, all that it goes on from included: at most limit items
// behind the one with the id after ("" for none), the last one first unless ascending.
func (s *Store) InputItems(id, after string, limit int, ascending bool) (body []byte, failure *conversation.Error) {
	chain, missing := s.chain(id)
	if missing != "" {
		s.mu.Lock()
		defer s.mu.Unlock()
		return nil, s.notFound(missing)
	}
	var all []inputItem
	for i, n := range chain {
		all = append(all, n.listed()...)
		if i == len(chain)-1 {
			break
		}
		for j, output := range n.response.Output {
			all = append(all, inputItem{n.items[j], wire.Marshal(output)})
		}
	}
	if !ascending {
		slices.Reverse(all)
	}
	if after != "" {
		i := len(all) - 1 // clients may have given an id twice
		for i >= 0 && all[i].id != after {
			i--
		}
		if i < 0 {
			return nil, conversation.Invalid("after", fmt.Sprintf("after is %q, which is no item of the response.", jsonbody.Shorten(after)))
		}
		all = all[i+1:]
	}
	page := struct {
		Object  string            `json:"object"`
		Data    []json.RawMessage `json:"data"`
		FirstID *string           `json:"first_id"`
		LastID  *string           `json:"last_id"`
		HasMore bool              `json:"has_more"`
	}{Object: "list", Data: []json.RawMessage{}, HasMore: len(all) > limit}
	for _, it := range all[:min(limit, len(all))] {
		page.Data = append(page.Data, it.raw)
		if page.FirstID == nil {
			page.FirstID = &it.id
		}
		page.LastID = &it.id
	}
	return wire.Marshal(page), nil
}
