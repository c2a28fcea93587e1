package control

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/app"
	"claude-max-api-proxy/app/settings"
)

// run is a proxy that serves until it is told to end.
type run struct{ health app.Health }

func (run) BaseURL() string                     { return "http://localhost:3456/v1" }
func (run) Serve(ctx context.Context) error     { <-ctx.Done(); return nil }
func (r run) Health() app.Health                { return r.health }
func (run) Recheck(context.Context, bool) error { return nil }

// desk is a real controller, and the handler in front of it.
type desk struct {
	*app.Controller
	t       *testing.T
	handler http.Handler

	mu       sync.Mutex
	settings settings.Settings
	refuse   error
	health   app.Health
}

func newDesk(t *testing.T, health app.Health) *desk {
	d := &desk{t: t, settings: settings.Default(), health: health}
	d.settings.APIKey = "sesame"
	d.Controller = app.New(app.Config{Ports: app.Ports{
		Open: func(context.Context, settings.Settings, app.Report) (app.Run, error) {
			d.mu.Lock()
			defer d.mu.Unlock()
			return run{d.health}, d.refuse
		},
		ReadSettings: func() app.SettingsRead {
			d.mu.Lock()
			defer d.mu.Unlock()
			return app.SettingsRead{Settings: d.settings}
		},
		SetNotifications: func(on bool) error {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.settings.Notifications = on
			return nil
		},
		UsePort: func(port int) error {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.settings.Port, d.refuse = port, nil
			return nil
		},
	}})
	d.handler = Handler(d)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		d.Run(context.Background())
	}()
	t.Cleanup(func() {
		d.Send(app.Do{Action: app.Quit})
		<-ended
	})
	_, err := d.Await(t.Context(), func(s app.State) bool { return s.Phase.Serving() })
	require.NoError(t, err)
	return d
}

func (d *desk) ask(method, path string) (status int, s State, body string) {
	d.t.Helper()
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	require.NoError(d.t, json.Unmarshal(w.Body.Bytes(), &s), w.Body.String())
	return w.Code, s, w.Body.String()
}

func TestActionsAreAnsweredWhenTheyHaveTakenEffect(t *testing.T) {
	d := newDesk(t, app.Health{})
	for _, c := range []struct {
		action app.Action
		want   app.Phase
	}{
		{app.Stop, app.Stopped},
		{app.Stop, app.Stopped},
		{app.Start, app.Running},
		{app.Start, app.Running},
		{app.Restart, app.Running},
		{app.Stop, app.Stopped},
		{app.Restart, app.Running},
	} {
		status, s, body := d.ask(http.MethodPost, "/do/"+string(c.action))
		assert.Equal(t, http.StatusOK, status, body)
		assert.Equal(t, c.want, s.Phase, c.action)
	}
	assert.Equal(t, 4, d.State().Runs())
	_, s, _ := d.ask(http.MethodPost, "/do/toggle-notifications")
	assert.False(t, s.Notifications)
	status, _, _ := d.ask(http.MethodPost, "/do/quit")
	assert.Equal(t, http.StatusOK, status)
}

func TestAStartThatFailsIsAnsweredWithTheReason(t *testing.T) {
	d := newDesk(t, app.Health{})
	d.ask(http.MethodPost, "/do/stop")
	d.mu.Lock()
	d.refuse = &app.Trouble{Kind: app.PortTaken, Message: "Port 3456 is in use by nginx.", FreePort: 3457}
	d.mu.Unlock()
	_, s, _ := d.ask(http.MethodPost, "/do/start")
	assert.Equal(t, app.Failed, s.Phase)
	assert.Equal(t, &Trouble{Kind: app.PortTaken, Message: "Port 3456 is in use by nginx.", FreePort: 3457}, s.Trouble)
	_, s, _ = d.ask(http.MethodPost, "/do/use-free-port")
	assert.Equal(t, app.Running, s.Phase)
	assert.Equal(t, 3457, d.State().Settings.Port)
}

func TestTheStateTellsWhatIsKnownAndNoKey(t *testing.T) {
	reset := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	d := newDesk(t, app.Health{
		CLIPath: "/bin/claude", CLIVersion: "2.1.330", SignIn: app.SignedIn, Requests: 3, Failed: 1,
		Windows: []app.Window{{Name: "5-hour", Used: 1, ResetsAt: reset, Reached: true}, {Name: "7-day", Used: -1}},
	})
	_, err := d.Await(t.Context(), func(s app.State) bool { return s.Phase == app.Attention })
	require.NoError(t, err)
	_, s, body := d.ask(http.MethodGet, "/state")
	one := 1.0
	assert.Equal(t, []Window{{Name: "5-hour", Used: &one, ResetsAt: &reset, Reached: true}, {Name: "7-day"}}, s.Windows)
	assert.Equal(t, app.LimitReached, s.Trouble.Kind)
	assert.Equal(t, reset, *s.Trouble.Until)
	assert.Equal(t, "signed_in", s.SignIn)
	assert.Equal(t, "unavailable", s.LaunchAtLogin)
	assert.Equal(t, "http://localhost:3456/v1", s.BaseURL)
	assert.NotContains(t, body, "sesame")
}

func TestWhatIsNoActionIsRefused(t *testing.T) {
	d := newDesk(t, app.Health{})
	for _, action := range []app.Action{"dance", app.OpenLog, app.CopyBaseURL} {
		status, _, body := d.ask(http.MethodPost, "/do/"+string(action))
		assert.Equal(t, http.StatusNotFound, status)
		assert.JSONEq(t, `{"error": "there is no action `+string(action)+`"}`, body)
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/do/stop", nil))
	assert.Equal(t, http.StatusMethodNotAllowed, w.Code, "a link must not stop anything")
}
