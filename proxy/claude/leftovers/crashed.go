package leftovers

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"claude-max-api-proxy/proxy/claude/process"
)

// maxEntries bounds how much of a directory is looked at.
const maxEntries = 10_000

// recordFile matches the name of a record.
var recordFile = regexp.MustCompile(`^([1-9][0-9]{0,9})\.json$`)

// Crashed removes what the processes of killed instances have left: those whose directory is
// no more, since the household's own sweep has ended their processes and removed it.
func (s *Sweeper) Crashed() {
	if len(s.runs) == 0 || len(s.work) == 0 {
		return
	}
	s.crashedRecords()
	s.crashedFolders()
}

func (s *Sweeper) crashedRecords() {
	if s.sessions == "" {
		return
	}
	sessions, err := os.OpenRoot(s.sessions)
	if err != nil {
		s.failed("records", err)
		return
	}
	defer sessions.Close()
	for _, name := range s.entries(sessions, ".") {
		parts := recordFile.FindStringSubmatch(name)
		if parts == nil {
			continue
		}
		pid, err := strconv.Atoi(parts[1])
		if err != nil {
			continue
		}
		r, err := readRecord(sessions, pid)
		if err != nil {
			s.failed("record", err)
			continue
		}
		if s.crashedIn(r.Cwd) {
			s.removeFolder(slug(r.Cwd))
			s.remove(sessions, r)
		}
	}
}

// crashedFolders finds instances by the names of their folders of logs, unless the CLI had
// to cut those.
func (s *Sweeper) crashedFolders() {
	cache := s.openCache()
	if cache == nil {
		return
	}
	defer cache.Close()
	for _, folder := range s.entries(cache, ".") {
		for _, runs := range s.runs {
			instance, ours := strings.CutPrefix(folder, slug(runs+string(filepath.Separator)))
			instance, whole := strings.CutSuffix(instance, slug(string(filepath.Separator)+s.workName()))
			if ours && whole && s.isGone(instance) {
				s.removeFolder(folder)
			}
		}
	}
}

// entries are names in a directory, in no order. A link to one has none.
func (s *Sweeper) entries(root *os.Root, dir string) []string {
	if info, err := root.Lstat(dir); err != nil || !info.IsDir() {
		s.failed("directory", err)
		return nil
	}
	f, err := root.Open(dir)
	if err != nil {
		s.failed("directory", err)
		return nil
	}
	defer f.Close()
	names, err := f.Readdirnames(maxEntries)
	if err != nil && !errors.Is(err, io.EOF) {
		s.failed("directory", err)
	}
	return names
}

// workName is what an instance calls its working directory.
func (s *Sweeper) workName() string { return filepath.Base(s.work[0]) }

// crashedIn says whether a working directory is that of an instance that is no more.
func (s *Sweeper) crashedIn(cwd string) bool {
	dir := filepath.Dir(cwd)
	return slices.Contains(s.runs, filepath.Dir(dir)) && filepath.Base(cwd) == s.workName() &&
		s.isGone(filepath.Base(dir))
}

// isGone says whether the name is that of an instance without a directory.
func (s *Sweeper) isGone(instance string) bool {
	if !process.IsInstance(instance) {
		return false
	}
	_, err := os.Lstat(filepath.Join(s.runs[0], instance))
	return errors.Is(err, os.ErrNotExist)
}
