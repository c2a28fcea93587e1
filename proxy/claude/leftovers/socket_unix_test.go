//go:build unix

package leftovers

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// listen makes a socket at a path.
func listen(t *testing.T, path string) *net.UnixListener {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// abandon makes a socket as a killed process leaves it.
func abandon(t *testing.T, path string) string {
	t.Helper()
	l := listen(t, path)
	l.SetUnlinkOnClose(false)
	require.NoError(t, l.Close())
	return path
}

func TestASocketGoesWithItsRecord(t *testing.T) {
	r := newRig(t)
	left := append(r.process(7, r.work(ours)), abandon(t, r.socket(7)))
	left = append(left, append(r.process(9, r.work(killed)), abandon(t, r.socket(9)))...)
	other := append(r.process(8, "/home/u/project"), abandon(t, r.socket(8)))
	r.Ended(7)
	r.Ended(8)
	r.Crashed()
	r.gone(left...)
	r.there(other...)
	assert.Empty(t, r.log.String())
}

func TestASocketWithoutARecordGoesWhenNobodyListens(t *testing.T) {
	r := newRig(t)
	left := []string{abandon(t, r.socket(7)), r.write(filepath.Join(r.sessions(), keyName(7, r.socket(7))), "key")}
	r.Ended(7)
	r.gone(left...)

	listen(t, r.socket(8))
	r.Ended(8)
	r.there(r.socket(8))

	r.write(r.socket(9), "a plain file")
	require.NoError(t, os.Symlink(abandon(t, r.socket(10)), r.socket(11)))
	r.Ended(9)
	r.Ended(11)
	r.there(r.socket(9), r.socket(10), r.socket(11))
	assert.Empty(t, r.log.String())
}

func TestAProcessThatListensKeepsAll(t *testing.T) {
	r := newRig(t)
	kept := append(r.process(7, r.work(ours)), r.process(8, r.work(killed))...)
	listen(t, r.socket(7))
	listen(t, r.socket(8))
	r.Ended(7)
	r.Crashed()
	r.there(append(kept, r.socket(7), r.socket(8))...)
}

func TestADirectoryOfSocketsThatIsALinkIsNotFollowed(t *testing.T) {
	r := newRig(t)
	elsewhere := filepath.Join(r.dir, "elsewhere")
	require.NoError(t, os.Rename(r.sockets(), elsewhere))
	require.NoError(t, os.Symlink(elsewhere, r.sockets()))
	socket := abandon(t, filepath.Join(elsewhere, "7.sock"))
	r.Ended(7)
	r.there(socket)
}
