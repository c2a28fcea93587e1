package responses

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai/openaitest"
	"claude-max-api-proxy/proxy/wire"
)

// answer asks for a response, which says the text, and gives its id.
func answer(t testing.TB, s *Store, body, text string) string {
	t.Helper()
	r, err := s.Decode([]byte(body))
	require.Nil(t, err, "%v", err)
	e := NewEncoder(r)
	e.Event(conversation.TextDelta{Text: text})
	e.Event(conversation.Done{Reason: conversation.EndTurn})
	return e.ID()
}

func after(id, input string) string {
	return fmt.Sprintf(`{"model":"opus","previous_response_id":%q,"input":%q}`, id, input)
}

// texts are what was said, in order.
func texts(t testing.TB, s *Store, id string) (all []string) {
	t.Helper()
	r, err := s.Decode([]byte(after(id, "?")))
	require.Nil(t, err, "%v", err)
	for _, turn := range r.Conversation().Turns {
		all = append(all, turn.PlainText())
	}
	return all
}

func TestConversationsGoOnFromEachOfTheirResponses(t *testing.T) {
	s := newStore()
	first := answer(t, s, `{"model":"opus","input":"one"}`, "1")
	second := answer(t, s, after(first, "two"), "2")
	other := answer(t, s, after(first, "drei"), "3")
	assert.Equal(t, []string{"one", "1", "?"}, texts(t, s, first))
	assert.Equal(t, []string{"one", "1", "two", "2", "?"}, texts(t, s, second))
	assert.Equal(t, []string{"one", "1", "drei", "3", "?"}, texts(t, s, other))
}

func TestCallsAreAnsweredAcrossRequests(t *testing.T) {
	s := newStore()
	r, err := s.Decode([]byte(`{"model":"opus","input":"Hi","tools":[{"type":"function","name":"now"}]}`))
	require.Nil(t, err)
	e := NewEncoder(r)
	for _, event := range []conversation.Event{
		conversation.Thought{Block: conversation.Thinking{Signature: "s"}},
		conversation.ToolCall{ID: "toolu_1", Name: "now"},
		conversation.Done{Reason: conversation.ToolCalls},
	} {
		e.Event(event)
	}
	r, err = s.Decode([]byte(fmt.Sprintf(`{"model":"opus","previous_response_id":%q,"input":[{"type":"function_call_output","call_id":"toolu_1","output":"noon"}]}`, e.ID())))
	require.Nil(t, err)
	turns := r.Conversation().Turns
	require.Len(t, turns, 3)
	assert.Equal(t, []conversation.Block{
		conversation.Thinking{Signature: "s"},
		conversation.ToolUse{ID: "toolu_1", Name: "now", Input: json.RawMessage("{}")},
	}, turns[1].Blocks)
	assert.Equal(t, []conversation.Block{conversation.ToolResult{ID: "toolu_1", Blocks: []conversation.Block{conversation.Text{Text: "noon"}}}}, turns[2].Blocks)
	assert.Equal(t, conversation.NoTool, r.Conversation().ToolChoice.Mode, "tools are not carried on")
}

func TestWhatIsNotToBeStoredIsNot(t *testing.T) {
	s := newStore()
	id := answer(t, s, `{"model":"opus","input":"one","store":false}`, "1")
	_, ok := s.Get(id)
	assert.False(t, ok)
	_, err := s.Decode([]byte(after(id, "two")))
	require.NotNil(t, err)
	assert.Equal(t, conversation.PreviousNotFound, err.Kind)
}

func TestWhatTheModelRefusesIsNotRemembered(t *testing.T) {
	s := newStore()
	r, err := s.Decode([]byte(`{"model":"opus","input":"Hi"}`))
	require.Nil(t, err)
	e := NewEncoder(r)
	defer s.Run(e.ID(), func(error) {})()
	e.Event(conversation.TextDelta{Text: "Well,"})
	e.Event(conversation.Done{Reason: conversation.Refusal})
	_, ok := s.Get(e.ID())
	assert.False(t, ok, "it has failed")
	_, err = s.Decode([]byte(after(e.ID(), "two")))
	require.NotNil(t, err)
	assert.Equal(t, conversation.PreviousNotFound, err.Kind)
}

