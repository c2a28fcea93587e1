package claude

import (
	"strconv"
	"testing"

	"go.uber.org/goleak"

	"claude-max-api-proxy/proxy/claude/claudetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(claudetest.Main{M: m}) }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
