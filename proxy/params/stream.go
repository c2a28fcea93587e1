package params

import (
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
)

// Stream reads whether the answer is to come in chunks, and whether the last one is to have
// the token counts (stream_options.include_usage).
func Stream(members Members) (stream, includeUsage bool, err *conversation.Error) {
	if v := members.Get("stream"); !v.IsNull() {
		if stream, err = v.Bool(); err != nil {
			return false, false, err
		}
	}
	options := members.Get("stream_options")
	if options.IsNull() {
		return stream, false, nil
	}
	// OpenAI refuses stream_options without stream. There is nothing to lose by
	// being kinder: some clients send both, with stream switched off.
	if options.Type() != jsonbody.Object {
		return false, false, options.Want("an object")
	}
	if v := options.Pick("include_usage").Get("include_usage"); !v.IsNull() {
		includeUsage, err = v.Bool()
	}
	return stream, includeUsage, err
}

// One reads a number of answers, of which only one can be given.
func One(members Members, name string) *conversation.Error {
	v := members.Get(name)
	if v.IsNull() {
		return nil
	}
	_, err := v.Int(1, 1)
	if err != nil {
		err.Hint = "Only one answer at a time can be given; send several requests for several."
	}
	return err
}
