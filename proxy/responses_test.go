package proxy

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	sseread "github.com/tmaxmax/go-sse"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai/openaitest"
)

// respond asks for a response.
func (s *server) respond(t testing.TB, body string) (*http.Response, string) {
	t.Helper()
	return s.do(t, http.MethodPost, "/v1/responses", body)
}

// idIn is the id in a body.
func idIn(t testing.TB, body string) string {
	t.Helper()
	var read struct{ ID string }
	require.NoError(t, json.Unmarshal([]byte(body), &read))
	require.NotEmpty(t, read.ID)
	return read.ID
}

// named reads a stream's events, each of which has a name.
func named(t testing.TB, stream string) (names, data []string) {
	t.Helper()
	for event, err := range sseread.Read(strings.NewReader(stream), nil) {
		require.NoError(t, err)
		names, data = append(names, event.Type), append(data, event.Data)
	}
	return names, data
}

func TestAResponseIsOneBodyOrAStreamThatEndsWithIt(t *testing.T) {
	s, _ := asking(t, Config{})
	response, body := s.respond(t, `{"model":"opus","input":"Hi"}`)
	assert.Equal(t, http.StatusOK, response.StatusCode)
	openaitest.Validate(t, "Response", []byte(body))
	assert.Contains(t, body, `"text":"Hello there"`)
	assert.Contains(t, body, `"model":"`+resolved+`"`)

	response, streamed := s.respond(t, `{"model":"opus","input":"Hi","stream":true}`)
	assert.Equal(t, "text/event-stream; charset=utf-8", response.Header.Get("Content-Type"))
	names, data := named(t, streamed)
	assert.Equal(t, []string{
		"response.created", "response.in_progress", "response.output_item.added", "response.content_part.added",
		"response.output_text.delta", "response.output_text.delta", "response.output_text.done",
		"response.content_part.done", "response.output_item.done", "response.completed",
	}, names, "there is no [DONE]")
	assert.Contains(t, data[len(data)-1], `"text":"Hello there"`)
}

func TestARememberedResponseIsReadListedGoneOnFromAndDeleted(t *testing.T) {
	s, b := asking(t, Config{})
	_, body := s.respond(t, `{"model":"opus","input":"Hi"}`)
	id := idIn(t, body)

	response, again := s.do(t, http.MethodGet, "/v1/responses/"+id, "")
	assert.Equal(t, http.StatusOK, response.StatusCode)
	assert.JSONEq(t, body, again)

	response, list := s.do(t, http.MethodGet, "/responses/"+id+"/input_items?order=asc", "")
	assert.Equal(t, http.StatusOK, response.StatusCode)
	openaitest.Validate(t, "ResponseItemList", []byte(list))
	assert.Contains(t, list, `"text":"Hi"`)

	var heard []string
	b.reply = func(_ context.Context, r *conversation.Request) events {
		for _, turn := range r.Turns {
			heard = append(heard, turn.PlainText())
		}
		return saying("Again?")
	}
	response, _ = s.respond(t, `{"model":"opus","previous_response_id":"`+id+`","input":"Again"}`)
	assert.Equal(t, http.StatusOK, response.StatusCode)
	assert.Equal(t, []string{"Hi", "Hello there", "Again"}, heard)

	response, deleted := s.do(t, http.MethodDelete, "/v1/responses/"+id, "")
	assert.Equal(t, http.StatusOK, response.StatusCode)
	assert.JSONEq(t, `{"id":"`+id+`","object":"response","deleted":true}`, deleted)
	for _, test := range []struct{ method, path string }{
		{http.MethodGet, ""}, {http.MethodDelete, ""}, {http.MethodPost, "/cancel"}, {http.MethodGet, "/input_items"},
	} {
		response, body := s.do(t, test.method, "/v1/responses/"+id+test.path, "")
		assert.Equal(t, http.StatusNotFound, response.StatusCode, test)
		assert.Contains(t, readError(t, body).Message, id)
	}
	response, body = s.respond(t, `{"model":"opus","previous_response_id":"`+id+`","input":"Again"}`)
	assert.Equal(t, http.StatusBadRequest, response.StatusCode)
	assert.Equal(t, "previous_response_not_found", readError(t, body).Code)
}

