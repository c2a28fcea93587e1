package leftovers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	ours   = "4711-0a1b2c3d" // this instance
	killed = "4000-00000000" // one that has no directory any more
	alive  = "5000-ffffffff" // another that runs
)

// rig is a Sweeper in a world of its own.
type rig struct {
	*Sweeper
	t    *testing.T
	dir  string
	log  *bytes.Buffer
	runs string
}

func newRig(t *testing.T) *rig {
	dir, err := os.MkdirTemp("", "left") // short enough for the path of a socket
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, os.RemoveAll(dir)) })
	dir, err = filepath.EvalSymlinks(dir)
	require.NoError(t, err)
	r := &rig{t: t, dir: dir, log: &bytes.Buffer{}, runs: filepath.Join(dir, "run dir")}
	for _, made := range []string{r.work(ours), r.work(alive), r.sessions(), r.sockets(), r.cache()} {
		require.NoError(t, os.MkdirAll(made, 0o700))
	}
	r.Sweeper = New(r.config())
	return r
}

func (r *rig) config() Config {
	env := map[string]string{
		"XDG_RUNTIME_DIR": filepath.Join(r.dir, "rt"), "XDG_CACHE_HOME": filepath.Join(r.dir, "cache"),
		"LOCALAPPDATA": filepath.Join(r.dir, "local"),
	}
	return Config{
		Home: r.dir, ConfigDir: filepath.Join(r.dir, "config"), Getenv: func(name string) string { return env[name] },
		Work: r.work(ours), Runs: r.runs,
		Log: slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

func (r *rig) work(instance string) string { return filepath.Join(r.runs, instance, "work") }
func (r *rig) sessions() string            { return filepath.Join(r.dir, "config", "sessions") }
func (r *rig) sockets() string             { return filepath.Join(r.dir, "rt", "cc-socks") }
func (r *rig) cache() string {
	return cacheDir(r.dir, r.config().Getenv)
}

func (r *rig) socket(pid int) string { return filepath.Join(r.sockets(), fmt.Sprintf("%d.sock", pid)) }

func (r *rig) write(path, text string) string {
	r.t.Helper()
	require.NoError(r.t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(r.t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// process puts there what the CLI keeps of a process, and gives the files.
func (r *rig) process(pid int, cwd string) (files []string) {
	r.t.Helper()
	text, err := json.Marshal(map[string]any{
		"pid": pid, "sessionId": "s", "cwd": cwd, "peerFeatures": []string{"x"}, "messagingSocketPath": r.socket(pid),
	})
	require.NoError(r.t, err)
	return []string{
		r.write(filepath.Join(r.sessions(), recordName(pid)), string(text)),
		r.write(filepath.Join(r.sessions(), keyName(pid, r.socket(pid))), "key"),
	}
}

// logs puts a log of a process there that ran in the directory, and gives its folder.
func (r *rig) logs(cwd string) string {
	folder := filepath.Join(r.cache(), slug(cwd))
	r.write(filepath.Join(folder, "mcp-logs-c", "2026.jsonl"), "{}")
	return folder
}

func (r *rig) gone(files ...string) {
	r.t.Helper()
	for _, file := range files {
		assert.NoFileExists(r.t, file)
		assert.NoDirExists(r.t, file)
	}
}

func (r *rig) there(files ...string) {
	r.t.Helper()
	for _, file := range files {
		_, err := os.Lstat(file)
		assert.NoError(r.t, err)
	}
}

func TestRecordAndKeyOfAnEndedProcessGo(t *testing.T) {
	r := newRig(t)
	left := r.process(7, r.work(ours))
	others := r.process(8, r.work(ours))
	r.Ended(7)
	r.gone(left...)
	r.there(others...)
	r.Ended(9) // has left nothing
	assert.Empty(t, r.log.String())
}

func TestWhatIsNotOursStays(t *testing.T) {
	r := newRig(t)
	var kept []string
	for pid, cwd := range map[int]string{
		1: "/home/u/project", 2: r.work(alive), 3: r.work(ours) + "/", 4: r.work(ours) + "/below", 5: "", 6: r.work("4711-0A1B2C3D"),
	} {
		kept = append(kept, r.process(pid, cwd)...)
	}
	r.process(10, r.work(ours))
	kept = append(kept, r.write(filepath.Join(r.sessions(), "11.json"), fmt.Sprintf(`{"pid":10,"cwd":%q}`, r.work(ours))),
		r.write(filepath.Join(r.sessions(), "12.json"), `{"pid":12,`),
		r.write(filepath.Join(r.sessions(), "13.json"), fmt.Sprintf(`{"pid":13,"x":%q,"cwd":%q}`, strings.Repeat("x", maxRecord), r.work(ours))))
	for pid := range 14 {
		if pid != 10 {
			r.Ended(pid)
		}
	}
	r.Crashed()
	r.there(kept...)
	assert.Equal(t, 1, strings.Count(r.log.String(), "\n"), "one line for a kind of failure: %s", r.log)
}

// A record says where its process had the socket, but only what the CLI itself can have
// made of that is believed.
func TestARecordNamesNoOtherFileToRemove(t *testing.T) {
	for _, path := range []string{"/etc/passwd", "rt/cc-socks/7.sock", "/x/cc-socks/8.sock", "/x/other/7.sock", "/x/cc-socks/7.sock/..", ""} {
		assert.False(t, record{PID: 7, Socket: path}.ownSocket(), path)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for _, path := range []string{"/x/cc-socks/7.sock", "/tmp/cc-socks-1000/7.sock", "/x/cc-socks/7-0a1b2c3d.sock"} {
		assert.True(t, record{PID: 7, Socket: path}.ownSocket(), path)
	}
}

func TestASymbolicLinkStaysAndIsNotFollowed(t *testing.T) {
	r := newRig(t)
	elsewhere := filepath.Join(r.dir, "elsewhere")
	record := r.write(filepath.Join(elsewhere, "7.json"), fmt.Sprintf(`{"pid":7,"cwd":%q}`, r.work(ours)))
	link := filepath.Join(r.sessions(), "7.json")
	if err := os.Symlink(record, link); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	folder := filepath.Join(r.cache(), slug(r.work(ours)))
	require.NoError(t, os.Symlink(elsewhere, folder))
	r.Ended(7)
	r.Closed()
	r.Crashed()
	r.there(record, link, folder)

	// Inside of a folder a link goes, and what it points to stays.
	require.NoError(t, os.Remove(folder))
	require.NoError(t, os.MkdirAll(folder, 0o700))
	require.NoError(t, os.Symlink(elsewhere, filepath.Join(folder, "mcp-logs-c")))
	r.Closed()
	r.gone(folder)
	r.there(record)
}

func TestAProcessMaySeeItsDirectoryWithoutLinks(t *testing.T) {
	r := newRig(t)
	link := filepath.Join(r.dir, "link")
	if err := os.Symlink(r.runs, link); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	c := r.config()
	c.Runs, c.Work = link, filepath.Join(link, ours, "work")
	s := New(c)
	left := append(r.process(7, c.Work), r.process(8, r.work(ours))...)
	left = append(left, r.logs(r.work(ours)), r.logs(c.Work), r.logs(r.work(killed)))
	left = append(left, r.process(9, r.work(killed))...)
	s.Ended(7)
	s.Ended(8)
	s.Closed()
	s.Crashed()
	r.gone(left...)
}

func TestTheLogsOfThisInstanceGoWhenItCloses(t *testing.T) {
	r := newRig(t)
	mine := r.logs(r.work(ours))
	others := []string{r.logs(r.work(alive)), r.logs(r.work(killed)), r.logs("/home/u/project"), r.logs(r.work(ours) + "/x")}
	r.Closed()
	r.gone(mine)
	r.there(others...)
	r.Closed()
	assert.Empty(t, r.log.String())
}

// There is one for each process that was offered tools, and an app may run for months.
func TestOldLogsOfThisInstanceGoWhenAProcessEnds(t *testing.T) {
	r := newRig(t)
	log := func(cwd, server, name string, age time.Duration) string {
		file := r.write(filepath.Join(r.cache(), slug(cwd), server, name), "{}")
		written := time.Now().Add(-age)
		require.NoError(t, os.Chtimes(file, written, written))
		return file
	}
	const old = oldLog + time.Second
	left := []string{
		log(r.work(ours), "mcp-logs-c", "2026-11-26T18-06-59-143Z.jsonl", old),
		log(r.work(ours), "mcp-logs-c", "2026-11-26T17-06-59-143Z.jsonl", 24*time.Hour),
		log(r.work(ours), "mcp-logs-d", "2026-11-26T18-06-59-143Z.jsonl", old),
	}
	kept := []string{
		log(r.work(ours), "mcp-logs-c", "2026-11-26T18-07-00-742Z.jsonl", oldLog-time.Minute), // of a process that may wait
		log(r.work(ours), "mcp-logs-c", "2026-11-26T19-07-00-742Z.jsonl", -time.Hour),         // the clock was set back
		log(r.work(ours), "other", "2026-11-26T18-06-59-143Z.jsonl", old),
		filepath.Join(r.cache(), slug(r.work(ours)), "mcp-logs-d"), // for processes to come
	}
	for _, cwd := range []string{r.work(alive), r.work(killed), "/home/u/project", r.work(ours) + "/x"} {
		kept = append(kept, log(cwd, "mcp-logs-c", "2026-11-26T18-06-59-143Z.jsonl", old))
	}
	r.Ended(7)
	r.gone(left...)
	r.there(kept...)
	assert.Empty(t, r.log.String())
}

func TestALogThatIsALinkStaysAndIsNotFollowed(t *testing.T) {
	r := newRig(t)
	elsewhere := filepath.Join(r.dir, "elsewhere")
	file := r.write(filepath.Join(elsewhere, "mcp-logs-c", "x.jsonl"), "{}")
	inside := r.write(filepath.Join(r.cache(), "-home-u-project", "mcp-logs-c", "x.jsonl"), "{}") // another's
	for _, file := range []string{file, inside} {
		require.NoError(t, os.Chtimes(file, time.Time{}, time.Now().Add(-2*oldLog)))
	}
	mine := filepath.Join(r.cache(), slug(r.work(ours)))
	if err := os.Symlink(elsewhere, mine); runtime.GOOS == "windows" && err != nil {
		t.Skip("not everybody may make links:", err)
	}
	r.Ended(7)
	require.NoError(t, os.Remove(mine))
	require.NoError(t, os.Mkdir(mine, 0o700))
	require.NoError(t, os.Symlink(filepath.Join("..", "-home-u-project", "mcp-logs-c"), filepath.Join(mine, "mcp-logs-c")))
	r.Ended(7)
	require.NoError(t, os.Remove(filepath.Join(mine, "mcp-logs-c")))
	require.NoError(t, os.Mkdir(filepath.Join(mine, "mcp-logs-c"), 0o700))
	link := filepath.Join(mine, "mcp-logs-c", "x.jsonl")
	require.NoError(t, os.Symlink(file, link))
	r.Ended(7)
	r.there(file, inside, link)
}

func TestWhatKilledInstancesHaveLeftGoes(t *testing.T) {
	r := newRig(t)
	left := append(r.process(7, r.work(killed)), r.logs(r.work(killed)))
	var kept []string
	for pid, cwd := range map[int]string{
		8: r.work(alive), 9: r.work(ours), 10: "/home/u/project",
		11: filepath.Join(r.runs, "notes", "work"), 12: filepath.Join(r.runs, killed, "other"),
		13: filepath.Join(r.dir, killed, "work"), 14: filepath.Join(r.runs, killed), 15: r.work(killed) + "/work",
	} {
		kept = append(kept, r.process(pid, cwd)...)
		kept = append(kept, r.logs(cwd))
	}
	r.Crashed()
	r.gone(left...)
	r.there(kept...)
	assert.Empty(t, r.log.String())
}

func TestOtherInstancesAreLeftAloneFromATemporaryDirectory(t *testing.T) {
	r := newRig(t)
	c := r.config()
	c.Runs = ""
	kept := append(r.process(7, r.work(killed)), r.logs(r.work(killed)))
	New(c).Crashed()
	r.there(kept...)
}

func TestNothingIsCreatedAndNothingMissed(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []Config{
		{Home: dir, ConfigDir: filepath.Join(dir, "config"), Work: filepath.Join(dir, "run", ours, "work"), Runs: filepath.Join(dir, "run")},
		{},
		{Runs: dir},
		{Work: "work", Runs: "."},
	} {
		c.Getenv = func(name string) string {
			return map[string]string{"XDG_CACHE_HOME": c.Home, "LOCALAPPDATA": c.Home, "XDG_RUNTIME_DIR": c.Home}[name]
		}
		log := &bytes.Buffer{}
		c.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		s := New(c)
		s.Ended(1)
		s.Crashed()
		s.Closed()
		assert.Empty(t, log.String())
	}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, entries)
}
