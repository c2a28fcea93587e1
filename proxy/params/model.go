package params

import (
	"strings"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
)

// Model reads the name of a model: as it was sent, to be said back, and without
// providers' names before it, as the backend knows it.
func Model(v jsonbody.Value) (sent, name string, err *conversation.Error) {
	const what = "the name of a model, for instance claude-opus-4"
	if v.Absent() {
		return "", "", v.Want(what)
	}
	if sent, err = v.Text(); err != nil {
		return "", "", v.Want(what)
	}
	sent = strings.TrimSpace(sent)
	name = StripPrefix(sent)
	const longest = 256
	if name == "" || len(sent) > longest || strings.ContainsFunc(sent, isControl) {
		return "", "", v.Invalid("model must be " + what + "; what was sent is empty, too long or has control characters.")
	}
	return sent, name, nil
}

func isControl(c rune) bool { return c < ' ' || c == 0x7f }