// Clients may refer to whatever has an id: what they have sent, what was answered, also to
// thinking that cannot be told again.
func TestEachItemOfARememberedResponseCanBeReferredTo(t *testing.T) {
	s := newStore()
	r, err := s.Decode([]byte(`{"model":"opus","input":[{"role":"system","content":"Be kind"},{"id":"msg_mine","role":"user","content":"one"}]}`))
	require.Nil(t, err)
	e := NewEncoder(r)
	for _, event := range []conversation.Event{conversation.ThinkingDelta{Text: "Hm."}, conversation.TextDelta{Text: "1"}, conversation.Done{}} {
		e.Event(event)
	}
	body, err := s.InputItems(e.ID(), "", 20, true)
	require.Nil(t, err)
	var list struct{ Data []struct{ ID string } }
	require.NoError(t, json.Unmarshal(body, &list))
	require.Len(t, list.Data, 2)
	require.Len(t, e.outputIDs, 2)
	references := func(ids ...string) string {
		var all []string
		for _, id := range ids {
			all = append(all, fmt.Sprintf(`{"type":"item_reference","id":%q}`, id))
		}
		return `{"model":"opus","input":[` + strings.Join(all, ",") + `,{"role":"user","content":"two"}]}`
	}
	all := references(list.Data[0].ID, "msg_mine", e.outputIDs[0], e.outputIDs[1])
	second := answer(t, s, all, "2")
	assert.Equal(t, []string{"one", "1", "two", "2", "?"}, texts(t, s, second))
	r, err = s.Decode([]byte(all))
	require.Nil(t, err)
	assert.Equal(t, []string{"Be kind"}, r.Conversation().System)

	// Who comes later with the same id has it, and keeps it when the first is forgotten.
	answer(t, s, references("msg_mine"), "3")
	_, err = s.Delete(e.ID())
	require.Nil(t, err)
	_, err = s.Decode([]byte(references("msg_mine")))
	require.Nil(t, err)
	_, err = s.Decode([]byte(references(e.outputIDs[1])))
	require.Nil(t, err, "the second response has it in its input")
}

// Several responses may have an item of the same id: its own, and those whose input refers to it.
func TestAnItemIsForgottenWithTheLastResponseThatHasIt(t *testing.T) {
	s := newStore()
	const referring = `{"model":"opus","input":[{"id":"msg_mine"},{"role":"user","content":"two"}]}`
	var all []string
	for _, body := range []string{`{"model":"opus","input":[{"id":"msg_mine","role":"user","content":"one"}]}`, referring, referring} {
		all = append(all, answer(t, s, body, "1"))
	}
	for _, i := range []int{2, 0, 1} {
		r, err := s.Decode([]byte(referring))
		require.Nil(t, err, "before %d is forgotten: %v", i, err)
		require.Equal(t, "onetwo", r.Conversation().Turns[0].PlainText())
		_, err = s.Delete(all[i])
		require.Nil(t, err)
	}
	_, err := s.Decode([]byte(referring))
	require.NotNil(t, err)
	require.Empty(t, s.items)
	require.Zero(t, s.bytes)
}

