package offline_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/offline"
)

func TestRequestsAreKeptAsTheyArrived(t *testing.T) {
	s := start(t, always(offline.Text("ok")))
	body := `{"model":"claude-x","max_tokens":7,"stream":true,"system":"Be brief.",
		"tools":[{"name":"read","input_schema":{"type":"object"},"x":1}],
		"messages":[
			{"role":"user","content":"one"},
			{"role":"assistant","content":[{"type":"text","text":"two"},{"type":"tool_use","id":"call_1","name":"read","input":{"a":1}}]},
			{"role":"user","content":[
				{"type":"tool_result","tool_use_id":"call_1","is_error":true,"content":[{"type":"text","text":"gone"}]},
				{"type":"tool_result","tool_use_id":"call_2","content":"plain"},
				{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},
				{"type":"text","text":"three "},{"type":"text","text":"four"}]},
			{"role":"system","content":"later"}]}`
	res, err := post(testContext(t), s, body, "X-Test", "yes")
	require.NoError(t, err)
	_ = readEvents(t, res)
	require.NoError(t, res.Body.Close())

	require.NoError(t, s.WaitRequests(testContext(t), 1))
	requests := s.Requests()
	require.Len(t, requests, 1)
	r := requests[0]
	assert.Equal(t, body, string(r.Body))
	assert.Equal(t, "yes", r.Header.Get("X-Test"))
	assert.WithinDuration(t, time.Now(), r.Arrived, deadline)
	assert.Equal(t, "claude-x", r.Model)
	assert.Equal(t, 7, r.MaxTokens)
	assert.True(t, r.Stream)
	assert.Equal(t, "Be brief.", r.SystemText())
	assert.Equal(t, []string{"read"}, r.ToolNames())
	assert.JSONEq(t, `{"name":"read","input_schema":{"type":"object"},"x":1}`, string(r.Tools[0].Raw))
	assert.Len(t, r.Messages, 4)
	assert.Equal(t, "three four", r.LastUserText())
	call := r.Messages[1].Content[1]
	assert.Equal(t, "call_1", call.ID)
	assert.JSONEq(t, `{"a":1}`, string(call.Input))
	results := r.LastUser().ToolResults()
	require.Len(t, results, 2)
	assert.True(t, results[0].IsError)
	assert.Equal(t, "call_1", results[0].ToolUseID)
	assert.Equal(t, "gone", results[0].Content[0].Text)
	assert.Equal(t, "plain", results[1].Content[0].Text)
	assert.Equal(t, "image/png", r.LastUser().Content[2].Source.MediaType)

	s.Reset()
	assert.Empty(t, s.Requests())
}

func TestGzipBodiesAreUnderstood(t *testing.T) {
	s := start(t, always(offline.Text("ok")))
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	_, err := io.WriteString(zip, question("packed", true))
	require.NoError(t, err)
	require.NoError(t, zip.Close())
	res, err := post(testContext(t), s, packed.String(), "Content-Encoding", "gzip")
	require.NoError(t, err)
	defer res.Body.Close()
	assert.Equal(t, 200, res.StatusCode)
	assert.Equal(t, "packed", s.Requests()[0].LastUserText())
	assert.Equal(t, question("packed", true), string(s.Requests()[0].Body))
}

func TestUnreadableRequestsGetTheAPIsErrors(t *testing.T) {
	s := start(t, nil)
	for name, c := range map[string]struct {
		body     string
		encoding string
		status   int
		message  string
	}{
		"no JSON":          {"nope", "", 400, "not valid JSON"},
		"cut JSON":         {`{"model":`, "", 400, "not valid JSON"},
		"no model":         {`{"messages":[{"role":"user","content":"a"}]}`, "", 400, "model: Field required"},
		"no messages":      {`{"model":"claude-x"}`, "", 400, "at least one message"},
		"wrong type":       {`{"model":1}`, "", 400, "model"},
		"unknown encoding": {"x", "zstd", 400, "encoding"},
		"false gzip":       {"x", "gzip", 400, "EOF"},
		"over 32 MB":       {strings.Repeat(" ", 32<<20+1), "", 413, "maximum size"},
	} {
		t.Run(name, func(t *testing.T) {
			res, err := post(testContext(t), s, c.body, "Content-Encoding", c.encoding)
			require.NoError(t, err)
			defer res.Body.Close()
			assert.Equal(t, c.status, res.StatusCode)
			assert.Contains(t, readError(t, res).Error.Message, c.message)
		})
	}
	require.NoError(t, s.WaitIdle(testContext(t)))
}

