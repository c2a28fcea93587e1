// Command claude-max-api is a local OpenAI-compatible proxy that answers through
// the user's own Claude Code CLI.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"reflect"
	"regexp"
	"runtime/debug"
	"strconv"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is set by the Makefile's -ldflags.
var version = ""

// exit codes.
const (
	exitOK    = 0
	exitError = 1 // what was asked could not be done
	exitUsage = 2 // what was asked makes no sense
)

// commandLine is the whole command line. Without a command it is the tray's.
type commandLine struct {
	flags

	ShowVersion kong.VersionFlag `name:"version" help:"Print the version."`

	Tray  trayCommand  `cmd:"" default:"withargs" help:"Run the proxy with an icon in the menu bar or system tray (the default)."`
	Serve serveCommand `cmd:"" help:"Run the proxy in this terminal, without an icon."`
	Demo  demoCommand  `cmd:"" help:"Try it without an account: the real CLI in front of an offline model."`

	Status  statusCommand  `cmd:"" help:"Show how the running app is doing."`
	Start   startCommand   `cmd:"" help:"Start the proxy of the running app."`
	Stop    stopCommand    `cmd:"" help:"Stop it; the app goes on."`
	Restart restartCommand `cmd:"" help:"Stop and start it, with the settings as they are now."`
	Quit    quitCommand    `cmd:"" help:"End the running app."`

	Signin    signinCommand    `cmd:"" help:"Sign in to Claude with the Claude Code CLI."`
	Setup     setupCommand     `cmd:"" help:"Show what a client needs; set some up, and undo that."`
	Autostart autostartCommand `cmd:"" help:"Launch at login: on, off, or status."`
	Logs      logsCommand      `cmd:"" help:"Show the end of the log."`
	Doctor    doctorCommand    `cmd:"" help:"Look at everything the proxy needs, and say what to do."`
	Version   versionCommand   `cmd:"" help:"Print the version."`
}

// console is where a command talks to the person who called it.
type console struct {
	out, err io.Writer
}

func main() {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // nohup
		signals = append(signals, syscall.SIGHUP) // the terminal was closed
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	// A second Ctrl-C ends at once; the CLI processes die with us all the same.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], console{os.Stdout, os.Stderr}))
}

// errUsage marks errors of the command line.
var errUsage = errors.New("see claude-max-api --help")

// exited is how kong's own --help ends run.
type exited int

func run(ctx context.Context, args []string, c console) (code int) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case exited:
			code = int(r)
		default:
			panic(r)
		}
	}()
	var line commandLine
	parser, err := kong.New(&line,
		kong.Name("claude-max-api"),
		kong.Description("A local OpenAI-compatible proxy for your own Claude Code. "+
			"A community tool, not affiliated with Anthropic.\n\n"+
			"Point any OpenAI client at http://localhost:3456/v1; any API key will do.\n\n"+
			"Flags win over the settings file: "+settingsPath()),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Vars{"version": versionLine()},
		kong.KindMapper(reflect.Int, kong.MapperFunc(wholeNumber)),
		kong.Writers(c.out, c.err),
		kong.Exit(func(code int) { panic(exited(code)) }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(c, &line.flags),
	)
	if err != nil {
		panic(err) // a defect in the structs above
	}
	if len(args) > 0 && args[0] == "help" {
		args = append(args[1:len(args):len(args)], "--help")
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(c.err, "claude-max-api: %s; %s\n", noValue.ReplaceAllString(err.Error(), ": needs a value"), errUsage)
		return exitUsage
	}
	switch err := parsed.Run(); {
	case err == nil:
		return exitOK
	case errors.Is(err, errUsage):
		fmt.Fprintln(c.err, "claude-max-api:", err)
		return exitUsage
	case errors.Is(err, errTold):
		return exitError
	default:
		fmt.Fprintln(c.err, "claude-max-api:", err)
		return exitError
	}
}

// noValue is how kong says that a flag stands last on the line, without its value.
var noValue = regexp.MustCompile(`: expected \S+ value but got "EOL".*`)

// wholeNumber reads the flags that take one.
func wholeNumber(ctx *kong.DecodeContext, target reflect.Value) error {
	var given string
	if err := ctx.Scan.PopValueInto("number", &given); err != nil {
		return err
	}
	n, err := strconv.Atoi(given)
	if err != nil {
		return fmt.Errorf("must be a whole number, not %q", given)
	}
	target.SetInt(int64(n))
	return nil
}

// errTold is returned by a command that has already said what is wrong.
var errTold = errors.New("told")

// versionText is the version that was built in, or what Go knows of the build.
func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "dev"
}
