package main

import (
	"context"
	"log/slog"
	"time"

	"claude-max-api-proxy/app"
	"claude-max-api-proxy/app/notify"
	"claude-max-api-proxy/app/tray"
	"claude-max-api-proxy/assets"
)

type trayCommand struct {
	portArgument
}

// Run shows the app in the menu bar or system tray. Where there is none, it does what
// serve does. It has to be called from main's goroutine: macOS wants it so.
func (cmd trayCommand) Run(ctx context.Context, f *flags, c console) error {
	if err := cmd.positionalPort(f); err != nil {
		return err
	}
	if why := tray.Unavailable(); why != "" {
		return serve(ctx, f, c, "There is no tray icon, because "+why+": this is as claude-max-api serve.\n")
	}
	rescued, broken := f.rescue()
	s, _, err := f.settings()
	if err != nil && broken == nil {
		return err // the command line is wrong
	}
	h, err := openHost(ctx, f, c, s)
	if err != nil || h == nil {
		return err
	}
	defer h.close()
	repairLogin(h.flags, h.log)
	face, err := newFace(h.log)
	if err != nil {
		return err
	}
	if rescued != nil {
		h.log.Warn(rescued.Title, "cause", rescued.Body)
		face.desk.Tell(*rescued)
	}
	face.run(ctx, app.Config{
		Ports: h.ports(face.desk.Tell), Log: h.log,
		Views: []app.View{app.LogView{Log: h.log}, &h.level, &terminalView{out: c.out}},
	}, h.answerCommands)
	return nil
}

// face is what a person at a desktop sees of the app: icon, menu, notifications.
type face struct {
	log  *slog.Logger
	desk *notify.Desk
}

func newFace(log *slog.Logger) (*face, error) {
	desktop, err := notify.NewDesktop(assets.AppPNG(64), nil)
	if err != nil {
		return nil, err
	}
	return &face{log: log, desk: notify.New(notify.Config{Sender: desktop, Log: log})}, nil
}

// run runs a controller with an icon until it ends. begun is called with it first.
func (f *face) run(ctx context.Context, c app.Config, begun func(*app.Controller)) {
	var controller *app.Controller
	icon := tray.New(func(m app.Msg) { controller.Send(m) }, f.desk.Tell, f.log)
	c.Views = append(c.Views, f.desk, icon)
	controller = app.New(c)
	begun(controller)
	ended, end := context.WithCancel(context.Background())
	go func() {
		controller.Run(ctx)
		patience, stop := context.WithTimeout(context.Background(), 2*time.Second)
		defer stop()
		if err := f.desk.Close(patience); err != nil {
			f.log.Debug("closing notifications", "cause", err)
		}
		end()
	}()
	icon.Run(ended, func() {
		controller.Send(app.Do{Action: app.Quit})
		<-ended.Done()
	})
}

// repairLogin points launch at login to this program, where it points to one that
// has moved or was replaced since.
func repairLogin(f *flags, log *slog.Logger) {
	entry, ok := f.loginEntry()
	if !ok {
		return
	}
	switch repaired, err := entry.Repair(); {
	case err != nil:
		log.Warn("launch at login could not be repaired", "cause", err)
	case repaired:
		log.Info("launch at login starts this program from now on", "path", entry.Executable)
	}
}
