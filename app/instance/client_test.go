package instance

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestJSONGoesInAndComesOut(t *testing.T) {
	dir, _ := serving(t, echo)
	c := find(t, dir)
	assert.Equal(t, os.Getpid(), c.Info.PID)
	assert.Equal(t, "v1.2.3", c.Info.Version)
	assert.WithinDuration(t, time.Now(), c.Info.StartedAt, patience)

	var answer struct{ Method, Path, Type, Body string }
	require.NoError(t, c.Do(t.Context(), "POST", "/action", map[string]int{"a": 1}, &answer))
	assert.Equal(t, "POST /action application/json {\"a\":1}", fmt.Sprint(answer.Method, " ", answer.Path, " ", answer.Type, " ", answer.Body))
	require.NoError(t, c.Do(t.Context(), "GET", "/state", nil, &answer))
	assert.Equal(t, "GET /state  ", fmt.Sprint(answer.Method, " ", answer.Path, " ", answer.Type, " ", answer.Body))
	require.NoError(t, c.Do(t.Context(), "GET", "/state", nil, nil))
	assert.ErrorContains(t, c.Do(t.Context(), "POST", "/", func() {}, nil), "the request cannot be written")
	var number int
	assert.ErrorContains(t, c.Do(t.Context(), "GET", "/", nil, &number), fmt.Sprintf("the answer of claude-max-api (process %d) cannot be understood", os.Getpid()))
}

func TestAnAnswerThatSaysNoBecomesTheError(t *testing.T) {
	dir, _ := serving(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/text":
			w.WriteHeader(http.StatusConflict)
			_, _ = io.WriteString(w, `{"error": "The port is taken."}`)
		case "/nothing":
			w.WriteHeader(http.StatusNotFound)
		case "/elsewhere":
			http.Redirect(w, r, "http://192.0.2.1/", http.StatusTemporaryRedirect)
		case "/empty":
			w.WriteHeader(http.StatusNoContent)
		case "/broken":
			panic(http.ErrAbortHandler)
		}
	}))
	c := find(t, dir)
	err := c.Do(t.Context(), "GET", "/text", nil, nil)
	assert.EqualError(t, err, "The port is taken.")
	var no *AnswerError
	require.ErrorAs(t, err, &no)
	assert.Equal(t, http.StatusConflict, no.Status)
	assert.EqualError(t, c.Do(t.Context(), "GET", "/nothing", nil, nil), "claude-max-api answered 404 Not Found")
	assert.EqualError(t, c.Do(t.Context(), "GET", "/elsewhere", nil, nil), "claude-max-api answered 307 Temporary Redirect", "the token goes nowhere else")
	var answer any
	assert.NoError(t, c.Do(t.Context(), "GET", "/empty", nil, &answer))
	assert.ErrorContains(t, c.Do(t.Context(), "GET", "/broken", nil, nil), fmt.Sprintf("asking claude-max-api (process %d): ", os.Getpid()))
}

func TestAnAppThatWasStartedAgainIsAskedAsWell(t *testing.T) {
	dir := t.TempDir()
	first := start(t, "app", dir)
	first.says()
	c := find(t, dir)
	first.kill()
	assert.ErrorIs(t, c.Do(t.Context(), "GET", "/", nil, nil), ErrNotRunning)
	second := start(t, "app", dir)
	second.says()
	var answer struct{ PID int }
	require.NoError(t, c.Do(t.Context(), "GET", "/", nil, &answer))
	assert.Equal(t, second.Process.Pid, answer.PID)
	second.leave()
}

func TestALeftoverBesideANewLockIsNotTakenForAnAnswer(t *testing.T) {
	dir := t.TempDir()
	first := start(t, "app", dir)
	first.says()
	first.kill()
	leftover, err := os.ReadFile(recordPath(dir))
	require.NoError(t, err)

	i, err := Acquire(dir)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(recordPath(dir), leftover, 0o600)) // as in the moment before the first record
	c := find(t, dir)
	answered := make(chan error)
	go func() { answered <- c.Do(t.Context(), "GET", "/", nil, nil) }()
	require.NoError(t, i.Serve(echo, ""))
	assert.NoError(t, <-answered)
	require.NoError(t, i.Close(t.Context()))
}

func TestRunningRequestsFinishBeforeTheAppEnds(t *testing.T) {
	entered, finish := make(chan struct{}), make(chan struct{})
	dir, i := serving(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-finish
		_, _ = io.WriteString(w, `"done"`)
	}))
	c := find(t, dir)
	address := c.Info.Address
	var answer string
	answered := make(chan error)
	go func() { answered <- c.Do(t.Context(), "GET", "/", nil, &answer) }()
	<-entered
	closed := make(chan error)
	go func() { closed <- i.Close(t.Context()) }()
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
		}
		return err != nil
	}, patience, time.Millisecond, "nobody else is served")
	_, err := Acquire(dir)
	var running *RunningError
	assert.ErrorAs(t, err, &running, "the lock is still held")
	select {
	case err := <-closed:
		t.Fatal("closed with a request running: ", err)
	default:
	}
	close(finish)
	require.NoError(t, <-answered)
	assert.Equal(t, "done", answer)
	require.NoError(t, <-closed)
}

func TestARequestThatDoesNotFinishIsCut(t *testing.T) {
	entered, left := make(chan struct{}), make(chan struct{})
	dir, i := serving(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
		close(left)
	}))
	answered := make(chan error)
	go func() { answered <- find(t, dir).Do(t.Context(), "GET", "/", nil, nil) }()
	<-entered
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	assert.ErrorContains(t, i.Close(ctx), "requests of other commands were cut: context deadline exceeded")
	assert.Error(t, <-answered)
	<-left
	_, err := Find(dir)
	assert.ErrorIs(t, err, ErrNotRunning)
}

func TestACallerWhoLeavesIsNotToldThatTheAppHangs(t *testing.T) {
	entered := make(chan struct{})
	dir, _ := serving(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
	}))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-entered
		cancel()
	}()
	err := find(t, dir).Do(ctx, "GET", "/", nil, nil)
	assert.ErrorIs(t, err, context.Canceled)
	var silent *UnresponsiveError
	assert.NotErrorAs(t, err, &silent)
}
