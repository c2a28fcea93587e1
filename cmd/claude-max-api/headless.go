package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync"

	"claude-max-api-proxy/app"
)

// serve runs the app without an icon. A proxy that cannot run is the end of it: there
// is somebody at the terminal, or a service manager, to start it again. remark is said
// first, unless the app runs already.
func serve(ctx context.Context, f *flags, c console, remark string) error {
	h, err := newHost(ctx, f, c)
	if err != nil || h == nil {
		return err
	}
	defer h.close()
	fmt.Fprint(c.out, remark)
	watch := &terminalView{out: c.out}
	controller := app.New(app.Config{
		Ports: h.ports(nil), Log: h.log,
		Views: []app.View{app.LogView{Log: h.log, FailureIsReturned: true}, &h.level, watch},
	})
	watch.failed = func() { controller.Send(app.Do{Action: app.Quit}) }
	h.answerCommands(controller)
	controller.Run(ctx)
	return watch.err()
}

// terminalView tells the terminal that the proxy runs, and where; the rest is the
// log's. It notes why the proxy does not run.
type terminalView struct {
	out    io.Writer
	failed func() // is called once when the proxy has failed; nil for nothing

	mu    sync.Mutex
	told  bool
	cause *app.Trouble
}

// Changed implements [app.View].
func (v *terminalView) Changed(before, after app.State) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if after.Phase.Serving() && !v.told {
		v.told = true
		fmt.Fprintf(v.out, "claude-max-api %s is running.\n%sStop with Ctrl-C.\n", versionText(), addresses(after))
	}
	if after.Phase == app.Failed && before.Phase != app.Failed && v.failed != nil {
		v.cause = after.Trouble
		go v.failed() // a view must not wait for the controller
	}
}

func (v *terminalView) err() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case v.cause == nil:
		return nil
	case errors.Is(v.cause, errUsage):
		return v.cause.Err
	}
	return v.cause
}

// addresses are the lines that tell a person what to configure clients with.
func addresses(s app.State) string {
	key := "any API key"
	if s.Settings.APIKey != "" {
		key = "with the proxy's API key"
	}
	lines := fmt.Sprintf("Base URL: %s  (%s, model claude-opus-4)\n", s.BaseURL, key)
	if host, err := os.Hostname(); err == nil && isUnspecified(s.Settings.Listen) {
		lines += fmt.Sprintf("From other machines: http://%s/v1\n", net.JoinHostPort(host, strconv.Itoa(s.Settings.Port)))
	}
	return lines
}
