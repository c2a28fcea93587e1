package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/adrg/xdg"

	"claude-max-api-proxy/app/control"
	"claude-max-api-proxy/app/logfile"
	"claude-max-api-proxy/app/port"
	"claude-max-api-proxy/app/settings"
	"claude-max-api-proxy/app/tray"
	"claude-max-api-proxy/proxy"
	"claude-max-api-proxy/proxy/claude"
	"claude-max-api-proxy/proxy/claude/locate"
	"claude-max-api-proxy/proxy/claude/process"
	"claude-max-api-proxy/proxy/conversation"
)

type doctorCommand struct{}

// Run prints one finding a line, each with what to do where something is wrong.
// It spends no quota: nothing of it goes upstream.
func (doctorCommand) Run(ctx context.Context, f *flags, c console) error {
	r := &report{out: c.out}
	s := r.settings(f)
	r.log()
	r.desktop(ctx, f)
	r.port(ctx, s)
	r.cli(ctx, s)
	if r.bad > 0 {
		fmt.Fprintf(c.out, "\n%d %s to mend.\n", r.bad, plural(r.bad, "thing", "things"))
		return errTold
	}
	fmt.Fprintln(c.out, "\nAll is well.")
	return nil
}

// report prints findings and counts the bad ones.
type report struct {
	out io.Writer
	bad int
}

func (r *report) ok(subject, finding string)   { r.line("ok", subject, finding) }
func (r *report) note(subject, finding string) { r.line("note", subject, finding) }

// fail is a finding that keeps the proxy from answering, and the way out.
func (r *report) fail(subject, finding, next string) {
	r.bad++
	r.line("FAIL", subject, finding)
	for line := range strings.Lines(next) {
		fmt.Fprintf(r.out, "       → %s\n", strings.TrimRight(line, "\n"))
	}
}

func (r *report) line(mark, subject, finding string) {
	fmt.Fprintf(r.out, "%-4s  %-14s %s\n", mark, subject, finding)
}

// settings reports on the file and returns what is in force, or the defaults.
func (r *report) settings(f *flags) settings.Settings {
	s, unknown, err := f.settings()
	if err != nil {
		r.fail("Settings", strings.TrimSuffix(err.Error(), "; "+errUsage.Error()), "Correct "+f.path()+" or the flags; what follows is for the defaults.")
		s = settings.Default()
	} else if _, err := os.Stat(f.path()); err != nil {
		r.ok("Settings", "the defaults; the file would be "+f.path())
	} else {
		r.ok("Settings", f.path())
	}
	if info, err := os.Stat(f.path()); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 && (s.APIKey != "" || len(s.ClaudeEnv) > 0) {
		r.note("Settings", "other users of this machine can read the file, which may hold secrets; run: chmod 600 "+f.path())
	}
	for _, key := range unknown {
		r.note("Settings", fmt.Sprintf("%q is not known and has no effect; the README lists the settings", key))
	}
	if s.Credentials == string(claude.EnvironmentCredentials) {
		r.note("Credentials", "API keys and cloud providers of the environment are passed to the CLI: requests may be billed")
	}
	return s
}

func (r *report) log() {
	path := logfile.Path()
	_, file, err := logfile.New(path, slog.LevelError, io.Discard)
	_ = file.Close()
	if err != nil {
		r.note("Log file", err.Error()+"; the log goes to the terminal only")
		return
	}
	r.ok("Log file", path)
}

// desktop reports on the running app and on what a desktop can do for it. None of it
// keeps the proxy from answering.
func (r *report) desktop(ctx context.Context, f *flags) {
	var state control.State
	switch err := askApp(ctx, f, http.MethodGet, "/state", &state); {
	case err == nil:
		r.ok("App", "running; its proxy is "+string(state.Phase))
	case errors.Is(err, errNotRunning):
		r.ok("App", "not running")
	default:
		r.note("App", err.Error())
	}
	if why := tray.Unavailable(); why != "" {
		r.note("Tray icon", "none, because "+why+"; every command works without")
	} else {
		r.ok("Tray icon", "possible")
	}
	entry, ok := f.loginEntry()
	if !ok {
		return
	}
	switch on, err := entry.Enabled(); {
	case err != nil:
		r.note("Login launch", err.Error())
	case on:
		r.ok("Login launch", "on")
	default:
		r.ok("Login launch", "off")
	}
}