// To tell a call twice would need a result for each, and a message told twice is not what was said.
func TestAReferenceToWhatTheRequestHasAlreadyIsAMistake(t *testing.T) {
	s := newStore()
	id := answer(t, s, `{"model":"opus","input":[{"id":"msg_a","role":"user","content":"one"}]}`, "1")
	answered := s.of[id].Value.(*remembered).output[0].id
	next := answer(t, s, after(id, "two"), "2")
	const a, whole, user = `{"type":"item_reference","id":"msg_a"}`, `{"id":"msg_a","role":"user","content":"one"}`, `{"role":"user","content":"three"}`
	for _, test := range []struct{ previous, items, param string }{
		{id, a + `,` + user, "input[0].id"},
		{id, `{"id":"` + answered + `"},` + user, "input[0].id"},
		{next, user + `,{"id":"` + answered + `"}`, "input[1].id"},
		{"", a + `,` + user + `,` + a, "input[2].id"},
		{"", whole + `,` + a, "input[1].id"},
		{"", a + `,` + whole, "input[1].id"},
		{"", a + `,{"id":"` + answered + `"},` + user, ""},
		{"", whole + `,` + whole, ""}, // clients may give all items the same id
		{id, whole, ""},
		{id, `{"id":"","role":"user","content":"x"},{"id":null,"role":"user","content":"x"}`, ""},
	} {
		body := `{"model":"opus","input":[` + test.items + `]}`
		if test.previous != "" {
			body = `{"model":"opus","previous_response_id":"` + test.previous + `","input":[` + test.items + `]}`
		}
		_, err := s.Decode([]byte(body))
		if test.param == "" {
			assert.Nil(t, err, body)
			continue
		}
		if assert.NotNil(t, err, body) {
			assert.Equal(t, conversation.InvalidRequest, err.Kind)
			assert.Equal(t, test.param, err.Param, body)
			assert.Contains(t, err.Error(), "has already", body)
		}
	}
}

// A client may send back a reasoning item without its content, together with the response it is of.
func TestThinkingThatARequestHasAlreadyIsNotToldTwice(t *testing.T) {
	s := newStore()
	r, err := s.Decode([]byte(`{"model":"opus","input":"Hi"}`))
	require.Nil(t, err)
	e := NewEncoder(r)
	for _, event := range []conversation.Event{
		conversation.Thought{Block: conversation.Thinking{Signature: "s"}}, conversation.TextDelta{Text: "1"}, conversation.Done{},
	} {
		e.Event(event)
	}
	r, err = s.Decode([]byte(fmt.Sprintf(`{"model":"opus","previous_response_id":%q,"input":[{"type":"reasoning","id":%q,"summary":[]},{"role":"user","content":"two"}]}`, e.ID(), e.outputIDs[0])))
	require.Nil(t, err)
	assert.Len(t, r.Conversation().Turns, 3)
	assert.Len(t, r.Conversation().Turns[1].Blocks, 2)
}

func TestListedItemsFitOpenAIsSchema(t *testing.T) {
	s := newStore()
	id := answer(t, s, `{"model":"opus","input":[
		{"role":"user","content":"one"},
		{"role":"user","content":[{"type":"input_text","text":"one"},{"type":"input_image","detail":"auto","image_url":"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="}]},
		{"role":"assistant","content":"1"},
		{"role":"assistant","content":[{"type":"output_text","text":"1"}]},
		{"type":"function_call","call_id":"a","name":"now","arguments":"{}"},
		{"type":"custom_tool_call","call_id":"b","name":"patch","input":"x"},
		{"type":"function_call_output","call_id":"a","output":"noon"},
		{"type":"custom_tool_call_output","call_id":"b","output":"done"},
		{"role":"user","content":"two"}]}`, "2")
	body, err := s.InputItems(id, "", 20, true)
	require.Nil(t, err)
	openaitest.Validate(t, "ResponseItemList", body)
}

