package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"claude-max-api-proxy/app"
	"claude-max-api-proxy/app/clipboard"
	"claude-max-api-proxy/app/logfile"
	"claude-max-api-proxy/app/port"
	"claude-max-api-proxy/app/settings"
	"claude-max-api-proxy/app/tray"
	"claude-max-api-proxy/proxy/claude"
	"claude-max-api-proxy/proxy/claude/locate"
	"claude-max-api-proxy/proxy/offline"
)

type demoCommand struct {
	Question string `default:"Hello! Who are you, and how did my words get to you?" help:"What to ask."`
	Once     bool   `help:"End after the first answer."`
}

// pace makes the offline model speak about as fast as a real one.
const pace = 25 * time.Millisecond

// Run starts the offline model and the proxy, asks one question as a client
// would, and stays up. The CLI gets a home of its own and a made-up login, so
// nothing of the user's is read and nothing leaves the machine.
func (cmd demoCommand) Run(ctx context.Context, f *flags, c console) error {
	model, err := offline.Start(offline.Config{Pace: pace})
	if err != nil {
		return err
	}
	defer func() { _ = model.Close() }()
	home, err := os.MkdirTemp("", "claude-max-api-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(home) }()

	s, _, err := f.settings()
	if err != nil {
		return err
	}
	if _, err := locate.Find(ctx, locate.Config{Path: s.Claude}); err != nil {
		return err // before anything is started and fails piece by piece
	}
	// Not the user's own: it may hold an API key or a cloud provider.
	s.Credentials = string(claude.LoginCredentials)
	s.ClaudeEnv = map[string]string{
		"HOME": home, "USERPROFILE": home, "CLAUDE_CONFIG_DIR": filepath.Join(home, ".claude"),
		"ANTHROPIC_BASE_URL": model.URL(), "CLAUDE_CODE_OAUTH_TOKEN": "offline-demo",
		"NO_PROXY": "*", "no_proxy": "*",
	}
	if free, ok := port.Free(s.Port); ok && free != s.Port && f.Port == nil {
		fmt.Fprintf(c.err, "Port %d is in use; the demo takes %d.\n", s.Port, free)
		s.Port = free
	}
	log, shown := logfile.Terminal(slog.LevelWarn, c.err)
	defer func() { _ = shown.Close() }()
	return cmd.show(ctx, s, log, c)
}

// show runs the app on the demo's settings, with an icon where there is a place for
// one, and asks the question beside it.
func (cmd demoCommand) show(ctx context.Context, s settings.Settings, log *slog.Logger, c console) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	asked := make(chan error, 1)
	ask := func(k *app.Controller) {
		go func() {
			err := cmd.ask(ctx, k, c)
			if ctx.Err() != nil {
				err = nil // Ctrl-C, also in the middle of the answer
			}
			asked <- err
			if err != nil || cmd.Once {
				stop()
			}
		}()
	}
	if cmd.Once || tray.Unavailable() != "" {
		k := app.New(app.Config{Ports: demoPorts(s, log, nil), Log: log})
		ask(k)
		k.Run(ctx)
	} else {
		f, err := newFace(log)
		if err != nil {
			return err
		}
		f.run(ctx, app.Config{Ports: demoPorts(s, log, f.desk.Tell), Log: log}, ask)
	}
	stop() // it was ended by the menu
	return <-asked
}

// ask asks the question once the proxy runs, and then says how to go on.
func (cmd demoCommand) ask(ctx context.Context, k *app.Controller, c console) error {
	state, err := k.Await(ctx, func(s app.State) bool { return s.Phase.Serving() || s.Phase == app.Failed })
	if err != nil {
		return err
	}
	if state.Phase == app.Failed {
		return state.Trouble
	}
	fmt.Fprintln(c.out, "claude-max-api demo: the real Claude Code CLI, and an offline model in Anthropic's place.")
	if err := askAsClient(ctx, state.BaseURL, state.Settings.APIKey, cmd.Question, c.out); err != nil {
		return err
	}
	if !cmd.Once {
		printDemoHelp(c.out, state.BaseURL)
	}
	return nil
}

