package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"claude-max-api-proxy/app"
	"claude-max-api-proxy/proxy/conversation"
)

// Health implements [app.Run] with what the proxy knows of itself.
func (w *wiring) Health() app.Health {
	status, served := w.driver.Status(), w.server.Health()
	h := app.Health{
		CLIPath: status.CLIPath, CLIVersion: status.CLIVersion,
		Requests: served.Requests.Total, Failed: served.Requests.Failed,
	}
	switch status.SignIn {
	case conversation.SignedIn:
		h.SignIn = app.SignedIn
	case conversation.SignedOut:
		h.SignIn = app.SignedOut
	}
	if status.Problem != nil {
		h.CLIProblem, h.CLIHint = status.Problem.Message, status.Problem.Hint
	}
	for _, window := range status.Windows {
		used := -1.0
		if window.Used != nil {
			used = *window.Used
		}
		h.Windows = append(h.Windows, app.Window{
			Name: window.Name, Used: used, ResetsAt: window.ResetsAt, Reached: window.Reached,
		})
	}
	return h
}

// Recheck implements [app.Run].
func (w *wiring) Recheck(ctx context.Context, newLogin bool) error {
	if err := w.answers(ctx); err != nil {
		return err
	}
	if newLogin {
		w.driver.LoginChanged(ctx)
	} else {
		w.driver.Recheck(ctx)
	}
	return nil
}

// answers asks the proxy for its health as a client would.
func (w *wiring) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(w.url, "/v1")+"/health", nil)
	if err != nil {
		return err
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // no proxy of the environment
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	if err := response.Body.Close(); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("GET /health gave status %d", response.StatusCode)
	}
	return nil
}

// concluded passes on how a request ended. What the caller did wrong is between
// the caller and the log.
func concluded(failure *conversation.Error, report app.Report) {
	report.Changed()
	if failure == nil {
		return
	}
	switch failure.Kind {
	case conversation.InvalidRequest, conversation.ContextLength, conversation.ModelNotFound,
		conversation.TooLarge, conversation.ShuttingDown:
	default:
		// It is shown on the desktop, and kept: nothing in it may quote the request.
		report.Failed(app.Failure{Kind: string(failure.Kind), Message: cmp.Or(failure.Brief, failure.Message)})
	}
}
