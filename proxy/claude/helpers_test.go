package claude

import (
	"strconv"
	"testing"

	"go.uber.org/goleak"

	"claude-max-api-proxy/proxy/claude/claudetest"
)

// TestMain plays the CLI in the processes that tests start as one.
func TestMain(m *testing.M) {
	claudetest.Main()
	goleak.VerifyTestMain(m)
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
