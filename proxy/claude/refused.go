package claude

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"

	"claude-max-api-proxy/proxy/claude/streamjson"
	"claude-max-api-proxy/proxy/conversation"
)

// changed is the failure when the CLI, after upstream has refused the request,
// sends another one of its own making: without a picture, say. Nobody asked for an
// answer to that. Old CLIs tell upstream's status only in words.
func (a *answer) changed() *conversation.Error {
	status := a.apiError.Status
	if found := statusInWords.FindStringSubmatch(a.apiError.Text); status == 0 && found != nil {
		status, _ = strconv.Atoi(found[1])
	}
	if status == 0 && (a.errorCode == "invalid_request" || a.errorCode == "unknown") {
		status = http.StatusBadRequest
	}
	return a.failure(streamjson.Result{
		IsError: true, APIErrorStatus: status, APIErrorType: a.apiError.Type, Text: a.apiError.Text,
	})
}

var statusInWords = regexp.MustCompile(`API Error: (\d{3})\b`)

func refused(r streamjson.ControlResponse) *conversation.Error {
	return &conversation.Error{
		Kind:    conversation.CLIFailed,
		Brief:   "The Claude Code CLI refused a control request.",
		Message: fmt.Sprintf("The Claude Code CLI refused a control request: %s.", r.Error),
		Hint:    "Run `claude-max-api doctor` to see whether this version of the CLI is supported.",
	}
}

// withoutWords is a failure for the log, without the CLI's own words, which may quote what it
// was told.
func withoutWords(err error) error {
	if refused := (*refusedError)(nil); errors.As(err, &refused) {
		return &refusedError{refused.request, "for a reason that may quote what it was told"}
	}
	if failure := (*conversation.Error)(nil); errors.As(err, &failure) {
		return errors.New(cmp.Or(failure.Brief, failure.Message))
	}
	return err
}

func brokenOff() *conversation.Error {
	return &conversation.Error{
		Kind:    conversation.Upstream,
		Message: "Anthropic's answer broke off in the middle.",
		Hint:    "What was sent so far is incomplete; send the request again.",
	}
}