// What a request refers to is told as if it had sent it, so it has the bound of what is sent.
func TestWhatARequestRefersToCountsAsItsBody(t *testing.T) {
	s, b := asking(t, Config{MaxBody: 4 << 10})
	var ids []string
	for _, item := range []string{"msg_1", "msg_2"} {
		response, body := s.respond(t, `{"model":"opus","input":[{"id":"`+item+`","role":"user","content":"`+strings.Repeat("x", 2500)+`"}]}`)
		require.Equal(t, http.StatusOK, response.StatusCode)
		ids = append(ids, idIn(t, body))
	}
	refer := func(members, items string) (*http.Response, string) {
		return s.respond(t, `{"model":"opus",`+members+`"input":[`+items+`{"role":"user","content":"two"}]}`)
	}
	previous := `"previous_response_id":"` + ids[1] + `",`
	const first, second = `{"type":"item_reference","id":"msg_1"},`, `{"type":"item_reference","id":"msg_2"},`
	for _, test := range []struct{ members, items string }{{"", first}, {"", second}, {previous, ""}} {
		response, body := refer(test.members, test.items)
		assert.Equal(t, http.StatusOK, response.StatusCode, body)
	}
	asked := b.asked.Load()
	for _, test := range []struct{ members, items, param string }{{"", first + second, "input[1].id"}, {previous, first, "input[0].id"}} {
		response, body := refer(test.members, test.items)
		assert.Equal(t, http.StatusRequestEntityTooLarge, response.StatusCode, body)
		e := readError(t, body)
		assert.Equal(t, "request_too_large", e.Code)
		assert.Equal(t, test.param, e.Param)
		assert.Contains(t, e.Message, "--max-body")
	}
	var status int
	for i := 0; status != http.StatusRequestEntityTooLarge; i++ {
		require.Less(t, i, 4, "a conversation ends at the bound")
		response, body := s.respond(t, `{"model":"opus",`+previous+`"input":"`+strings.Repeat("y", 500)+`"}`)
		if status = response.StatusCode; status == http.StatusOK {
			previous = `"previous_response_id":"` + idIn(t, body) + `",`
			asked++
			continue
		}
		assert.Equal(t, "previous_response_id", readError(t, body).Param)
	}
	assert.Equal(t, asked, b.asked.Load())
}

func TestAResponseOnItsWayCanBeCancelled(t *testing.T) {
	begun, ended := make(chan struct{}), make(chan struct{})
	concluded := make(chan *conversation.Error, 1)
	s, b := asking(t, Config{Concluded: func(err *conversation.Error) { concluded <- err }})
	b.reply = untilCut(true, begun, ended)
	answer, err := s.send(t.Context(), http.MethodPost, "/v1/responses", `{"model":"opus","input":"Hi","stream":true}`)
	require.NoError(t, err)
	defer answer.Body.Close()
	wait(t, begun, "the answer has begun")
	var names []string
	for event, err := range sseread.Read(answer.Body, nil) {
		require.NoError(t, err)
		names = append(names, event.Type)
		if event.Type == "response.output_text.delta" {
			var created struct{ Item string }
			_ = json.Unmarshal([]byte(event.Data), &created)
		}
		if event.Type == "response.created" {
			var created struct{ Response struct{ ID string } }
			require.NoError(t, json.Unmarshal([]byte(event.Data), &created))
			response, body := s.do(t, http.MethodPost, "/v1/responses/"+created.Response.ID+"/cancel", "")
			assert.Equal(t, http.StatusOK, response.StatusCode)
			assert.Contains(t, body, `"status":"cancelled"`)
		}
		if event.Type == "response.failed" {
			assert.Contains(t, event.Data, `"status":"cancelled"`)
		}
	}
	wait(t, ended, "the backend has let go")
	assert.Equal(t, []string{"error", "response.failed"}, names[len(names)-2:])
	assert.Nil(t, <-concluded, "what somebody wanted is no failure")
	assert.Zero(t, s.failed.Load())
}

