package anthropic

import (
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
)

// threadParam asks for a message thread: Anthropic keeps the conversation, and the client sends
// only what is new. Nobody keeps one here, and an answer without what was before would be
// another one.
//
// https://platform.claude.com/docs/en/build-with-claude/message-threads
const threadParam = "thread"

func refuseThread(v jsonbody.Value) *conversation.Error {
	if v.IsNull() {
		return nil
	}
	err := v.Invalid(v.Path() + " cannot be used: there are no message threads here.")
	err.Hint = "Leave it out, and send the whole conversation."
	return err
}

// errorDetails is what programs go by, where the type of an error does not say enough.
type errorDetails struct {
	ErrorCode   string   `json:"error_code"`
	Unsupported []string `json:"unsupported"`
}

// detailsOf gives what has Anthropic's SDKs send the conversation again without a thread, and
// nothing for other errors.
func detailsOf(err *conversation.Error) *errorDetails {
	if err.Kind != conversation.InvalidRequest || err.Param != threadParam {
		return nil
	}
	return &errorDetails{"thread_unsupported_request", []string{threadParam}}
}
