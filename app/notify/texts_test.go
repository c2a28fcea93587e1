package notify

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/app"
)

// TestEveryNoticeAsItIsShown keeps all that the package can say in one file to read.
func TestEveryNoticeAsItIsShown(t *testing.T) {
	state := func(change func(*app.State)) app.State {
		s := running()
		change(&s)
		return s
	}
	broken := down(app.Trouble{Kind: app.BadSettings, Message: "settings.json, line 3: port is not a number.", Hint: "It starts as soon as the file is right."})
	tooLong := strings.Repeat("The upstream server said something long. ", 10)
	var got strings.Builder
	for _, c := range []struct {
		name   string
		notice app.Notice
	}{
		{"sign-in lost", signInLost()},
		{"sign-in still lost", signInStillLost()},
		{"signed in again", signedInAgain()},
		{"CLI missing", cliMissing(app.Trouble{Message: "No Claude Code CLI was found.", Hint: "Install it: https://code.claude.com/docs."})},
		{"CLI back", cliBack(app.Health{CLIVersion: "2.1.330"})},
		{"CLI back, version unknown", cliBack(app.Health{})},
		{"CLI updated", cliUpdated("2.1.197", "2.1.330")},
		{"CLI moved", cliMoved("/home/ada/.local/bin/claude")},
		{"port taken", notRunning(state(down(app.Trouble{
			Kind: app.PortTaken, Message: "Port 3456 is in use by nginx (process 812).", Holder: "nginx (process 812)", FreePort: 3457,
			Hint: "Stop that first, or use another port, for instance 3457 (--port 3457).",
		})))},
		{"port taken by nobody known", notRunning(state(down(app.Trouble{
			Kind: app.PortTaken, Message: "Port 3456 is in use.", Hint: "Choose another with --port.",
		})))},
		{"listener lost", notRunning(state(down(app.Trouble{
			Kind: app.ListenerLost, Message: "The proxy stopped by itself.", Hint: "Start it again; the log may say more.",
		})))},
		{"cannot start", notRunning(state(down(app.Trouble{Kind: app.CannotStart, Message: "Listen tcp 10.0.0.1:3456: cannot assign requested address."})))},
		{"bad settings", notRunning(state(broken))},
		{"settings problem", settingsProblem(state(func(s *app.State) { s.SettingsProblem = "settings.json, line 3: port is not a number." }))},
		{"settings problem, nothing in force", settingsProblem(state(func(s *app.State) {
			broken(s)
			s.SettingsProblem = "settings.json, line 4: no such setting."
		}))},
		{"window nearly used", windowUsed(app.Window{Name: "5-hour", Used: .837, ResetsAt: noon.Add(125 * time.Minute).UTC()}, noon)},
		{"window nearly used, reset tomorrow", windowUsed(app.Window{Name: "weekly", Used: .8, ResetsAt: noon.Add(13 * time.Hour)}, noon)},
		{"window nearly used, reset unknown", windowUsed(app.Window{Name: "weekly", Used: .99999}, noon)},
		{"window reached", windowUsed(app.Window{Name: "5-hour", Used: 1, Reached: true, ResetsAt: noon.Add(125 * time.Minute)}, noon)},
		{"window reached, reset in days", windowUsed(app.Window{Name: "weekly", Reached: true, ResetsAt: noon.Add(100 * time.Hour)}, noon)},
		{"window reached, reset unknown", windowUsed(app.Window{Name: "5-hour", Reached: true}, noon)},
		{"a request failed", requestsFailed(1, false, "Anthropic answered with status 500.")},
		{"one more failed", requestsFailed(1, true, "Anthropic answered with status 500.")},
		{"several more failed", requestsFailed(4, true, "Anthropic answered with status 500.")},
		{"several failed", requestsFailed(2, false, tooLong)},
	} {
		for _, tail := range []string{"", "… and 3 more notices, see the log"} {
			n := fit(c.notice, tail)
			assert.LessOrEqual(t, utf8.RuneCountInString(n.Title), titleRunes, c.name)
			assert.LessOrEqual(t, utf8.RuneCountInString(n.Body), bodyRunes, c.name)
			assert.True(t, strings.HasSuffix(n.Body, tail), c.name)
		}
		n := fit(c.notice, "")
		if c.name != "several failed" {
			assert.Equal(t, c.notice, n, "says all that it has to say")
		}
		urgent := ""
		if n.Urgent {
			urgent = ", urgent"
		}
		fmt.Fprintf(&got, "-- %s%s --\n%s\n%s\n", c.name, urgent, n.Title, n.Body)
	}
	const golden = "testdata/notices.txt"
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(got.String()), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.Equal(t, strings.ReplaceAll(string(want), "\r\n", "\n"), got.String())
}