// Clients leave out what OpenAI's schema requires of what it lists, and call things by other names.
func TestIncompleteItemsAreListedComplete(t *testing.T) {
	s := newStore()
	const pixel = `data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==`
	for _, items := range []string{
		`{"role":"user","content":null,"status":null}`,
		`{"role":"user","content":[{"type":"text","text":"one"}]}`,
		`{"role":"developer","content":[{"type":"output_text","text":"one"}]}`,
		`{"role":"user","content":[{"type":"input_image","image_url":"` + pixel + `"}]}`,
		`{"role":"user","content":[{"type":"input_image","file_id":null,"detail":null,"image_url":{"url":"` + pixel + `"}}]}`,
		`{"role":"user","content":[{"type":"image_url","image_url":{"url":"` + pixel + `","detail":"low"}}]}`,
		`{"role":"user","content":[{"type":"input_file","filename":null,"file_data":"data:application/pdf;base64,JVBERi0xLjQK"}]}`,
		`{"role":"assistant","content":[{"type":"text","text":"1"},{"type":"input_text","text":"1"},{"type":"refusal","refusal":"No."}]}`,
		`{"type":"reasoning","id":"rs_nobody"}`,
		`{"type":"reasoning","summary":[],"encrypted_content":null}`,
		`{"type":"web_search_call"}`,
		`{"type":"additional_tools","tools":[{"type":"function","name":"now"},{"type":"custom","name":"patch"}]}`,
		`{"type":"function_call","call_id":"a","name":"now","namespace":null},{"type":"function_call_output","call_id":"a","output":null}`,
		`{"type":"function_call","call_id":"a","name":"now"},{"type":"function_call_output","call_id":"a","output":[{"type":"text","text":"x"},{"type":"input_image","image_url":"` + pixel + `"}]}`,
		`{"type":"custom_tool_call","call_id":"a","name":"patch","input":""},{"type":"custom_tool_call_output","call_id":"a","output":[{"type":"output_text","text":"x"}]}`,
		`{"type":"function_call_output","name":"exec","output":"x"}`,
	} {
		id := answer(t, s, `{"model":"opus","input":[`+items+`,{"role":"user","content":"two"}]}`, "2")
		body, err := s.InputItems(id, "", 20, true)
		require.Nil(t, err)
		openaitest.Validate(t, "ResponseItemList", body)
	}
}

func TestAReferenceIsListedAsTheItemItself(t *testing.T) {
	s := newStore()
	r, err := s.Decode([]byte(`{"model":"opus","input":"one"}`))
	require.Nil(t, err)
	e := NewEncoder(r)
	for _, event := range []conversation.Event{
		conversation.Thought{Block: conversation.Thinking{Text: "Hm.", Signature: "s"}}, conversation.TextDelta{Text: "1"}, conversation.Done{},
	} {
		e.Event(event)
	}
	list := func(id string) string {
		body, err := s.InputItems(id, "", 20, true)
		require.Nil(t, err)
		openaitest.Validate(t, "ResponseItemList", body)
		var page struct{ Data json.RawMessage }
		require.NoError(t, json.Unmarshal(body, &page))
		return strings.TrimSuffix(string(page.Data), "]")
	}
	asked := s.of[e.ID()].Value.(*remembered).input[0].id
	want := list(e.ID()) + "," + string(wire.Marshal(e.response.Output[0])) + "," + string(wire.Marshal(e.response.Output[1]))
	referring := fmt.Sprintf(`{"model":"opus","input":[{"id":%q},{"type":"reasoning","id":%q},{"type":"item_reference","id":%q},{"role":"user","content":"two"}]}`,
		asked, e.outputIDs[0], e.outputIDs[1])
	second := answer(t, s, referring, "2")
	_, err = s.Delete(e.ID())
	require.Nil(t, err)
	third := answer(t, s, referring, "3")
	for _, id := range []string{second, third} {
		got := list(id)
		require.Contains(t, got, `"two"`)
		assert.JSONEq(t, want+"]", got[:strings.LastIndex(got, `,{"content"`)]+"]")
	}
}

