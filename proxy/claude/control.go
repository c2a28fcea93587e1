package claude

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"claude-max-api-proxy/proxy/claude/streamjson"
)

// control sends a control request and waits for its answer, for use outside of
// turns. The whole must be done within the limit.
func (s *session) control(ctx context.Context, id string, request any, limit time.Duration) (streamjson.ControlResponse, error) {
	var line bytes.Buffer
	if err := streamjson.AppendControl(&line, id, request); err != nil {
		return streamjson.ControlResponse{}, err
	}
	return s.call(ctx, line.Bytes(), id, limit)
}

// call sends lines of control requests, the last of which is id, and waits until
// that is answered. Any that is refused is the end of it.
func (s *session) call(ctx context.Context, lines []byte, id string, limit time.Duration) (streamjson.ControlResponse, error) {
	late := fmt.Errorf("it did not answer %s within %s", id, limit)
	ctx, cancel := context.WithTimeoutCause(ctx, limit, late)
	defer cancel()
	stop := context.AfterFunc(ctx, s.proc.Kill)
	defer stop()
	x := s.begin()
	defer s.end(x)

	if err := s.write(lines); err != nil {
		return streamjson.ControlResponse{}, s.unanswered(ctx, s.lostNow())
	}
	for {
		m, err := s.receive(ctx, x, 0)
		if err != nil {
			return streamjson.ControlResponse{}, s.unanswered(ctx, err)
		}
		r, ok := m.(streamjson.ControlResponse)
		switch {
		case ok && r.Subtype != "success":
			return r, &refusedError{request: r.RequestID, cause: r.Error}
		case ok && r.RequestID == id:
			return r, nil
		}
	}
}

// refusedError says that the CLI does not do what a control request asks for.
type refusedError struct{ request, cause string }

func (e *refusedError) Error() string { return "it refused " + e.request + ": " + e.cause }

// unanswered is the reason why a control request got no answer. What the process
// said on stderr is part of it, unless it was told how a conversation begins.
func (s *session) unanswered(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	said := strings.TrimSpace(s.proc.StderrTail())
	if lost := (*lostError)(nil); errors.As(err, &lost) && said != "" && !s.initialized {
		return &lostError{cause: lost.cause + ", after it said: " + shorten(said, 500)}
	}
	return err
}
