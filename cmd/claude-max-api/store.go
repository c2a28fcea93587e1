package main

import (
	"log/slog"
	"os"
	"sync"
	"time"

	"claude-max-api-proxy/app"
	"claude-max-api-proxy/app/settings"
)

// store reads and changes the settings of a running app. The flags it was started
// with stay in force over the file, except where the person chooses otherwise.
type store struct {
	log *slog.Logger

	mu     sync.Mutex
	flags  flags
	seen   stamp // of the file that was read last
	missed bool  // it was not there at the last look
	last   app.SettingsRead
}

// stamp tells whether a file was changed.
type stamp struct {
	changed time.Time
	size    int64
}

func stampOf(path string) stamp {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}
	}
	return stamp{info.ModTime(), info.Size()}
}

func newStore(f *flags, log *slog.Logger) *store {
	st := &store{log: log, flags: *f, last: app.SettingsRead{Settings: settings.Default()}}
	st.load()
	return st
}

// read gives the settings as they are now. It costs a look at the file's date while
// nothing changes.
func (st *store) read() app.SettingsRead {
	st.mu.Lock()
	defer st.mu.Unlock()
	switch now := stampOf(st.flags.path()); {
	case now == st.seen:
		st.missed = false
		return st.last
	case now == stamp{} && !st.missed:
		st.missed = true // some editors take it away for a moment
		return st.last
	}
	st.missed = false
	st.load()
	return st.last
}

// load reads the file. Where it is not right, what was read before stays in force.
func (st *store) load() {
	st.seen = stampOf(st.flags.path())
	s, unknown, err := st.flags.settings()
	if err != nil {
		st.last.Problem = app.Sentence(err.Error())
		return
	}
	for _, key := range unknown {
		st.log.Warn("a setting is not known and has no effect", "key", key, "file", st.flags.path())
	}
	st.last = app.SettingsRead{Settings: s}
}

// change writes settings to the file and drops the flags that would hide them.
func (st *store) change(changes map[string]any, drop func(*flags)) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	// A file that is not right is never replaced here: what was in force would be gone,
	// and with it, maybe, who may ask and who pays.
	if _, _, err := settings.Load(st.flags.path()); err != nil {
		return err
	}
	if _, err := settings.Update(st.flags.path(), changes); err != nil {
		return err
	}
	drop(&st.flags)
	st.load()
	return nil
}

func (st *store) usePort(port int) error {
	return st.change(map[string]any{"port": port}, func(f *flags) { f.Port = nil })
}

func (st *store) setNotifications(on bool) error {
	return st.change(map[string]any{"notifications": on}, func(*flags) {})
}