func (r *report) port(ctx context.Context, s settings.Settings) {
	subject := fmt.Sprintf("Port %d", s.Port)
	listeners, err := proxy.Listen(s.Listen, s.Port)
	for _, l := range listeners {
		_ = l.Close()
	}
	holder, held := port.Lookup(ctx, s.Port)
	switch {
	case exposed(s) != nil:
		r.fail(subject, fmt.Sprintf("%s would let other machines use your Claude account", s.Listen),
			"Set an API key ($CLAUDE_MAX_API_KEY or api_key in the settings file), or leave --listen at localhost.")
	case err == nil:
		r.ok(subject, "free on "+s.Listen)
	case held && holder.Kind == port.Ourselves:
		r.ok(subject, "used by "+holder.String()+"; claude-max-api status shows more")
	case held:
		next := "Stop that program, or use another port with --port."
		if free, ok := port.Free(s.Port + 1); ok {
			next = fmt.Sprintf("Stop that program, or use another port: --port %d is free.", free)
		}
		r.fail(subject, "used by "+holder.String(), next)
	default:
		r.fail(subject, err.Error(), "Use another --port or --listen.")
	}
}

// cli finds the CLI, starts it once and asks it for what it can do.
func (r *report) cli(ctx context.Context, s settings.Settings) {
	const subject = "Claude Code"
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	in, err := inspect(ctx, s)
	if err != nil {
		message, next := noCLI(ctx, s, err)
		r.fail(subject, message, next)
		return
	}
	r.ok(subject, fmt.Sprintf("%s (found by: %s)", in.Path, in.Source))
	r.ok("Version", in.Version)
	r.ok("Can do", strings.Join(in.Capabilities, ", "))
	for _, lack := range in.Lacks {
		r.note("Cannot do", lack)
	}
	var names []string
	for _, m := range in.Models {
		names = append(names, m.ID)
	}
	r.ok("Models", strings.Join(names, ", "))
	command := "claude"
	if in.Source != locate.SourcePATH {
		command = in.Path
	}
	switch {
	case in.SignInErr != nil:
		r.note("Sign-in", "not known: "+in.SignInErr.Error())
	case in.SignedIn:
		r.ok("Sign-in", "signed in (whether Anthropic still accepts the login shows with the first request)")
	default:
		r.fail("Sign-in", "Claude Code is not signed in", "Run: "+command+" auth login")
	}
}

func inspect(ctx context.Context, s settings.Settings) (_ claude.Inspection, err error) {
	quiet := slog.New(slog.DiscardHandler)
	household, err := process.Open(filepath.Join(xdg.CacheHome, "claude-max-api", "run"), quiet)
	if err != nil {
		return claude.Inspection{}, err
	}
	defer func() { err = errors.Join(err, household.Close(context.WithoutCancel(ctx))) }()
	driver, err := claude.New(claude.Config{
		Path: s.Claude, Env: variables(s.ClaudeEnv), Credentials: claude.Credentials(s.Credentials),
		WarmModel: s.WarmModel, Spares: -1, Household: household, Log: quiet,
	})
	if err != nil {
		return claude.Inspection{}, err
	}
	defer driver.Close()
	return driver.Inspect(ctx)
}

// noCLI says why there is no usable CLI, and what to do, line by line.
func noCLI(ctx context.Context, s settings.Settings, err error) (message, next string) {
	_, notThere := locate.Find(ctx, locate.Config{Path: s.Claude})
	if unusable, ok := errors.AsType[*locate.UnusableError](notThere); ok {
		return unusable.Message(), unusable.Hint
	}
	notFound, ok := errors.AsType[*locate.NotFoundError](notThere)
	if !ok {
		failure := conversation.AsError(err)
		return failure.Message, failure.Hint
	}
	lines := []string{
		"Install it: https://claude.com/claude-code, or npm install -g @anthropic-ai/claude-code",
		"Then sign in: claude auth login",
		"If it is installed, say where: --claude PATH",
	}
	if len(notFound.Unusable) > 0 {
		lines = []string{notFound.Hint(), "Or name another one: --claude PATH"}
	}
	lines = append(lines, "It was looked for in:")
	for _, place := range notFound.Tried {
		lines = append(lines, "  "+place)
	}
	if notFound.Shell != nil {
		lines = append(lines, fmt.Sprintf("  (not on your login shell's PATH: %s)", notFound.Shell))
	}
	return notFound.Message(), strings.Join(lines, "\n")
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
