//go:build !darwin || cgo

package tray

import (
	"context"
	"io"
	"log"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"time"

	"fyne.io/systray"

	"claude-max-api-proxy/app"
	"claude-max-api-proxy/assets"
)

// title is how desktops list the icon.
const title = "claude-max-api"

// Tray is an [app.View] with an icon. Make one with [New].
type Tray struct {
	send func(app.Msg)
	tell func(app.Notice)
	log  *slog.Logger

	mu    sync.Mutex
	state app.State
	dirty chan struct{}    // buffered: there is something new to draw
	acts  chan clickedLine // from the lines to the owner of the menu
}

// clickedLine is the number of the line that was clicked.
type clickedLine int

// New returns a tray that sends what is clicked. What concerns the tray alone, it
// tells by itself.
func New(send func(app.Msg), tell func(app.Notice), log *slog.Logger) *Tray {
	return &Tray{send: send, tell: tell, log: log, dirty: make(chan struct{}, 1), acts: make(chan clickedLine)}
}

// Changed implements [app.View].
func (t *Tray) Changed(_, after app.State) {
	t.mu.Lock()
	t.state = after
	t.mu.Unlock()
	select {
	case t.dirty <- struct{}{}:
	default: // it will be drawn with what is waiting already
	}
}

// Run shows the icon until ctx ends. It has to be called from main's goroutine,
// once in a process, and only where [Unavailable] has no objection. When the desktop
// itself ends the program, as macOS does at logout, onExit is the last thing that
// runs: it should end the app and wait for that.
func (t *Tray) Run(ctx context.Context, onExit func()) {
	// The library says on the standard logger what a person can do nothing about.
	log.SetFlags(0)
	log.SetOutput(debugWriter{t.log})
	defer log.SetOutput(io.Discard)

	running, stop := context.WithCancel(ctx)
	var owners sync.WaitGroup
	if runtime.GOOS == "linux" { // on macOS it would be text in the menu bar
		systray.SetTitle(title) // before Run: it becomes the item's id
	}
	t.mu.Lock()
	first := LookOf(t.state, time.Now())
	t.mu.Unlock()
	setIcon(first.Icon) // before Run, so that the icon is never empty
	context.AfterFunc(running, systray.Quit)
	systray.Run(
		func() { // must return, or the menu never appears
			seen, gone := context.WithCancel(running)
			owners.Go(func() { t.own(seen) })
			owners.Go(func() {
				watchHost(running, t.log, t.tell)
				gone() // without a desktop the library must not be touched any more
			})
		},
		func() {
			onExit()
			stop()
		},
	)
	stop()
	owners.Wait()
}

// calm is the least time between two changes of what is drawn.
const calm = 200 * time.Millisecond

// own is the one goroutine that touches the menu.
func (t *Tray) own(ctx context.Context) {
	r := renderer{on: &desktop{ctx: ctx, acts: t.acts}}
	minute := time.NewTicker(time.Minute) // times of day become days
	defer minute.Stop()
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case i := <-t.acts:
			// What a person clicked is what was drawn, whatever has happened since.
			if item := r.drawn.Menu[i]; item.Enabled && !item.Hidden {
				t.send(app.Do{Action: item.Action})
			}
			continue
		case <-minute.C:
		case <-t.dirty:
			select {
			case <-pause.C:
			case <-ctx.Done():
				return
			}
			pause.Reset(calm)
		}
		t.mu.Lock()
		s := t.state
		t.mu.Unlock()
		if !t.draw(&r, LookOf(s, time.Now())) {
			return
		}
	}
}

// draw draws a look. The library panics when the desktop has gone a moment ago; then
// there is nobody to draw for, and the proxy goes on without an icon.
func (t *Tray) draw(r *renderer, l Look) (drawn bool) {
	defer func() {
		if p := recover(); p != nil {
			t.log.Warn("the icon is gone; the proxy goes on without one", "cause", p)
			drawn = false
		}
	}()
	r.draw(l)
	return true
}

// desktop is the surface that people see.
type desktop struct {
	ctx  context.Context
	acts chan<- clickedLine
	n    int
}

func (d *desktop) SetIcon(i assets.Icon)  { setIcon(i) }
func (d *desktop) SetTooltip(text string) { systray.SetTooltip(text) }

func (d *desktop) Add(i Item) line {
	number := clickedLine(d.n)
	d.n++
	if i.Separator {
		systray.AddSeparator()
		return nil
	}
	var item *systray.MenuItem
	if i.Checkable {
		item = systray.AddMenuItemCheckbox(label(i.Title), "", i.Checked)
	} else {
		item = systray.AddMenuItem(label(i.Title), "")
	}
	// The library drops a click that nobody waits for at that moment.
	clicks := make(chan struct{}, 64)
	item.ClickedCh = clicks
	if !i.Enabled {
		item.Disable()
	}
	go d.forward(clicks, number)
	return menuLine{item}
}

// forward ends with the tray.
func (d *desktop) forward(clicks <-chan struct{}, number clickedLine) {
	for {
		select {
		case <-clicks:
		case <-d.ctx.Done():
			return
		}
		select {
		case d.acts <- number:
		case <-d.ctx.Done():
			return
		}
	}
}

// menuLine is a line of the real menu.
type menuLine struct{ item *systray.MenuItem }

func (l menuLine) SetTitle(text string) { l.item.SetTitle(label(text)) }

// label doubles what would vanish and underline the letter behind it.
func label(text string) string {
	switch runtime.GOOS {
	case "darwin":
		return text
	case "windows":
		return strings.ReplaceAll(text, "&", "&&")
	default:
		return strings.ReplaceAll(text, "_", "__")
	}
}

func (l menuLine) SetEnabled(on bool) {
	if on {
		l.item.Enable()
	} else {
		l.item.Disable()
	}
}

func (l menuLine) SetChecked(on bool) {
	if on {
		l.item.Check()
	} else {
		l.item.Uncheck()
	}
}

func (l menuLine) SetHidden(on bool) {
	if on {
		l.item.Hide()
	} else {
		l.item.Show()
	}
}

func setIcon(i assets.Icon) {
	switch runtime.GOOS {
	case "darwin":
		systray.SetTemplateIcon(i.Template(), i.Template())
	case "windows":
		systray.SetIcon(i.ICO())
	default:
		systray.SetIcon(i.PNG(48)) // panels make it smaller
	}
}

// debugWriter takes the lines of the standard logger.
type debugWriter struct{ log *slog.Logger }

func (w debugWriter) Write(line []byte) (int, error) {
	w.log.Debug("tray", "says", string(line))
	return len(line), nil
}