func TestOtherAddressesAreHarmless(t *testing.T) {
	s := start(t, nil)
	for _, c := range []struct{ method, path string }{
		{"HEAD", "/"}, {"GET", "/"}, {"GET", "/v1/messages"}, {"POST", "/api/event_logging/batch"}, {"GET", "/v1/models"},
	} {
		req, err := http.NewRequestWithContext(testContext(t), c.method, s.URL()+c.path, nil)
		require.NoError(t, err)
		req.Close = true
		res, err := http.DefaultTransport.RoundTrip(req)
		require.NoError(t, err)
		assert.Equal(t, http.StatusNotFound, res.StatusCode, c)
		if c.method != "HEAD" {
			assert.Equal(t, "not_found_error", readError(t, res).Error.Type)
		}
		require.NoError(t, res.Body.Close())
	}
	assert.Empty(t, s.Requests())
}

func TestTokensAreCounted(t *testing.T) {
	s := start(t, nil)
	body := question(strings.Repeat("word ", 800), false)
	req, err := http.NewRequestWithContext(testContext(t), http.MethodPost, s.URL()+"/v1/messages/count_tokens", strings.NewReader(body))
	require.NoError(t, err)
	req.Close = true
	res, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	assert.Regexp(t, `^\{"input_tokens":10\d\d\}\n$`, string(got))
	assert.Empty(t, s.Requests())
}

func TestResponderCanBeChanged(t *testing.T) {
	s := start(t, always(offline.Text("first")))
	assert.Equal(t, "first", textOf(readEvents(t, ask(t, s, "hi"))))
	s.SetRespond(func(r *offline.Request) offline.Reply {
		return offline.Script(offline.Demo(r), offline.Stop("stop_sequence"))
	})
	events := readEvents(t, ask(t, s, "offline:echo(second)"))
	assert.Equal(t, "second", textOf(events))
	assert.Equal(t, "stop_sequence", last(events, "message_delta").at("delta", "stop_reason"))
	s.SetRespond(nil)
	assert.Equal(t, "third", textOf(readEvents(t, ask(t, s, "offline:echo(third)"))))
}

func TestWaitsEndWithTheirContext(t *testing.T) {
	s := start(t, nil)
	res := ask(t, s, "offline:silent")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, s.WaitRequests(ctx, 2), context.Canceled)
	require.ErrorIs(t, s.WaitIdle(ctx), context.Canceled)
	require.NoError(t, res.Body.Close())
}

func TestManyAnswersAtOnce(t *testing.T) {
	gate := make(chan struct{})
	s := start(t, always(offline.Script(offline.Wait(gate), offline.Text("ok"))))
	const n = 20
	texts := make(chan string, n)
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			res, err := post(testContext(t), s, question("hi", true))
			if err != nil {
				texts <- err.Error()
				return
			}
			defer res.Body.Close()
			events, _ := newEventReader(res.Body).all()
			texts <- textOf(events)
		})
	}
	require.NoError(t, s.WaitRequests(testContext(t), n))
	assert.Equal(t, n, s.Active())
	close(gate)
	all.Wait()
	for range n {
		assert.Equal(t, "ok", <-texts)
	}
}

func TestCloseCutsRunningAnswersAndEndsEveryGoroutine(t *testing.T) {
	s, err := offline.Start(offline.Config{})
	require.NoError(t, err)
	res := ask(t, s, "offline:silent")
	early := make(chan error, 1)
	ctx := testContext(t)
	go func() {
		_, err := post(ctx, s, question("offline:silent_early", true))
		early <- err
	}()
	require.NoError(t, s.WaitRequests(ctx, 2))

	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	assert.Equal(t, 0, s.Active())
	require.Error(t, <-early)
	_, err = newEventReader(res.Body).all()
	require.Error(t, err)
	// Close returns when net/http reports the connections as closed, a few
	// instructions before their goroutines are gone.
	assert.Eventually(t, func() bool {
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		return !bytes.Contains(stacks, []byte("net/http.(*conn).serve")) &&
			!bytes.Contains(stacks, []byte("offline.Start.func"))
	}, deadline, time.Millisecond)
	_, err = post(ctx, s, question("hi", true))
	require.Error(t, err)
}