func TestTheStoreIsBounded(t *testing.T) {
	s := newStore()
	s.mostBytes = 100 << 10
	long := strings.Repeat("x", 4<<10)
	id := answer(t, s, `{"model":"opus","input":"one"}`, "1")
	for range 5 { // what goes on keeps what it goes on from
		id = answer(t, s, after(id, long), "ok")
	}
	for range 30 {
		answer(t, s, fmt.Sprintf(`{"model":"opus","input":%q}`, long), "ok")
		texts(t, s, id)
		require.LessOrEqual(t, s.bytes, s.mostBytes)
		require.Len(t, s.of, s.order.Len())
		require.Len(t, s.items, 2*s.order.Len())
	}
	assert.Len(t, texts(t, s, id), 13)
	large := answer(t, s, fmt.Sprintf(`{"model":"opus","input":%q}`, strings.Repeat("x", 200<<10)), "ok")
	_, ok := s.Get(large)
	assert.False(t, ok, "one that would drive out all others")
	assert.Len(t, texts(t, s, id), 13)
	for range 30 { // each keeps what it refers to, when that is forgotten
		r, err := s.Decode([]byte(fmt.Sprintf(`{"model":"opus","input":%q}`, long)))
		require.Nil(t, err)
		e := NewEncoder(r)
		e.Event(conversation.TextDelta{Text: long})
		e.Event(conversation.Done{})
		answer(t, s, `{"model":"opus","input":[{"role":"user","content":"one"},{"id":"`+e.outputIDs[0]+`"},{"role":"user","content":"two"}]}`, "ok")
		_, err = s.Delete(e.ID())
		require.Nil(t, err)
		require.LessOrEqual(t, len(s.of), s.mostBytes/len(long))
	}

	s.mostBytes, s.mostResponses = 1<<30, 3
	for range 10 {
		answer(t, s, `{"model":"opus","input":"one"}`, "1")
	}
	assert.Equal(t, 3, s.order.Len())
}

func TestResponsesAreReadAndDeleted(t *testing.T) {
	s := newStore()
	id := answer(t, s, `{"model":"opus","input":"one"}`, "1")
	body, ok := s.Get(id)
	require.True(t, ok)
	openaitest.Validate(t, "Response", body)
	assert.Contains(t, string(body), `"text":"1"`)
	body, err := s.Delete(id)
	require.Nil(t, err)
	assert.JSONEq(t, `{"id":"`+id+`","object":"response","deleted":true}`, string(body))
	_, ok = s.Get(id)
	assert.False(t, ok)
	_, err = s.Delete(id)
	assert.Equal(t, conversation.ResponseNotFound, err.Kind)
}

func TestInputItemsAreListedInPages(t *testing.T) {
	s := newStore()
	first := answer(t, s, `{"model":"opus","input":[{"role":"developer","content":"Be brief."},{"type":"message","id":"msg_mine","role":"user","content":"one"}]}`, "1")
	second := answer(t, s, after(first, "two"), "2")
	list := func(after string, limit int, ascending bool) (ids, all []string, more bool) {
		body, err := s.InputItems(second, after, limit, ascending)
		require.Nil(t, err)
		var page struct {
			Data    []struct{ ID, Type, Role string }
			FirstID *string `json:"first_id"`
			LastID  *string `json:"last_id"`
			HasMore bool    `json:"has_more"`
		}
		require.NoError(t, json.Unmarshal(body, &page))
		for _, it := range page.Data {
			require.NotEmpty(t, it.ID)
			ids, all = append(ids, it.ID), append(all, it.Type+" "+it.Role)
		}
		if len(ids) > 0 {
			require.Equal(t, ids[0], *page.FirstID)
			require.Equal(t, ids[len(ids)-1], *page.LastID)
		}
		return ids, all, page.HasMore
	}
	ids, all, more := list("", 20, true)
	assert.Equal(t, []string{"message developer", "message user", "message assistant", "message user"}, all)
	assert.Equal(t, "msg_mine", ids[1])
	assert.False(t, more)
	page, _, more := list(ids[0], 2, true)
	assert.Equal(t, ids[1:3], page)
	assert.True(t, more)
	page, _, _ = list("", 1, false)
	assert.Equal(t, ids[3:], page)
	_, err := s.InputItems(second, "msg_nobody", 20, true)
	assert.Equal(t, "after", err.Param)
	_, err = s.InputItems("resp_nobody", "", 20, true)
	assert.Equal(t, conversation.ResponseNotFound, err.Kind)
}

