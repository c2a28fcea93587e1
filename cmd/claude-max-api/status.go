package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"text/tabwriter"
	"time"

	"claude-max-api-proxy/proxy"
)

type statusCommand struct {
	JSON bool `help:"Print what GET /health answers."`
}

func (cmd statusCommand) Run(ctx context.Context, f *flags, c console) error {
	s, _, err := f.settings()
	if err != nil {
		return err
	}
	body, err := fetchHealth(ctx, s.Port, s.APIKey)
	if err != nil {
		return err
	}
	if cmd.JSON {
		_, err := c.out.Write(body)
		return err
	}
	var h proxy.Health
	if err := json.Unmarshal(body, &h); err != nil || h.Name != proxy.Name {
		return fmt.Errorf("what answers on port %d is not claude-max-api; run claude-max-api doctor", s.Port)
	}
	return printHealth(c.out, s.Port, h)
}

// fetchHealth asks the proxy of this machine.
func fetchHealth(ctx context.Context, port int, key string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://localhost:%d/health", port), nil)
	if err != nil {
		return nil, err
	}
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			return nil, fmt.Errorf("what listens on port %d does not answer; run claude-max-api doctor", port)
		}
		return nil, fmt.Errorf("the proxy is not running on port %d; start it with claude-max-api serve", port)
	}
	defer func() { _ = response.Body.Close() }()
	return io.ReadAll(io.LimitReader(response.Body, 1<<20))
}

func printHealth(out io.Writer, port int, h proxy.Health) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) {
		fmt.Fprintf(t, "%s\t%s\n", name, fmt.Sprintf(format, args...))
	}
	state := "running"
	if h.Problem != "" {
		state = "needs attention: " + h.Problem
	}
	row("State", "%s", state)
	row("Base URL", "http://localhost:%d/v1", port)
	row("Version", "%s, up for %s", h.Version, time.Duration(h.UptimeSeconds)*time.Second)
	if h.CLI.Path != nil && h.CLI.Version != nil {
		row("Claude Code", "%s at %s", *h.CLI.Version, *h.CLI.Path)
	}
	seen := ""
	if h.SignIn.SeenAt != nil {
		seen = ", seen " + time.Since(*h.SignIn.SeenAt).Round(time.Second).String() + " ago"
	}
	row("Sign-in", "%s%s", h.SignIn.State, seen)
	row("Processes", "%d warm, %d busy, %d idle, %d starting, of at most %d; %d requests waiting",
		h.Processes.Warm, h.Processes.Busy, h.Processes.Idle, h.Processes.Starting, h.Processes.Max, h.Processes.Queued)
	row("Requests", "%d, failed %d", h.Requests.Total, h.Requests.Failed)
	return t.Flush()
}
