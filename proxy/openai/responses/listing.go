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
		Hint:    "Responses are kept in memory, until the proxy stops or others need the room, and not with \"store\": false.",
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

// listed gives a request's items as they are listed: with a type and an id, which is always the
// same one.
func (n *remembered) listed() (items []inputItem) {
	name := func(kind string, i int) string {
		return cmp.Or(idPrefixes[kind], "item_") + strings.TrimPrefix(n.response.ID, "resp_") + strconv.Itoa(i)
	}
	if text, err := n.input.Text(); err == nil {
		id := name("message", 0)
		return []inputItem{{id, wire.Marshal(map[string]any{
			"id": id, "type": "message", "role": "user", "status": completed,
			"content": []map[string]string{{"type": "input_text", "text": text}},
		})}}
	}
	for i, v := range n.input.Elements() {
		var members map[string]json.RawMessage
		if json.Unmarshal(v.Raw(), &members) != nil {
			continue
		}
		var id string
		_ = json.Unmarshal(members["id"], &id)
		kind, _ := itemType(v)
		members["type"] = wire.Marshal(kind)
		if text, err := v.Pick("content").Get("content").Text(); err == nil && kind == "message" {
			part := "input_text"
			if role, _ := v.Pick("role").Get("role").Text(); role == "assistant" {
				part = "output_text"
			}
			members["content"] = wire.Marshal([]map[string]string{{"type": part, "text": text}})
		}
		if _, has := members["status"]; !has && kind == "message" {
			members["status"] = wire.Marshal(completed)
		}
		if id == "" {
			id = name(kind, i)
			members["id"] = wire.Marshal(id)
		}
		items = append(items, inputItem{id, wire.Marshal(members)})
	}
	return items
}

// InputItems lists what a response answers, all that it goes on from included: at most limit items
// behind the one with the id after ("" for none), the last one first unless ascending.
func (s *Store) InputItems(id, after string, limit int, ascending bool) (body []byte, failure *conversation.Error) {
	chain, missing := s.chain(id)
	if missing != "" {
		return nil, NotFound(missing)
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