func TestAResponseOnItsWayIsCancelled(t *testing.T) {
	s := newStore()
	r, invalid := s.Decode([]byte(`{"model":"opus","input":"Hi"}`))
	require.Nil(t, invalid)
	e := NewEncoder(r)
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := s.Run(e.ID(), cancel)
	_, failure := s.Cancel(e.ID())
	require.NotNil(t, failure, "nobody knows its id yet")
	e.Event(conversation.TextDelta{Text: "Well,"})
	_, failure = s.Delete(e.ID())
	assert.ErrorContains(t, failure, "still on its way")
	_, failure = s.InputItems(e.ID(), "", 20, true)
	assert.ErrorContains(t, failure, "still on its way")
	body, ok := s.Get(e.ID())
	require.True(t, ok)
	assert.Contains(t, string(body), `"status":"in_progress"`)

	body, failure = s.Cancel(e.ID())
	require.Nil(t, failure)
	assert.Contains(t, string(body), `"status":"cancelled"`)
	openaitest.Validate(t, "Response", body)
	cause := conversation.AsError(context.Cause(ctx))
	assert.Equal(t, conversation.Cancelled, cause.Kind)
	last := e.Error(cause)
	assert.Contains(t, string(last[len(last)-1].Data), `"status":"cancelled"`)
	ended()
	_, failure = s.Cancel(e.ID())
	assert.Equal(t, conversation.ResponseNotFound, failure.Kind)

	_, failure = s.Cancel(answer(t, s, `{"model":"opus","input":"one"}`, "1"))
	assert.Equal(t, conversation.InvalidRequest, failure.Kind, "it is complete")
}

func TestAnItemThatIsReferredToIsKept(t *testing.T) {
	s := newStore()
	s.mostResponses = 10
	r, err := s.Decode([]byte(`{"model":"opus","input":"one"}`))
	require.Nil(t, err)
	e := NewEncoder(r)
	e.Event(conversation.TextDelta{Text: "1"})
	e.Event(conversation.Done{})
	for range 50 {
		_, err := s.Decode([]byte(`{"model":"opus","input":[{"role":"user","content":"one"},{"id":"` + e.outputIDs[0] + `"},{"role":"user","content":"two"}]}`))
		require.Nil(t, err, "%v", err)
		answer(t, s, `{"model":"opus","input":"other"}`, "2")
	}
}

func TestWhatIsMissingOfAConversationIsNamed(t *testing.T) {
	s := newStore()
	first := answer(t, s, `{"model":"opus","input":"one"}`, "1")
	second := answer(t, s, after(first, "two"), "2")
	_, err := s.Delete(first)
	require.Nil(t, err)
	_, err = s.Decode([]byte(after(second, "three")))
	require.NotNil(t, err)
	assert.Contains(t, err.Message, first)
	assert.Contains(t, err.Message, second)
}

func TestACompleteResponseIsNotCancelled(t *testing.T) {
	s := newStore()
	r, err := s.Decode([]byte(`{"model":"opus","input":"Hi","store":false}`))
	require.Nil(t, err)
	e := NewEncoder(r)
	defer s.Run(e.ID(), func(error) { t.Error("it was complete") })()
	e.Event(conversation.TextDelta{Text: "1"})
	e.Event(conversation.Done{})
	_, failure := s.Cancel(e.ID())
	assert.Equal(t, conversation.ResponseNotFound, failure.Kind)
}

func TestThinkingWithoutASignatureIsNotToldAgain(t *testing.T) {
	s := newStore()
	r, err := s.Decode([]byte(`{"model":"opus","input":"Hi"}`))
	require.Nil(t, err)
	e := NewEncoder(r)
	for _, event := range []conversation.Event{
		conversation.ThinkingDelta{Text: "Hm."},
		conversation.Thought{Block: conversation.Thinking{Text: "Hm."}},
		conversation.TextDelta{Text: "1"},
		conversation.Done{},
	} {
		e.Event(event)
	}
	r, err = s.Decode([]byte(after(e.ID(), "?")))
	require.Nil(t, err)
	assert.Len(t, r.Conversation().Turns[1].Blocks, 1)
}
