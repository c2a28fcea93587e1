package claude

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"

	"claude-max-api-proxy/proxy/claude/locate"
	"claude-max-api-proxy/proxy/conversation"
)

func TestAMissingCLIIsExplainedByWhatWasFound(t *testing.T) {
	bad := &locate.UnusableError{Path: "/usr/bin/claude", Reason: "is a folder", Hint: "Move it away."}
	tests := map[string]struct {
		err           error
		message, hint string
	}{
		"nothing there":          {&locate.NotFoundError{}, "was not found on this machine", installHint},
		"one that is no use":     {&locate.NotFoundError{Unusable: []*locate.UnusableError{bad}}, "/usr/bin/claude is a folder", bad.Hint},
		"the one in the setting": {bad, bad.Message(), bad.Hint},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			e := conversation.AsError(missing(test.err))
			assert.Equal(t, conversation.CLIMissing, e.Kind)
			assert.Contains(t, e.Message, test.message)
			assert.Equal(t, test.hint, e.Hint)
		})
	}
	other := errors.New("the search was cancelled")
	assert.Same(t, other, missing(other))
}
