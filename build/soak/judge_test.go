package soak

import (
	"fmt"
	"net/http"
	"strings"
)

// verdict is what came of a request.
type verdict string

const (
	right    verdict = "answered"
	left     verdict = "client left"
	expected verdict = "failed as asked for"
	lost     verdict = "its process was killed"
	cutOff   verdict = "the app was ended"
	wrong    verdict = "WRONG"
	hung     verdict = "HUNG"
)

// judge holds what a client has got against what had to come; why says what is wrong.
// killing: processes are killed, so that a request may honestly fail for that.
func judge(q request, s *seen, killing bool) (v verdict, why string) {
	want := strings.Join(words(q.heard(), q.deed.n), "")
	var wantCalls []toolCall
	switch q.deed.name {
	case call:
		want, wantCalls = "", calls(q.heard(), q.deed.n)
	case fail, silent:
		want = ""
	}
	got := s.text.String()
	switch {
	case s.odd != "":
		return wrong, s.odd
	case !strings.HasPrefix(want, got):
		return wrong, fmt.Sprintf("another text than %q: %q", want, got)
	case !beginsWith(wantCalls, s.calls):
		return wrong, fmt.Sprintf("other calls than %v: %v", wantCalls, s.calls)
	case s.complete():
		switch {
		case q.deed.fails() || q.fate.fatal() && killing:
			return wrong, "a complete answer where there can be none"
		case got != want || len(s.calls) != len(wantCalls):
			return wrong, fmt.Sprintf("half an answer that looks complete: %q %v", got, s.calls)
		case s.finish != map[bool]string{true: "tool_calls", false: "stop"}[q.deed.name == call]:
			return wrong, "finish_reason " + s.finish
		case s.err == nil && !s.done:
			return wrong, "a stream without [DONE]"
		case s.err == nil:
			return right, ""
		}
	}
	switch {
	case s.err == errLeft:
		return left, ""
	case s.err != nil:
		return cutOff, "the connection: " + s.err.Error()
	case s.failed == "":
		return wrong, "an answer that ends without a word"
	case q.stream && s.status == http.StatusOK && s.done:
		return wrong, "[DONE] after an error"
	case s.code == "shutting_down":
		return cutOff, s.failed
	case s.code == "cli_failed" && killing:
		return lost, ""
	case q.deed.fails() && q.deed.told(q, s):
		return expected, ""
	}
	return wrong, fmt.Sprintf("status %d, %s: %s", s.status, s.code, s.failed)
}

// beginsWith says whether the calls are the first of those that have to come, the last one
// perhaps not whole.
func beginsWith(want, got []toolCall) bool {
	if len(got) > len(want) {
		return false
	}
	for i, c := range got {
		last := i == len(got)-1
		if c.ID != want[i].ID || c.Arguments != want[i].Arguments && !(last && strings.HasPrefix(want[i].Arguments, c.Arguments)) {
			return false
		}
	}
	return true
}

// told says whether an error is the one that the deed brings about. Streams begin when it
// takes long.
func (d deed) told(q request, s *seen) bool {
	if d.name == fail {
		return (s.status == d.n || q.stream && s.status == http.StatusOK) && s.code == map[int]string{
			401: "sign_in_needed", 429: "rate_limit_exceeded", 500: "upstream_error", 529: "overloaded",
		}[d.n]
	}
	return (d.name == cut || d.name == event) && (s.code == "upstream_error" || s.code == "overloaded")
}
