package leftovers

import (
	"errors"
	"io/fs"
	"log/slog"
	"path/filepath"
	"sync"
)

// Config says where things are. Paths that are not absolute are taken as unknown.
type Config struct {
	// Home is the home directory as the CLI sees it.
	Home string
	// ConfigDir is where the CLI keeps its files, such as ~/.claude.
	ConfigDir string
	// Getenv gives a variable of the CLI's environment, "" for none; required.
	Getenv func(name string) string
	// Work is the working directory of our processes; it exists.
	Work string
	// Runs is the directory of all instances, <Runs>/<instance>/work being their
	// working directories; "" leaves other instances alone.
	Runs string
	// Log is told of failures; nil discards.
	Log *slog.Logger
}

// Sweeper removes leftovers. Make one with [New].
type Sweeper struct {
	sessions string   // the directory of records; "" for none, like the next
	cache    string   // the directory of the folders of logs
	sockets  []string // the directories where sockets may be
	work     []string // our working directory, by all of its names
	runs     []string // likewise
	log      *slog.Logger

	mu   sync.Mutex
	told map[string]bool // of failures
}

// New returns a Sweeper. It looks at nothing but the names of directories.
func New(c Config) *Sweeper {
	s := &Sweeper{
		cache: cacheDir(c.Home, c.Getenv), sockets: socketDirs(c.Getenv),
		work: names(c.Work), runs: names(c.Runs),
		log: c.Log, told: map[string]bool{},
	}
	if filepath.IsAbs(c.ConfigDir) {
		s.sessions = filepath.Join(c.ConfigDir, "sessions")
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s
}

// names are a directory's path as it was given, and without symbolic links, which is how a
// process may see it that runs there.
func names(dir string) []string {
	if !filepath.IsAbs(dir) {
		return nil
	}
	dir = filepath.Clean(dir)
	if resolved, err := filepath.EvalSymlinks(dir); err == nil && resolved != dir {
		return []string{dir, resolved}
	}
	return []string{dir}
}

// failed tells the log what could not be done, once. That there is nothing is no failure.
func (s *Sweeper) failed(what string, err error) {
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return
	}
	s.mu.Lock()
	told := s.told[what]
	s.told[what] = true
	s.mu.Unlock()
	if !told {
		s.log.Debug("a file that a Claude Code process left stays", "what", what, "cause", err)
	}
}
