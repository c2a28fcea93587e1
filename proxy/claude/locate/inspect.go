package locate

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const reinstallHint = "Install the CLI for this system (https://code.claude.com/docs/en/setup), or give another path in the settings."

// inspect turns a file that exists by name into a command, or says why it cannot
// be one.
func (s *search) inspect(path string) (Found, *UnusableError) {
	if s.GOOS == "windows" && inWindowsApps(path) {
		return Found{}, &UnusableError{
			Path: path, Reason: "is an app execution alias, which starts the Claude desktop app instead of the command line",
			Hint: "Install the CLI itself (https://code.claude.com/docs/en/setup), or give its full path in the settings.",
		}
	}
	head, problem := s.head(path)
	if problem != nil {
		return Found{}, problem
	}
	if s.GOOS == "windows" {
		switch strings.ToLower(filepath.Ext(path)) {
		case ".cmd", ".bat", ".ps1":
			return s.shim(path, head)
		}
	} else if _, err := os.Stat(path + ".cmd"); err == nil {
		// In WSL the Windows directories are on PATH, too.
		return Found{}, &UnusableError{
			Path: path, Reason: "belongs to an npm installation on Windows",
			Hint: "Install the CLI inside this Linux system as well.",
		}
	}
	f, mismatch := classify(head, s.GOOS, s.GOARCH)
	switch {
	case mismatch != "":
		return Found{}, &UnusableError{Path: path, Reason: mismatch, Hint: reinstallHint}
	case f == formatNative:
		return s.native(path)
	case f == formatScript && s.GOOS != "windows":
		if t, ok := parseShim(string(head)); ok && !t.Script && strings.Contains(string(head), "basedir=") {
			// pnpm's shim for sh; what it runs may be npm's placeholder.
			if target := filepath.Join(filepath.Dir(path), filepath.FromSlash(t.Rel)); isFile(target) {
				return s.inspect(target)
			}
		}
		return s.script(path, head)
	}
	return s.placeholder(path)
}

// head reads the beginning of a file that can be started as far as its type and
// permissions go.
func (s *search) head(path string) ([]byte, *UnusableError) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if target, linkErr := os.Readlink(path); linkErr == nil {
			return nil, &UnusableError{
				Path: path, Reason: "is a link to " + target + ", which does not exist", Err: err,
				Hint: "An update of the CLI may have been cut off: install it again, or give another path in the settings.",
			}
		}
		return nil, &UnusableError{
			Path: path, Reason: "does not exist", Err: err,
			Hint: "Correct the path (--claude, or claude in the settings file), or leave it out to search for the CLI.",
		}
	case err != nil:
		return nil, unreadable(path, err)
	case info.IsDir():
		return nil, &UnusableError{
			Path: path, Reason: "is a directory",
			Hint: "Give the program itself, as " + filepath.Join(path, s.names()[0]) + ".",
		}
	case !info.Mode().IsRegular():
		return nil, &UnusableError{Path: path, Reason: "is not a regular file", Hint: reinstallHint}
	case s.GOOS != "windows" && info.Mode()&0o111 == 0:
		return nil, &UnusableError{
			Path: path, Reason: "is not executable", Err: fs.ErrPermission,
			Hint: "Run: chmod +x " + path,
		}
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	defer file.Close()
	head, err := io.ReadAll(io.LimitReader(file, headSize))
	if err != nil {
		return nil, unreadable(path, err)
	}
	if len(head) == 0 {
		return nil, &UnusableError{Path: path, Reason: "is empty", Hint: reinstallHint}
	}
	return head, nil
}

func unreadable(path string, err error) *UnusableError {
	reason := err.Error()
	if e := (*fs.PathError)(nil); errors.As(err, &e) {
		reason = e.Err.Error()
	}
	return &UnusableError{
		Path: path, Reason: "cannot be read (" + reason + ")", Err: err,
		Hint: "Check the permissions of the file and of its directories.",
	}
}

// native is a program of the right format; what is left to check is its loader.
func (s *search) native(path string) (Found, *UnusableError) {
	if s.GOOS == "linux" {
		file, err := os.Open(path)
		if err != nil {
			return Found{}, unreadable(path, err)
		}
		defer file.Close()
		if loader := elfInterpreter(file); loader != "" && !isFile(filepath.Join(s.Root, loader)) {
			reason := "needs " + loader + ", which this system does not have"
			if strings.Contains(loader, "ld-musl") {
				reason += " (it is built for musl, as Alpine Linux uses it)"
			}
			return Found{}, &UnusableError{Path: path, Reason: reason, Hint: reinstallHint}
		}
	}
	return s.found(path, nil, "")
}