// demoPorts change nothing of the user's: settings last as long as the demo, and
// there is no account to sign in to.
func demoPorts(s settings.Settings, log *slog.Logger, tell func(app.Notice)) app.Ports {
	var mu sync.Mutex
	change := func(do func()) error {
		mu.Lock()
		defer mu.Unlock()
		do()
		return nil
	}
	return app.Ports{
		Open: func(ctx context.Context, s settings.Settings, r app.Report) (app.Run, error) {
			return wire(ctx, s, log, r)
		},
		ReadSettings: func() app.SettingsRead {
			mu.Lock()
			defer mu.Unlock()
			return app.SettingsRead{Settings: s}
		},
		UsePort:          func(port int) error { return change(func() { s.Port = port }) },
		SetNotifications: func(on bool) error { return change(func() { s.Notifications = on }) },
		Copy:             clipboard.Write,
		OpenClawConfig:   openClawConfig(s.APIKey),
		Errands: map[app.Action]func(app.State) error{
			app.SignInToClaude: func(app.State) error {
				return errors.New("the demo has no account to sign in to; send another prompt, and the offline model accepts the login again")
			},
			app.SetUpOpenClaw: func(app.State) error {
				return errors.New("the demo leaves your configuration alone; copy it instead, or see: claude-max-api setup openclaw --print")
			},
			app.OpenLog:   func(app.State) error { return errors.New("the demo's log is the terminal that it was started in") },
			app.ShowAbout: showAbout(tell),
		},
		Tell: tell,
	}
}

// askAsClient sends the question with curl, where there is one, so that what is
// shown is what anybody can type.
func askAsClient(ctx context.Context, baseURL, key, question string, out io.Writer) error {
	url := baseURL + "/chat/completions"
	body, err := json.Marshal(map[string]any{
		"model": "claude-opus-4", "stream": true,
		"messages": []map[string]string{{"role": "user", "content": question}},
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\n$ curl -N %s \\\n    -H 'Content-Type: application/json' \\\n    -d '%s'\n\n", url, bytes.ReplaceAll(body, []byte("'"), []byte(`'\''`)))
	curl, err := exec.LookPath("curl")
	if err != nil || key != "" { // a key must not show in the list of processes
		return askOverHTTP(ctx, url, key, body, out)
	}
	command := exec.CommandContext(ctx, curl, "-sS", "-N", "--noproxy", "*", url, "-H", "Content-Type: application/json", "--data-binary", "@-")
	command.Stdin = bytes.NewReader(body)
	command.Stderr = out
	answer, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	shown := showStream(answer, out)
	return errors.Join(shown, command.Wait())
}

func askOverHTTP(ctx context.Context, url, key string, body []byte, out io.Writer) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+key)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	return showStream(response.Body, out)
}

// showStream prints the text of an answer as it comes. Whatever is no part of a
// whole stream is an error, and is told.
func showStream(stream io.Reader, out io.Writer) error {
	defer fmt.Fprintln(out)
	lines := bufio.NewReader(stream)
	for {
		line, err := lines.ReadString('\n')
		data, isData := strings.CutPrefix(strings.TrimSpace(line), "data: ")
		if isData && data == "[DONE]" {
			return nil
		}
		var chunk struct {
			Choices []struct{ Delta struct{ Content string } }
			Error   *struct{ Message string }
		}
		if text := strings.TrimPrefix(data, "data: "); text != "" {
			if json.Unmarshal([]byte(text), &chunk) != nil {
				return fmt.Errorf("the proxy answered: %s", text)
			}
		}
		if chunk.Error != nil {
			return errors.New(chunk.Error.Message)
		}
		for _, choice := range chunk.Choices {
			fmt.Fprint(out, choice.Delta.Content)
		}
		if err != nil {
			return errors.New("the answer ended before it was complete")
		}
	}
}

func printDemoHelp(out io.Writer, baseURL string) {
	fmt.Fprintf(out, `
The proxy stays up. For any OpenAI client:

  Base URL   %s
  API key    anything
  Models     claude-opus-4, claude-sonnet-4, claude-haiku-4

A prompt with one of these words makes the offline model do as it says:

`, baseURL)
	for _, s := range offline.Scenarios() {
		fmt.Fprintf(out, "  %-26s %s\n", s.Directive(), s.About)
	}
	fmt.Fprint(out, "\nStop with Ctrl-C.\n")
}
