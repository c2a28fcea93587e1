package leftovers

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// maxRecord bounds what is read of a record, in bytes; it is the CLI's own bound.
const maxRecord = 256 << 10

// record is what the CLI keeps of a running process.
type record struct {
	PID    int    `json:"pid"`
	Cwd    string `json:"cwd"`
	Socket string `json:"messagingSocketPath"` // "" with old CLIs
}

func recordName(pid int) string { return strconv.Itoa(pid) + ".json" }

// readRecord reads a process's record, which has to be a plain file.
func readRecord(sessions *os.Root, pid int) (r record, err error) {
	name := recordName(pid)
	info, err := sessions.Lstat(name)
	switch {
	case err != nil:
		return r, err
	case !info.Mode().IsRegular():
		return r, fmt.Errorf("%s is no plain file", name)
	case info.Size() > maxRecord:
		return r, fmt.Errorf("%s is too large", name)
	}
	f, err := sessions.Open(name)
	if err != nil {
		return r, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxRecord))
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("%s: %w", name, err)
	}
	if r.PID != pid {
		return r, fmt.Errorf("%s is about process %d", name, r.PID)
	}
	return r, nil
}

// Ended removes what a process of ours has left that has ended just now, most of which have left
// nothing, and the logs of those that ended before.
func (s *Sweeper) Ended(pid int) {
	s.removeOldLogs(time.Now())
	s.endedRecord(pid)
}

func (s *Sweeper) endedRecord(pid int) {
	if s.sessions == "" {
		return
	}
	sessions, err := os.OpenRoot(s.sessions)
	if errors.Is(err, os.ErrNotExist) {
		return // no CLI has ever run
	}
	if err != nil {
		s.failed("records", err)
		return
	}
	defer sessions.Close()
	r, err := readRecord(sessions, pid)
	switch {
	case errors.Is(err, os.ErrNotExist):
		s.removeSocket(sessions, pid)
	case err != nil:
		s.failed("record", err)
	case slices.Contains(s.work, r.Cwd): // else the number is somebody else's already
		s.remove(sessions, r)
	}
}

// remove removes a record that is ours, after all that goes with it: so what could not be
// removed will be found again. Where somebody listens, the process lives.
func (s *Sweeper) remove(sessions *os.Root, r record) {
	sockets := s.socketsOf(r.PID)
	if r.ownSocket() && !slices.Contains(sockets, r.Socket) {
		sockets = append(sockets, r.Socket)
	}
	states := make([]state, len(sockets))
	for i, path := range sockets {
		if states[i] = look(path); states[i] == live {
			return
		}
	}
	for i, path := range sockets {
		if states[i] == dead {
			s.failed("socket", os.Remove(path))
		}
	}
	if r.Socket != "" {
		s.removeFile(sessions, keyName(r.PID, r.Socket))
	}
	s.removeFile(sessions, recordName(r.PID))
}

// removeSocket is for a process that has taken its record along, but not its socket.
func (s *Sweeper) removeSocket(sessions *os.Root, pid int) {
	for _, path := range s.socketsOf(pid) {
		if look(path) == dead {
			s.failed("socket", os.Remove(path))
			s.removeFile(sessions, keyName(pid, path))
		}
	}
}

// removeFile removes a plain file.
func (s *Sweeper) removeFile(dir *os.Root, name string) {
	info, err := dir.Lstat(name)
	if err == nil && info.Mode().IsRegular() {
		err = dir.Remove(name)
	}
	s.failed("file", err)
}

// socketsOf are the paths that a process's socket may have.
func (s *Sweeper) socketsOf(pid int) (paths []string) {
	for _, dir := range s.sockets {
		paths = append(paths, filepath.Join(dir, strconv.Itoa(pid)+".sock"))
	}
	return paths
}

var (
	socketName = regexp.MustCompile(`^([0-9]+)(-[0-9a-f]{8})?\.sock$`)
	socketDir  = regexp.MustCompile(`^cc-socks(-[0-9]+)?$`)
)

// ownSocket says whether the record's path is one that the CLI forms for this process.
func (r record) ownSocket() bool {
	name := socketName.FindStringSubmatch(filepath.Base(r.Socket))
	return filepath.IsAbs(r.Socket) && name != nil && name[1] == strconv.Itoa(r.PID) &&
		socketDir.MatchString(filepath.Base(filepath.Dir(r.Socket)))
}
