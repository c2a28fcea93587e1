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

// listed gives an item as it is listed: in the form and with the members that OpenAI's schema requires,
// also where it was read without them.
func (it ownItem) listed() json.RawMessage {
	raw := it.raw
	if raw[0] == '"' { // an input that is one text
		raw = fmt.Appendf(nil, `{"role":"user","content":%s}`, raw)
	}
	v, _ := jsonbody.Parse(raw)
	kind, _ := itemType(v)
	members := object(v)
	members["type"], members["id"] = wire.Marshal(kind), wire.Marshal(it.id)
	complete := func(name, value string) {
		if _, has := members[name]; !has {
			members[name] = json.RawMessage(value)
		}
	}
	if kind != "reasoning" && kind != "additional_tools" {
		complete("status", `"completed"`)
	}
	switch kind {
	case "message":
		picked := v.Pick("role", "content")
		text := "input_text"
		if role, _ := picked.Get("role").Text(); role == "assistant" {
			text = "output_text"
		}
		members["content"] = wire.Marshal(listedParts(picked.Get("content"), text))
	case "function_call":
		complete("arguments", `"{}"`)
	case "function_call_output", "custom_tool_call_output":
		complete("output", `""`)
		if output := v.Pick("output").Get("output"); output.Type() == jsonbody.Array {
			members["output"] = wire.Marshal(listedParts(output, "input_text"))
		}
	case "reasoning":
		complete("summary", `[]`)
	case "web_search_call":
		complete("action", `{"type":"search"}`)
	case "additional_tools":
		complete("role", `"developer"`)
		tools := []json.RawMessage{}
		for _, tool := range v.Pick("tools").Get("tools").Elements() {
			kind, _ := tool.Pick("type").Get("type").Text()
			tools = append(tools, echoTool(tool, kind))
		}
		members["tools"] = wire.Marshal(tools)
	}
	return wire.Marshal(members)
}

// listedParts gives a content as it is listed: always as parts, with texts of the kind that has its
// place there.
func listedParts(content jsonbody.Value, text string) []map[string]json.RawMessage {
	parts := []map[string]json.RawMessage{}
	if content.Type() == jsonbody.String {
		parts = append(parts, map[string]json.RawMessage{"type": wire.Marshal(text), "text": content.Raw()})
	}
	for _, v := range content.Elements() {
		part := object(v)
		switch kind, _ := v.Pick("type").Get("type").Text(); kind {
		case "input_image", "image_url":
			part["type"] = wire.Marshal("input_image")
			url := v.Pick("image_url").Get("image_url")
			inner := object(url)
			if url.Type() == jsonbody.Object {
				part["image_url"] = inner["url"]
			}
			part["detail"] = json.RawMessage(cmp.Or(string(part["detail"]), string(inner["detail"]), `"auto"`))
		case "input_file", "refusal":
		default:
			part["type"] = wire.Marshal(text)
		}
		parts = append(parts, part)
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

// object gives the members of a JSON object that are not null; none of what is something else.
func object(v jsonbody.Value) map[string]json.RawMessage {
	members := map[string]json.RawMessage{}
	for name, member := range v.Members() {
		if delete(members, name); !member.IsNull() {
			members[name] = member.Raw()
		}
	}
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
	var all []ownItem
	for i, n := range chain {
		all = append(all, n.input...)
		if i < len(chain)-1 {
			all = append(all, n.output...)
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
		page.Data = append(page.Data, it.listed())
		if page.FirstID == nil {
			page.FirstID = &it.id
		}
		page.LastID = &it.id
	}
	return wire.Marshal(page), nil
}
