package setup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"claude-max-api-proxy/app/settings/atomicfile"
)

// File is the configuration of a client that has no command to change it. Only text is
// put in, so that comments and everything else stay to the byte.
type File struct {
	Path string
	// edit puts the proxy into the text, nil where there is no file. Its error says why
	// the file is left alone.
	edit func(text []byte) ([]byte, error)
}

// PlanSetUp looks at what would change. A plan without lines has nothing to apply.
func (f File) PlanSetUp() (Plan, error) {
	now, err := look(f.Path)
	if err != nil {
		return Plan{}, err
	}
	// What a set-up has made, and nobody has changed, is made anew from what was before.
	before := now.text
	backup, err := readRecord(now.path)
	ours := err == nil && backup.made(now.text)
	switch {
	case ours:
		if before, err = backup.text(); err != nil {
			return Plan{}, err
		}
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return Plan{}, err
	}
	after, err := f.edit(before)
	if err != nil {
		return Plan{}, fmt.Errorf("%s is left alone: %w", f.Path, err)
	}
	plan := Plan{File: f.Path, Lines: difference(now.text, after)}
	plan.apply = func(context.Context) ([]string, error) {
		if err := unchanged(now.path, now.text); err != nil {
			return nil, err
		}
		if !ours {
			if backup, err = begin(now.path, now.text); err != nil {
				return nil, fmt.Errorf("%s could not be backed up, and nothing was changed: %w", f.Path, err)
			}
		}
		old := backup.Patched
		backup.Patched = sum(after)
		err := backup.save()
		if err == nil {
			err = atomicfile.WriteMode(now.path, after, now.mode)
		}
		switch {
		case err == nil:
			return []string{backup.told()}, nil
		case ours:
			backup.Patched = old
			return nil, errors.Join(err, backup.save())
		}
		backup.discard()
		return nil, fmt.Errorf("nothing was changed: %w", err)
	}
	return plan, nil
}

// PlanUndo puts the file back as it was before the first set-up, byte for byte, and
// leaves one alone that somebody has changed since.
func (f File) PlanUndo() (Plan, error) {
	now, err := look(f.Path)
	if err != nil {
		return Plan{}, err
	}
	backup, err := readRecord(now.path)
	if errors.Is(err, os.ErrNotExist) {
		return Plan{}, fmt.Errorf("there is nothing to undo: no record of a set-up lies beside %s", f.Path)
	}
	if err != nil {
		return Plan{}, err
	}
	if now.text == nil && backup.Backup == "" {
		return Plan{File: f.Path, apply: func(context.Context) ([]string, error) {
			backup.discard()
			return []string{"The file is gone already: there was none before."}, nil
		}}, nil
	}
	if !backup.made(now.text) {
		told := backup.told()
		if backup.Backup == "" {
			told = "There was no such file before the set-up."
		}
		return Plan{}, fmt.Errorf("%s was changed since the set-up, and is left alone; take %s out of it by hand. %s", f.Path, providerID, told)
	}
	before, err := backup.text()
	if err != nil {
		return Plan{}, err
	}
	plan := Plan{File: f.Path, Lines: difference(now.text, before)}
	plan.apply = func(context.Context) ([]string, error) {
		if err := unchanged(now.path, now.text); err != nil {
			return nil, err
		}
		if before == nil {
			if err := os.Remove(now.path); err != nil {
				return nil, err
			}
			backup.discard()
			return []string{"The file was taken away: there was none before."}, nil
		}
		if err := atomicfile.WriteMode(now.path, before, now.mode); err != nil {
			return nil, err
		}
		backup.discard()
		return []string{"The file is as it was, byte for byte."}, nil
	}
	return plan, nil
}

// made says whether a text is what the set-up has left.
func (r record) made(text []byte) bool { return text != nil && sum(text) == r.Patched }

// found is a file as it was met.
type found struct {
	path string // behind links: they stay
	mode os.FileMode
	text []byte // nil where there is no file
}

func look(path string) (found, error) {
	real, err := filepath.EvalSymlinks(path)
	if errors.Is(err, os.ErrNotExist) {
		if _, err := os.Lstat(path); err == nil {
			return found{}, fmt.Errorf("%s is a link to a file that is not there", path)
		}
		return found{path: path, mode: 0o600}, nil
	}
	if err != nil {
		return found{}, err
	}
	info, err := os.Stat(real)
	if err != nil {
		return found{}, err
	}
	switch {
	case !info.Mode().IsRegular():
		return found{}, fmt.Errorf("%s is not a file", path)
	case info.Mode().Perm()&0o200 == 0:
		// It could be replaced all the same, but somebody has a reason: it may be
		// generated.
		return found{}, fmt.Errorf("%s is read-only, and is left alone", path)
	}
	text, err := os.ReadFile(real)
	return found{real, info.Mode().Perm(), text}, err
}

// difference are the lines that go and those that come, and as few as can be: what stays is not
// shown, for there may be keys in it.
func difference(from, to []byte) (all []string) {
	a, b := linesOf(from), linesOf(to)
	// Most of a long file is alike at its ends, and what follows looks at each pair of lines.
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	// common[i][j] is how many lines the rests from a[i] and b[j] on have in common, in order.
	common := make([][]int, len(a)+1)
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if common[i][j] = max(common[i+1][j], common[i][j+1]); a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			}
		}
	}
	for len(a) > 0 || len(b) > 0 {
		i, j := len(common)-1-len(a), len(common[0])-1-len(b)
		switch {
		case len(a) > 0 && len(b) > 0 && a[0] == b[0]:
			a, b = a[1:], b[1:]
		case len(b) == 0 || len(a) > 0 && common[i+1][j] >= common[i][j+1]:
			all, a = append(all, "- "+a[0]), a[1:]
		default:
			all, b = append(all, "+ "+b[0]), b[1:]
		}
	}
	return all
}

func linesOf(text []byte) []string {
	if len(text) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}
