package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"claude-max-api-proxy/app"
	"claude-max-api-proxy/app/autostart"
	"claude-max-api-proxy/app/clipboard"
	"claude-max-api-proxy/app/control"
	"claude-max-api-proxy/app/instance"
	"claude-max-api-proxy/app/logfile"
	"claude-max-api-proxy/app/settings"
)

// host is what an app of this machine needs, with or without an icon: the one
// running instance, its log and its settings.
type host struct {
	flags    *flags
	instance *instance.Instance
	store    *store
	log      *slog.Logger
	level    levelView
	logFile  io.Closer
}

// newHost returns nil, and no error, when the app runs already and c was told so.
func newHost(ctx context.Context, f *flags, c console) (*host, error) {
	s, _, err := f.settings()
	if err != nil {
		return nil, err
	}
	if err := exposed(s); err != nil {
		return nil, err
	}
	return openHost(ctx, f, c, s)
}

func openHost(ctx context.Context, f *flags, c console, s settings.Settings) (*host, error) {
	one, err := instance.Acquire(instance.Dir(f.Config))
	if running, ok := errors.AsType[*instance.RunningError](err); ok {
		return nil, alreadyRunning(ctx, f, c, s, running)
	}
	h := &host{flags: f, instance: one}
	h.level.set(s.LogLevel)
	log, file, noFile := logfile.New(logfile.Path(), &h.level.at, c.err)
	h.log, h.logFile = log, file
	if noFile != nil {
		log.Warn("the log goes to this terminal only", "cause", noFile)
	}
	if err != nil { // a home that cannot be written to is no reason not to serve
		log.Warn("other commands cannot reach this app", "cause", err)
	}
	h.store = newStore(f, log)
	return h, nil
}

func (h *host) close() {
	if h.instance != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		if err := h.instance.Close(ctx); err != nil {
			h.log.Debug("closing", "cause", err)
		}
	}
	_ = h.logFile.Close()
}

// answerCommands lets other commands of this user reach the app.
func (h *host) answerCommands(k *app.Controller) {
	if h.instance == nil {
		return
	}
	if err := h.instance.Serve(control.Handler(k), versionText()); err != nil {
		h.log.Warn("other commands cannot reach this app", "cause", err)
	}
}

// ports is what the controller needs of this machine. tell shows notices; nil where
// there is no desktop to show them on.
func (h *host) ports(tell func(app.Notice)) app.Ports {
	p := app.Ports{
		Open: func(ctx context.Context, s settings.Settings, r app.Report) (app.Run, error) {
			return wire(ctx, s, h.log, r)
		},
		ReadSettings:     h.store.read,
		UsePort:          h.store.usePort,
		SetNotifications: h.store.setNotifications,
		Copy:             clipboard.Write,
		OpenClawConfig: func(url string) (string, error) {
			return openClawConfig(h.store.read().Settings.APIKey)(url)
		},
		Errands: h.flags.errands(tell),
		Tell:    tell,
	}
	if entry, ok := h.flags.loginEntry(); ok {
		p.LaunchAtLogin = entry
	}
	return p
}

// loginEntry is this program in the list of what starts at login. Of the flags only
// --config is kept: what should always hold belongs in the settings file.
func (f *flags) loginEntry() (_ autostart.Entry, ok bool) {
	self, err := os.Executable()
	if err != nil {
		return autostart.Entry{}, false
	}
	e := autostart.Entry{ID: "claude-max-api", Name: "Claude Max API Proxy", Executable: self}
	if f.Config != "" {
		if path, err := filepath.Abs(f.Config); err == nil {
			e.Args = []string{"--config", path}
			// An app of its own, which does not take the other one's place.
			if own := filepath.Base(instance.Dir(path)); own != filepath.Base(instance.Dir("")) {
				e.ID += "-" + own
				e.Name += " (" + filepath.Base(path) + ")"
			}
		}
	}
	return e, true
}

// alreadyRunning is the end of a second start: it says where the first one is. It is
// an error only when something else was asked for than what is there.
func alreadyRunning(ctx context.Context, f *flags, c console, s settings.Settings, r *instance.RunningError) error {
	if r.Err != nil {
		return r
	}
	client, err := instance.Find(instance.Dir(f.Config))
	if err != nil {
		return r
	}
	var state control.State
	if err := client.Do(ctx, "GET", "/state", nil, &state); err != nil {
		return err
	}
	where := "its proxy is " + string(state.Phase)
	if state.BaseURL != "" {
		where = "at " + state.BaseURL
	}
	message := fmt.Sprintf("claude-max-api is running already (process %d), %s", r.Info.PID, where)
	if f.Port != nil && state.BaseURL != "" && !strings.HasSuffix(state.BaseURL, fmt.Sprintf(":%d/v1", s.Port)) {
		return fmt.Errorf("%s; to move it, set port in %s, or end it first: claude-max-api quit", message, f.path())
	}
	fmt.Fprintln(c.out, message+".")
	return nil
}

// levelView lets a changed log level take effect at once.
type levelView struct{ at slog.LevelVar }

func (v *levelView) set(level string) {
	var l slog.Level
	if l.UnmarshalText([]byte(level)) == nil { // the settings were validated
		v.at.Set(l)
	}
}

// Changed implements [app.View].
func (v *levelView) Changed(_, after app.State) { v.set(after.Settings.LogLevel) }
