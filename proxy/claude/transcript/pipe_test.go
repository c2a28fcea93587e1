//go:build unix

package transcript

import (
	"bytes"
	"io"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, p *Pipe) *os.File {
	t.Helper()
	f, err := os.Open(p.Path())
	require.NoError(t, err)
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func waits(p *Pipe) bool {
	select {
	case <-p.Waiting():
		return true
	case <-time.After(10 * time.Second):
		return false
	}
}

// TestEachReaderGetsTheWholeText: also one that comes while another is being served, or
// after one that has looked at the beginning only.
func TestEachReaderGetsTheWholeText(t *testing.T) {
	text := bytes.Repeat([]byte("0123456789abcdef"), 100_000) // more than a pipe holds
	p, err := New(t.TempDir())
	require.NoError(t, err)
	defer p.Close()
	first := open(t, p)
	require.True(t, waits(p))
	p.Tell(text)
	head := make([]byte, 10)
	_, err = io.ReadFull(first, head)
	require.NoError(t, err)

	second := open(t, p)
	require.NoError(t, first.Close(), "it has seen enough")
	all, err := io.ReadAll(second)
	require.NoError(t, err)
	assert.True(t, bytes.Equal(text, all))
	for range 20 {
		all, err := io.ReadAll(open(t, p))
		require.NoError(t, err)
		assert.True(t, bytes.Equal(text, all))
	}
}

func TestNobodyWaitsForAClosedPipe(t *testing.T) {
	for name, before := range map[string]func(*Pipe){
		"that nobody has opened": func(*Pipe) {},
		"that waits for its text": func(p *Pipe) {
			f := open(t, p)
			require.True(t, waits(p))
			t.Cleanup(func() {
				all, err := io.ReadAll(f)
				assert.NoError(t, err)
				assert.Empty(t, all)
			})
		},
		"whose reader does not read": func(p *Pipe) {
			open(t, p)
			require.True(t, waits(p))
			p.Tell(make([]byte, 1<<20))
		},
		"that was read": func(p *Pipe) {
			f := open(t, p)
			p.Tell([]byte("text"))
			_, err := io.ReadAll(f)
			require.NoError(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			p, err := New(dir)
			require.NoError(t, err)
			before(p)
			p.Close()
			p.Close()
			_, err = os.Open(p.Path())
			assert.ErrorIs(t, err, os.ErrNotExist)
			left, err := os.ReadDir(dir)
			require.NoError(t, err)
			assert.Empty(t, left)
		})
	}
}

// TestWhoOpensASessionThatIsTakenFindsNone: two readers of one pipe would share its text.
func TestWhoOpensASessionThatIsTakenFindsNone(t *testing.T) {
	p, err := New(t.TempDir())
	require.NoError(t, err)
	defer p.Close()
	first := open(t, p)
	require.True(t, waits(p))
	_, err = os.Open(p.Path())
	require.ErrorIs(t, err, os.ErrNotExist)
	p.Tell([]byte("all of it"))
	all, err := io.ReadAll(first)
	require.NoError(t, err)
	assert.Equal(t, "all of it", string(all))
}

// TestADirectoryThatIsRemovedHoldsUpNobody: cleaners of caches do that.
func TestADirectoryThatIsRemovedHoldsUpNobody(t *testing.T) {
	for name, told := range map[string]bool{"before it is told": false, "after": true} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir() + "/pipes"
			require.NoError(t, os.Mkdir(dir, 0o700))
			p, err := New(dir)
			require.NoError(t, err)
			f := open(t, p)
			require.True(t, waits(p))
			if told {
				p.Tell([]byte("text"))
				_, err := io.ReadAll(f)
				require.NoError(t, err)
			}
			require.NoError(t, os.RemoveAll(dir))
			if !told {
				p.Tell([]byte("text"))
				all, err := io.ReadAll(f)
				require.NoError(t, err)
				assert.Equal(t, "text", string(all), "who has it open is served")
			}
			p.Close()
		})
	}
}
