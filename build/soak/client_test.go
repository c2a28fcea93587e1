package soak

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"time"
)

// message is one of a request.
type message struct {
	Role       string     `json:"role"`
	Content    string     `json:"content"`
	ToolCalls  []wireCall `json:"tool_calls,omitempty"`
	ToolCallID string     `json:"tool_call_id,omitempty"`
}

type wireCall struct {
	Index    int    `json:"index"`
	ID       string `json:"id"`
	Type     string `json:"type"`
	Function struct {
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
	} `json:"function"`
}

// seen is what a client has got of an answer.
type seen struct {
	status int // of HTTP; 0 when there was no answer at all
	text   strings.Builder
	calls  []toolCall
	finish string
	done   bool // a stream's [DONE]
	code   string
	failed string // the error that the proxy told, in its words
	odd    string // what no answer may hold
	err    error  // of the connection

	deltas       int
	first, whole time.Duration // since before the request; first is that of a text or call
}

// complete says that the answer looks like a whole one.
func (s *seen) complete() bool { return s.finish != "" && s.failed == "" }

// client asks one proxy.
type client struct {
	http *http.Client
	url  string
	news *news
	kill func() // kills a process of the CLI; see request.kills
}

func newClient(url string, n *news) *client {
	return &client{http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}, url: url, news: n}
}

// point is a moment in the life of a request.
type point string

const (
	never     point = ""
	atOnce    point = "at once"  // when it was sent
	whenAsked point = "asked"    // when the model has got it
	atText    point = "text"     // with the first piece of the answer
	amidText  point = "mid text" // with the third
)

// pieces is after how many pieces of the answer that is.
func (p point) pieces() int { return map[point]int{atText: 1, amidText: 3}[p] }

var errLeft = errors.New("the client has left")

// do sends a request and reads its answer, as far as the client wants to.
func (c *client) do(ctx context.Context, q request) *seen {
	s := &seen{}
	ctx, leave := context.WithCancelCause(ctx)
	at, act := q.leaves, func() { leave(errLeft) }
	if q.kills != never {
		at, act = q.kills, sync.OnceFunc(c.kill)
	}
	began := time.Now()
	note := func() {
		s.deltas++
		if s.first == 0 {
			s.first = time.Since(began)
		}
		if n := at.pieces(); n > 0 && s.deltas == n {
			act()
		}
	}
	var watching sync.WaitGroup
	defer watching.Wait()
	defer leave(nil)
	switch at {
	case atOnce:
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
			WroteRequest: func(httptrace.WroteRequestInfo) { act() },
		})
	case whenAsked:
		asked := c.news.expect(q.mark)
		defer c.news.forget(q.mark)
		watching.Go(func() {
			select {
			case <-asked:
				act()
			case <-ctx.Done():
			}
		})
	}
	s.err = c.read(ctx, q, s, note)
	s.whole = time.Since(began)
	if s.err != nil && errors.Is(context.Cause(ctx), errLeft) {
		s.err = errLeft
	}
	return s
}

func (c *client) read(ctx context.Context, q request, s *seen, note func()) error {
	body, err := json.Marshal(q.body())
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/chat/completions", bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	s.status = response.StatusCode
	c.news.moment()
	if !q.stream || s.status != http.StatusOK {
		data, err := io.ReadAll(response.Body)
		if err != nil {
			return err
		}
		return s.readWhole(data, note)
	}
	return s.readStream(response.Body, note)
}

// part is what a body, an event or an error may hold.
type part struct {
	Choices []struct {
		Message, Delta struct {
			Content   string     `json:"content"`
			ToolCalls []wireCall `json:"tool_calls"`
		}
		FinishReason string `json:"finish_reason"`
	}
	Error *struct{ Message, Code string }
}

func (s *seen) take(data []byte, note func()) error {
	var p part
	if err := json.Unmarshal(data, &p); err != nil {
		s.odd = fmt.Sprintf("not JSON: %.200s", data)
		return nil
	}
	if p.Error != nil {
		s.failed, s.code = p.Error.Message, p.Error.Code
	}
	for _, choice := range p.Choices {
		if s.finish != "" {
			s.odd = fmt.Sprintf("something follows the finish_reason: %s", data)
		}
		for _, d := range []string{choice.Message.Content, choice.Delta.Content} {
			if d != "" {
				s.text.WriteString(d)
				note()
			}
		}
		for i, wire := range choice.Message.ToolCalls {
			wire.Index = i
			s.call(wire, note)
		}
		for _, wire := range choice.Delta.ToolCalls {
			s.call(wire, note)
		}
		s.finish = choice.FinishReason
	}
	return nil
}

func (s *seen) call(piece wireCall, note func()) {
	note()
	if piece.Index == len(s.calls) && piece.ID != "" {
		if piece.Function.Name != toolName {
			s.odd = "a call of " + piece.Function.Name
		}
		s.calls = append(s.calls, toolCall{piece.ID, piece.Function.Arguments})
		return
	}
	if piece.Index != len(s.calls)-1 || piece.ID != "" {
		s.odd = fmt.Sprintf("piece of call %d after %d calls", piece.Index, len(s.calls))
		return
	}
	s.calls[piece.Index].Arguments += piece.Function.Arguments
}

func (s *seen) readWhole(data []byte, note func()) error {
	s.done = true
	return s.take(data, note)
}

// readStream takes nothing but "data: " lines and empty ones.
func (s *seen) readStream(body io.Reader, note func()) error {
	lines := bufio.NewReader(body)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		line, whole := bytes.CutSuffix(line, []byte("\n"))
		data, ok := bytes.CutPrefix(line, []byte("data: "))
		switch {
		case len(line) > 0 && !whole:
			s.odd = fmt.Sprintf("half a line: %s", line)
		case len(line) == 0:
		case s.done:
			s.odd = fmt.Sprintf("something follows [DONE]: %s", line)
		case !ok:
			s.odd = fmt.Sprintf("not an event: %s", line)
		case string(data) == "[DONE]":
			s.done = true
		default:
			if err := s.take(data, note); err != nil {
				return err
			}
		}
		if err != nil {
			return nil
		}
	}
}