// script is a #! file, as older npm packages and version managers have it.
func (s *search) script(path string, head []byte) (Found, *UnusableError) {
	interpreter, lookup := shebang(head)
	if !lookup {
		if !isFile(filepath.Join(s.Root, interpreter)) {
			return Found{}, &UnusableError{
				Path: path, Reason: "needs the interpreter " + interpreter + ", which does not exist",
				Hint: "Install " + filepath.Base(interpreter) + ", or use the native installer of the CLI: https://code.claude.com/docs/en/setup.",
			}
		}
		return s.found(path, nil, "")
	}
	dir, ok := s.interpreterDir(interpreter, path)
	if !ok {
		return Found{}, &UnusableError{
			Path: path, Reason: "needs " + interpreter + ", which was not found",
			Hint: "Install " + interpreter + ", or use the native installer of the CLI: https://code.claude.com/docs/en/setup.",
		}
	}
	return s.found(path, nil, dir)
}

// shim is a .cmd or .ps1 file of npm, pnpm or yarn.
func (s *search) shim(path string, head []byte) (Found, *UnusableError) {
	t, ok := parseShim(string(head))
	if !ok {
		return Found{}, &UnusableError{
			Path: path, Reason: "is a command script that npm did not write",
			Hint: "Give the full path of claude.exe in the settings.",
		}
	}
	target := filepath.Join(filepath.Dir(path), filepath.FromSlash(t.Rel))
	if !isFile(target) {
		return Found{}, &UnusableError{
			Path: path, Reason: "starts " + target + ", which does not exist", Err: fs.ErrNotExist, Hint: npmHint,
		}
	}
	if !t.Script {
		return s.inspect(target)
	}
	dir, ok := s.interpreterDir("node.exe", path)
	if !ok {
		return Found{}, &UnusableError{
			Path: path, Reason: "needs node.exe, which was not found",
			Hint: "Install Node.js, or use the native installer of the CLI: https://code.claude.com/docs/en/setup.",
		}
	}
	return s.found(filepath.Join(dir, "node.exe"), []string{target}, dir)
}

// placeholder is a file that is neither a program nor a script. npm's is replaced
// by the program from the platform package.
func (s *search) placeholder(path string) (Found, *UnusableError) {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return Found{}, unreadable(path, err)
	}
	pkg, ok := npmPackage(target)
	if !ok {
		return Found{}, &UnusableError{Path: path, Reason: "is neither a program for this system nor a script", Hint: reinstallHint}
	}
	for _, program := range platformPrograms(pkg, s.GOOS, s.GOARCH) {
		head, problem := s.head(program)
		if problem != nil {
			continue
		}
		if f, mismatch := classify(head, s.GOOS, s.GOARCH); f != formatNative || mismatch != "" {
			continue
		}
		if found, problem := s.native(program); problem == nil {
			return found, nil
		}
	}
	return Found{}, &UnusableError{
		Path: path, Reason: "is npm's placeholder: the native program was not installed", Hint: npmHint,
	}
}

// interpreterDir finds the directory of a script's interpreter: beside the script
// first, which is the version that the script was installed for, then on PATH, and
// only then by asking the login shell and in the well-known places.
func (s *search) interpreterDir(name, script string) (string, bool) {
	for _, dirs := range []func() []string{
		func() []string { return []string{filepath.Dir(script)} },
		func() []string { return s.path },
		s.login,
		func() []string { return s.wellKnown },
	} {
		for _, dir := range dirs() {
			info, err := os.Stat(filepath.Join(dir, name))
			if err == nil && info.Mode().IsRegular() && (s.GOOS == "windows" || info.Mode()&0o111 != 0) {
				return dir, true
			}
		}
	}
	return "", false
}

// found completes a command. interpreter is the directory of the interpreter that
// the PATH must lead to; "" when there is none.
func (s *search) found(path string, args []string, interpreter string) (Found, *UnusableError) {
	file := path
	if len(args) > 0 {
		file = args[0]
	}
	id, err := Identify(file)
	if err != nil {
		return Found{}, unreadable(file, err)
	}
	own := filepath.Dir(path)
	dirs := slices.Concat(s.path, s.loginDirs, []string{own})
	if interpreter == own {
		// Another version of node may come first on PATH.
		dirs = slices.Insert(dirs, 0, own)
	} else if interpreter != "" {
		dirs = append(dirs, interpreter)
	}
	return Found{
		Path: path, Args: args, Target: id.Path, Identity: id,
		PATH: strings.Join(unique(dirs), s.listSeparator()),
	}, nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// inWindowsApps says whether a path is among the aliases of store apps. Since the
// Claude desktop app is one, its claude.exe there comes before the CLI on PATH.
func inWindowsApps(path string) bool {
	return slices.ContainsFunc(strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '\\' }),
		func(part string) bool { return strings.EqualFold(part, "WindowsApps") })
}