func TestAResponseThatFailsKeepsItsStatusBeforeItsFirstWord(t *testing.T) {
	s, b := asking(t, Config{})
	for _, streamed := range []string{"false", "true"} {
		b.reply = func(context.Context, *conversation.Request) events {
			return failing(&conversation.Error{Kind: conversation.UsageLimit, Message: "The plan's window is used up.", RetryAfter: time.Hour})
		}
		response, body := s.respond(t, `{"model":"opus","input":"Hi","stream":`+streamed+`}`)
		assert.Equal(t, http.StatusTooManyRequests, response.StatusCode)
		assert.Equal(t, "3600", response.Header.Get("Retry-After"))
		var read struct {
			Error struct {
				Type     string
				ResetsAt int64 `json:"resets_at"`
			}
		}
		require.NoError(t, json.Unmarshal([]byte(body), &read))
		assert.Equal(t, "usage_limit_reached", read.Error.Type, "what codex looks for")
		assert.InDelta(t, time.Now().Add(time.Hour).Unix(), read.Error.ResetsAt, 60)
	}
	response, body := s.respond(t, `{"model":"opus","input":[{"role":"user","content":[{"type":"input_text"}]}]}`)
	assert.Equal(t, http.StatusBadRequest, response.StatusCode)
	assert.Equal(t, "input[0].content[0].text", readError(t, body).Param)
}

func TestAResponseThatBreaksOffSaysSo(t *testing.T) {
	s, b := asking(t, Config{})
	b.reply = func(context.Context, *conversation.Request) events {
		return func(yield func(conversation.Event, error) bool) {
			if yield(conversation.TextDelta{Text: "Well,"}, nil) {
				yield(nil, &conversation.Error{Kind: conversation.Upstream, Message: "It broke."})
			}
		}
	}
	_, streamed := s.respond(t, `{"model":"opus","input":"Hi","stream":true}`)
	names, data := named(t, streamed)
	require.Equal(t, []string{"error", "response.failed"}, names[len(names)-2:])
	assert.Contains(t, data[len(data)-2], `"code":"upstream_error","message":"It broke."`)
	assert.Contains(t, data[len(data)-1], `"error":{"code":"server_error","message":"It broke."}`)
}

func TestMistakesAboutRememberedResponsesAreTold(t *testing.T) {
	s, _ := asking(t, Config{})
	_, body := s.respond(t, `{"model":"opus","input":"Hi"}`)
	id := "/v1/responses/" + idIn(t, body)
	for _, test := range []struct {
		method, path string
		status       int
		says         string
	}{
		{http.MethodPost, id + "/cancel", 400, "complete"},
		{http.MethodGet, id + "?stream=true", 400, "Leave stream out"},
		{http.MethodGet, "/v1/responses/resp_nobody?stream=true", 404, "resp_nobody"},
		{http.MethodGet, id + "/input_items?limit=0", 400, "1 to 100"},
		{http.MethodGet, id + "/input_items?order=up", 400, "asc or desc"},
		{http.MethodGet, id + "/input_items?after=x", 400, "no item"},
		{http.MethodGet, id + "/nothing", 404, "There is no"},
		{http.MethodGet, "/v1/responses/", 405, "use POST"},
		{http.MethodPost, id, 405, "use DELETE, GET, HEAD"},
	} {
		response, body := s.do(t, test.method, test.path, "")
		assert.Equal(t, test.status, response.StatusCode, test.path)
		assert.Contains(t, readError(t, body).Message, test.says, test.path)
	}
}

func TestLegacyCompletionsAreAnswered(t *testing.T) {
	s, _ := asking(t, Config{})
	response, body := s.do(t, http.MethodPost, "/v1/completions", `{"model":"opus","prompt":["Hi"],"seed":7}`)
	assert.Equal(t, http.StatusOK, response.StatusCode)
	assert.Equal(t, "seed", response.Header.Get(IgnoredHeader))
	openaitest.Validate(t, "CreateCompletionResponse", []byte(body))
	assert.Contains(t, body, `"text":"Hello there"`)
	_, streamed := s.do(t, http.MethodPost, "/v1/completions", `{"model":"opus","prompt":"Hi","stream":true}`)
	_, data := named(t, streamed)
	assert.Len(t, data, 4)
	assert.Equal(t, "[DONE]", data[3])
	response, body = s.do(t, http.MethodPost, "/v1/completions", `{"model":"opus","prompt":"Hi","suffix":"there"}`)
	assert.Equal(t, http.StatusBadRequest, response.StatusCode)
	assert.Equal(t, "suffix", readError(t, body).Param)
}
