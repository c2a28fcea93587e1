package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"

	"claude-max-api-proxy/app/control"
	"claude-max-api-proxy/app/settings"
	"claude-max-api-proxy/proxy"
)

type statusCommand struct {
	JSON bool `help:"Print what GET /health answers; while the proxy does not run, the app's state."`
}

// Run asks the running app, which knows why its proxy does not run, and the proxy for
// the rest. With --port it is the proxy alone.
func (cmd statusCommand) Run(ctx context.Context, f *flags, c console) error {
	var state *control.State
	if f.Port == nil {
		var told control.State
		switch err := askApp(ctx, f, http.MethodGet, "/state", &told); {
		case err == nil:
			state = &told
		case !errors.Is(err, errNotRunning):
			return err
		}
	}
	s, _, err := f.settings()
	if state != nil && (err != nil || !state.Phase.Serving()) {
		return cmd.printState(c.out, *state) // the app knows itself, whatever the file says
	}
	if err != nil {
		return err
	}
	at := origin(s.Listen, s.Port)
	if state != nil { // it may have been started with another address
		at = strings.TrimSuffix(state.BaseURL, "/v1")
	}
	body, err := fetchHealth(ctx, s, at)
	if err != nil {
		return err
	}
	var h proxy.Health
	if err := json.Unmarshal(body, &h); err != nil || h.Name != proxy.Name {
		return fmt.Errorf("what answers on port %d is not claude-max-api; run claude-max-api doctor", s.Port)
	}
	switch {
	case cmd.JSON:
		_, err := c.out.Write(body)
		return err
	case h.Version == "" && s.APIKey != "": // what everybody is told
		return fmt.Errorf("the proxy is running on port %d, and does not take the API key that is set here; it is the one that the proxy was started with", s.Port)
	case h.Version == "":
		return fmt.Errorf("the proxy is running on port %d, and tells more only with its API key; set $CLAUDE_MAX_API_KEY or api_key in %s", s.Port, f.path())
	}
	return printHealth(c.out, at, h, state)
}

// printState tells of an app whose proxy does not run.
func (cmd statusCommand) printState(out io.Writer, state control.State) error {
	if cmd.JSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(state)
	}
	fmt.Fprintf(out, "State  %s\n", state.Phase)
	if state.BaseURL != "" {
		fmt.Fprintf(out, "Base URL  %s\n", state.BaseURL)
	}
	if state.SettingsProblem != "" {
		fmt.Fprintf(out, "Settings  %s The former ones are in force.\n", state.SettingsProblem)
	}
	if t := state.Trouble; t != nil {
		fmt.Fprintf(out, "Cause  %s\n", t.Message)
		if t.Hint != "" {
			fmt.Fprintf(out, "Next   %s\n", t.Hint)
		}
	}
	return nil
}

// fetchHealth asks the proxy of this machine.
func fetchHealth(ctx context.Context, s settings.Settings, origin string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	body, err := fetch(ctx, s.APIKey, origin+"/health")
	if err != nil {
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			return nil, fmt.Errorf("what listens on port %d does not answer; run claude-max-api doctor", s.Port)
		case isDial(err):
			return nil, fmt.Errorf("the proxy is not running on port %d; start it with claude-max-api serve", s.Port)
		}
		return nil, fmt.Errorf("what answers on port %d is not claude-max-api; run claude-max-api doctor", s.Port)
	}
	return body, nil
}

// fetch gets what the proxy says of itself.
func fetch(ctx context.Context, key, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	// The key goes to nobody else: no proxy of the environment, no redirect.
	client := http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	return io.ReadAll(io.LimitReader(response.Body, 1<<20))
}

// isDial says whether no connection came about.
func isDial(err error) bool {
	failed, ok := errors.AsType[*net.OpError](err)
	return ok && failed.Op == "dial"
}

// usage says how far a window is used up, and when it begins anew.
func usage(w proxy.HealthWindow) string {
	said := "not known"
	switch {
	case w.Reached:
		said = "reached"
	case w.Used != nil:
		said = fmt.Sprintf("%.0f %% used", *w.Used*100)
	}
	if w.ResetsAt != nil {
		said += ", resets at " + w.ResetsAt.Local().Format("15:04 on Mon 2 Jan")
	}
	return said
}

// printHealth tells of a proxy that answers; state is what its app says, if that is
// known, and goes before.
func printHealth(out io.Writer, origin string, h proxy.Health, app *control.State) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) {
		fmt.Fprintf(t, "%s\t%s\n", name, fmt.Sprintf(format, args...))
	}
	state := "running"
	switch {
	case app != nil && app.Trouble != nil:
		state = "needs attention: " + app.Trouble.Message
		if app.Trouble.Hint != "" {
			state += " " + app.Trouble.Hint
		}
	case h.Problem != "":
		state = "needs attention: " + h.Problem
	}
	row("State", "%s", state)
	row("Base URL", "%s/v1", origin)
	if app != nil && app.SettingsProblem != "" {
		row("Settings", "%s The former ones are in force.", app.SettingsProblem)
	}
	row("Version", "%s, up for %s", h.Version, time.Duration(h.UptimeSeconds)*time.Second)
	if h.CLI.Path != nil && h.CLI.Version != nil {
		row("Claude Code", "%s at %s", *h.CLI.Version, *h.CLI.Path)
	}
	seen := ""
	if h.SignIn.SeenAt != nil {
		seen = ", seen " + time.Since(*h.SignIn.SeenAt).Round(time.Second).String() + " ago"
	}
	row("Sign-in", "%s%s", h.SignIn.State, seen)
	for _, w := range h.UsageWindows {
		row(w.Name+" limit", "%s", usage(w))
	}
	row("Processes", "%d warm, %d busy, %d idle, %d starting, of at most %d; %d requests waiting",
		h.Processes.Warm, h.Processes.Busy, h.Processes.Idle, h.Processes.Starting, h.Processes.Max, h.Processes.Queued)
	row("Requests", "%d, failed %d", h.Requests.Total, h.Requests.Failed)
	return t.Flush()
}
