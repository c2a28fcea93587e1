package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/adrg/xdg"

	"claude-max-api-proxy/app"
	"claude-max-api-proxy/app/port"
	"claude-max-api-proxy/app/settings"
	"claude-max-api-proxy/proxy"
	"claude-max-api-proxy/proxy/claude"
	"claude-max-api-proxy/proxy/claude/process"
	"claude-max-api-proxy/proxy/conversation"
)

// wiring is a proxy with all its parts, listening. It is the app's [app.Run].
type wiring struct {
	url       string // the base URL
	listeners []net.Listener
	household *process.Household
	driver    *claude.Driver
	server    *proxy.Server
}

// wire opens the port first: a port that is taken is the commonest failure, and
// then nothing has been started yet.
func wire(ctx context.Context, s settings.Settings, log *slog.Logger, report app.Report) (_ *wiring, err error) {
	if err := exposed(s); err != nil {
		return nil, err
	}
	w := &wiring{}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	w.listeners, err = proxy.Listen(s.Listen, s.Port)
	if proxy.InUse(err) {
		return nil, portInUse(ctx, s.Port)
	}
	if err != nil {
		return nil, err
	}
	w.url = origin(s.Listen, proxy.Port(w.listeners[0])) + "/v1"
	w.household, err = process.Open(filepath.Join(xdg.CacheHome, "claude-max-api", "run"), log)
	if err != nil {
		return nil, err
	}
	w.driver, err = claude.New(claude.Config{
		Path: s.Claude, Env: variables(s.ClaudeEnv), Credentials: claude.Credentials(s.Credentials),
		WarmModel: s.WarmModel, MaxProcesses: s.MaxProcesses, MaxProcessMemory: int64(s.MaxMemoryMiB) << 20, Spares: spares(s.Spares), MaxQueue: s.MaxQueue,
		QueueTimeout: time.Duration(s.QueueTimeout), IdleTimeout: time.Duration(s.IdleTimeout),
		SilenceTimeout: time.Duration(s.SilenceTimeout),
		Household:      w.household, Changed: report.Changed, Log: log,
	})
	if err != nil {
		return nil, err
	}
	w.server, err = proxy.New(proxy.Config{
		Backend: w.driver, Version: versionText(), APIKey: s.APIKey,
		AllowedOrigins: s.AllowedOrigins, AllowedHosts: s.AllowedHosts,
		AnyHost: !proxy.IsLoopback(s.Listen), MaxBody: int64(s.MaxBodyMiB) << 20,
		Concluded: func(failure *conversation.Error) { concluded(failure, report) }, Log: log,
	})
	if err != nil {
		return nil, fmt.Errorf("%w; %w", err, errUsage)
	}
	return w, nil
}

// exposed refuses to let other machines in without a key.
func exposed(s settings.Settings) error {
	if proxy.IsLoopback(s.Listen) || s.APIKey != "" {
		return nil
	}
	return fmt.Errorf("listening on %s would let other machines use your Claude account; set an API key ($CLAUDE_MAX_API_KEY or api_key in the settings file), or leave --listen at localhost; %w", s.Listen, errUsage)
}

// BaseURL is what clients of this machine are configured with.
func (w *wiring) BaseURL() string { return w.url }

// origin is where this machine reaches a proxy that listens on the address.
func origin(listen string, port int) string {
	if isUnspecified(listen) {
		listen = strings.NewReplacer("0.0.0.0", "127.0.0.1", "::", proxy.Loopback).Replace(listen)
	}
	return "http://" + net.JoinHostPort(listen, strconv.Itoa(port))
}

// isUnspecified says whether the address stands for all of the machine's.
func isUnspecified(listen string) bool {
	ip, err := netip.ParseAddr(listen)
	return err == nil && ip.IsUnspecified()
}

// Serve answers until ctx ends, and leaves no process behind.
func (w *wiring) Serve(ctx context.Context) error {
	err := w.server.Serve(ctx, w.listeners)
	w.listeners = nil
	return errors.Join(err, w.close())
}

func (w *wiring) close() error {
	for _, l := range w.listeners {
		_ = l.Close() // it has served nobody
	}
	if w.driver != nil {
		w.driver.Close()
	}
	if w.household == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return w.household.Close(ctx)
}

// portInUse says who has the port and what to do.
func portInUse(ctx context.Context, number int) *app.Trouble {
	t := &app.Trouble{Kind: app.PortTaken, Message: fmt.Sprintf("Port %d is in use.", number), Hint: "Choose another with --port."}
	holder, ok := port.Lookup(ctx, number)
	if !ok {
		return t
	}
	t.Holder = holder.String()
	t.Message = fmt.Sprintf("Port %d is in use by %s.", number, t.Holder)
	t.Hint = "Stop that first."
	if free, ok := port.Free(number + 1); ok {
		t.FreePort = free
		t.Hint = fmt.Sprintf("Stop that first, or use another port, for instance %d (--port %d).", free, free)
	}
	return t
}

// spares translates the setting: the driver's zero is its default, ours is none.
func spares(n int) int {
	if n == 0 {
		return -1
	}
	return n
}

func variables(env map[string]string) []string {
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(env)) {
		pairs = append(pairs, key+"="+env[key])
	}
	return pairs
}

// withVariables adds KEY=VALUE pairs of the command line.
func withVariables(env map[string]string, pairs []string) (map[string]string, error) {
	all := maps.Clone(env)
	if all == nil {
		all = map[string]string{}
	}
	for _, pair := range pairs {
		key, value, ok := strings.Cut(pair, "=")
		if !ok || key == "" {
			return nil, fmt.Errorf("--claude-env needs KEY=VALUE, and %q has no name or no value; %w", key, errUsage)
		}
		all[key] = value
	}
	return all, nil
}
