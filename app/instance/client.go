package instance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

const (
	answerTime = 10 * time.Second // for an answer, where the caller sets no deadline
	maxAnswer  = 16 << 20         // bytes
)

// Client talks to the running app.
type Client struct {
	// Info is the app's when it was found.
	Info Info

	dir  string
	http *http.Client
}

// Find finds the app that runs in the directory; see [Dir]. The error is
// [ErrNotRunning] when none does, and an [*UnresponsiveError] when one does that has
// not said within 2 s where it is reached.
func Find(dir string) (*Client, error) {
	r, err := running(context.Background(), dir)
	if err != nil {
		return nil, err
	}
	return &Client{Info: r.Info, dir: dir, http: &http.Client{
		Transport: &http.Transport{
			Proxy:             nil, // whatever the environment says: the token stays on this machine
			DisableKeepAlives: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Do asks the app and waits for its answer until ctx's deadline; without one, for
// 10 s. in is sent as JSON unless it is nil, and the answer's JSON goes into out
// unless that is nil. The error is an [*AnswerError] when the app says no,
// [ErrNotRunning] when it has ended meanwhile, and an [*UnresponsiveError] when it
// runs but does not answer. An app that was started again since is asked as well.
func (c *Client) Do(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("the request cannot be written: %w", err)
		}
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, answerTime)
		defer cancel()
	}
	began := time.Now()
	for {
		// What was found before may be an app that was killed since, and its port
		// another program's by now.
		r, err := running(ctx, c.dir)
		if err != nil {
			return err
		}
		err = c.ask(ctx, r, method, path, body, out)
		var failed *net.OpError
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			return &UnresponsiveError{r.Info, fmt.Errorf("no answer within %w", timeout(time.Since(began)))}
		case errors.As(err, &failed) && failed.Op == "dial": // nothing was sent
			if time.Since(began) > settleTime {
				return &UnresponsiveError{r.Info, failed}
			}
			wait(ctx) // it is just ending, or another one is starting
		default:
			return err
		}
	}
}

// ask sends one request to the app of the record.
func (c *Client) ask(ctx context.Context, r record, method, path string, body []byte, out any) error {
	request, err := http.NewRequestWithContext(ctx, method, "http://"+r.Address+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+r.Token)
	if len(body) > 0 {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := c.http.Do(request)
	if err != nil {
		return fmt.Errorf("asking claude-max-api%s: %w", r.process(), err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("the answer of claude-max-api%s broke off: %w", r.process(), err)
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		var no struct {
			Error string `json:"error"`
		}
		_ = json.Unmarshal(answer, &no) // or there is no text
		return &AnswerError{Status: response.StatusCode, Message: no.Error}
	}
	if out == nil || response.StatusCode == http.StatusNoContent {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("the answer of claude-max-api%s cannot be understood: %w", r.process(), err)
	}
	return nil
}
