package locate

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// The values of [Found.Source].
const (
	SourceSetting    = "setting"
	SourcePATH       = "PATH"
	SourceLoginShell = "login shell"
	SourceWellKnown  = "well-known place"
)

// Config says where to look. The zero value searches the real system.
type Config struct {
	// Path is the program named in the settings; "" searches. A leading ~ and
	// the quotes that Explorer's "Copy as path" adds are understood.
	Path string
	// Getenv reads the environment; nil is [os.Getenv].
	Getenv func(string) string
	// Home is the user's home directory; "" is [os.UserHomeDir].
	Home string
	// GOOS and GOARCH are the system whose rules hold; "" is this one.
	GOOS, GOARCH string
	// Root is put before the system's own directories, such as /opt/homebrew/bin
	// and the program loader's; "" is the real system. For tests.
	Root string
	// LoginPATH gives the login shell's PATH. nil asks the shell itself, with
	// [LoginPATH], each time that PATH is not enough; put a cache here.
	LoginPATH func(context.Context) (string, error)
}

// Found is a command that can be started.
type Found struct {
	// Path is the program: absolute, and not resolved, because version managers
	// (volta, mise) tell by the name of the link what they were called as.
	Path string
	// Args go before the CLI's own arguments; not empty only where Path is node.
	Args []string
	// Source is one of the Source constants.
	Source string
	// PATH is what the CLI itself should get: our own, without relative entries,
	// the login shell's where it was asked, the program's directory, and the
	// directory of the script's interpreter.
	PATH string
	// Target is the file that Path, or the script in Args, finally links to.
	Target string
	// Identity changes when Target does, as after an update of the CLI. It cannot
	// see behind a version manager's shim.
	Identity Identity
}

// Find gives the CLI to use. The error is an [*UnusableError] when Config.Path is
// set, a [*NotFoundError] when the search found nothing usable, or ctx's.
func Find(ctx context.Context, c Config) (Found, error) {
	s, err := newSearch(ctx, c)
	if err != nil {
		return Found{}, err
	}
	if c.Path != "" {
		return s.explicit(c.Path)
	}
	if f, ok := s.in(s.path, SourcePATH); ok {
		return f, nil
	}
	if f, ok := s.in(s.login(), SourceLoginShell); ok {
		return f, nil
	}
	if f, ok := s.in(s.wellKnown, SourceWellKnown); ok {
		return f, nil
	}
	if err := ctx.Err(); err != nil {
		return Found{}, err
	}
	return Found{}, &NotFoundError{Tried: s.tried, Unusable: s.unusable, Shell: s.loginErr}
}

// search is one call of Find.
type search struct {
	Config
	ctx       context.Context // of the call; a search does not outlive it
	path      []string        // directories of our own PATH
	wellKnown []string

	loginAsked bool
	loginDirs  []string
	loginErr   error

	tried    []string
	unusable []*UnusableError
}

func newSearch(ctx context.Context, c Config) (*search, error) {
	if c.Getenv == nil {
		c.Getenv = os.Getenv
	}
	if c.GOOS == "" {
		c.GOOS = runtime.GOOS
	}
	if c.GOARCH == "" {
		c.GOARCH = runtime.GOARCH
	}
	if c.Home == "" {
		// Without a home directory the search goes on with what is left.
		c.Home, _ = os.UserHomeDir()
	}
	if c.LoginPATH == nil {
		c.LoginPATH = func(ctx context.Context) (string, error) {
			return LoginPATH(ctx, c.Getenv("SHELL"))
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s := &search{Config: c, ctx: ctx}
	s.path = s.split(c.Getenv("PATH"))
	s.wellKnown = wellKnown(c)
	return s, nil
}

// listSeparator is what stands between the entries of PATH.
func (s *search) listSeparator() string {
	if s.GOOS == "windows" {
		return ";"
	}
	return ":"
}

// split gives the absolute entries of a PATH. Relative and empty ones are dropped:
// they mean the current directory, which anybody may have written to.
func (s *search) split(path string) []string {
	var dirs []string
	for dir := range strings.SplitSeq(path, s.listSeparator()) {
		if s.GOOS == "windows" {
			dir = strings.Trim(dir, `"`)
		}
		if filepath.IsAbs(dir) {
			dirs = append(dirs, filepath.Clean(dir))
		}
	}
	return unique(dirs)
}

// login gives the directories of the login shell's PATH and asks at most once.
func (s *search) login() []string {
	if s.loginAsked || s.GOOS == "windows" {
		return s.loginDirs
	}
	s.loginAsked = true
	path, err := s.LoginPATH(s.ctx)
	s.loginDirs, s.loginErr = s.split(path), err
	return s.loginDirs
}

// names are the files that can be the CLI, best first. npm puts three shims side
// by side on Windows: claude (for sh, useless there), claude.cmd and claude.ps1.
func (s *search) names() []string {
	if s.GOOS == "windows" {
		return []string{"claude.exe", "claude.cmd", "claude.ps1"}
	}
	return []string{"claude"}
}

// in takes the first usable file from dirs that were not looked at yet.
func (s *search) in(dirs []string, source string) (Found, bool) {
	for _, dir := range dirs {
		if s.ctx.Err() != nil {
			return Found{}, false
		}
		if slices.Contains(s.tried, dir) {
			continue
		}
		s.tried = append(s.tried, dir)
		for _, name := range s.names() {
			path := filepath.Join(dir, name)
			info, err := os.Lstat(path)
			if err != nil || info.IsDir() {
				continue
			}
			f, problem := s.inspect(path)
			if problem != nil {
				s.unusable = append(s.unusable, problem)
				continue
			}
			f.Source = source
			return f, true
		}
	}
	return Found{}, false
}

// explicit takes the program that the user named, or says why not.
func (s *search) explicit(path string) (Found, error) {
	path = strings.Trim(strings.TrimSpace(path), `"`)
	if rest, ok := strings.CutPrefix(path, "~"); ok && (rest == "" || rest[0] == '/' || rest[0] == '\\') {
		path = filepath.Join(s.Home, rest)
	}
	if !filepath.IsAbs(path) {
		return Found{}, &UnusableError{
			Path: path, Reason: "is named by a relative path",
			Hint: "Give the full path (--claude, or claude in the settings file), or leave it out to search for the CLI.",
		}
	}
	path = filepath.Clean(path)
	if s.GOOS == "windows" && filepath.Ext(path) == "" {
		// npm's file without an ending is for sh; what was meant stands beside it.
		for _, ext := range []string{".exe", ".cmd", ".ps1"} {
			if info, err := os.Stat(path + ext); err == nil && !info.IsDir() {
				path += ext
				break
			}
		}
	}
	f, problem := s.inspect(path)
	if problem != nil {
		return Found{}, problem
	}
	f.Source = SourceSetting
	return f, nil
}

// unique drops repetitions and keeps the order.
func unique(in []string) []string {
	var out []string
	for _, v := range in {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}
