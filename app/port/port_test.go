package port

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheHolderOfAPortIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		kind   Kind
		phrase string
	}{
		"ourselves":       {`{"status":"ok","name":"claude-max-api"}`, Ourselves, "another running claude-max-api"},
		"the npm package": {`{"status":"ok","provider":"claude-code-cli"}`, NPMPackage, "the npm package claude-max-api-proxy"},
		"a web server":    {`It works!`, Unknown, ""},
		"nonsense":        {`{"name":["claude-max-api"]}`, Unknown, ""},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/health" {
					fmt.Fprintln(w, c.answer)
				}
			}))
			defer server.Close()
			holder, ok := Lookup(t.Context(), server.Listener.Addr().(*net.TCPAddr).Port)
			require.True(t, ok)
			assert.Equal(t, c.kind, holder.Kind)
			assert.Contains(t, holder.String(), c.phrase)
			if runtime.GOOS == "linux" {
				assert.EqualValues(t, os.Getpid(), holder.PID)
				assert.Contains(t, holder.Name, "port.test")
				assert.Contains(t, holder.String(), fmt.Sprintf(" (process %d)", os.Getpid()))
			}
		})
	}
}

func TestASilentHolderDoesNotHoldUsUp(t *testing.T) {
	l := listen(t, "127.0.0.1")
	began := time.Now()
	holder, ok := Lookup(t.Context(), portOf(l))
	assert.True(t, ok)
	assert.Equal(t, Unknown, holder.Kind)
	assert.Less(t, time.Since(began), 10*time.Second)
}

func TestAHolderOfOnlyTheOtherLoopbackAddressCounts(t *testing.T) {
	l := listen(t, "::1")
	_, ok := Lookup(t.Context(), portOf(l))
	assert.True(t, ok)
	free, ok := Free(portOf(l))
	assert.True(t, ok)
	assert.Greater(t, free, portOf(l))
}

func TestAPortThatNobodyHas(t *testing.T) {
	l := listen(t, "127.0.0.1")
	taken := portOf(l)
	next, ok := Free(taken)
	require.True(t, ok)
	assert.Greater(t, next, taken)
	require.NoError(t, l.Close())
	_, ok = Lookup(t.Context(), taken)
	assert.False(t, ok)
}

func TestThePortsEndSomewhere(t *testing.T) {
	_, ok := Free(65536)
	assert.False(t, ok)
}

func TestAHolderThatIsNotKnownHasAPhrase(t *testing.T) {
	assert.Equal(t, "another program", Holder{}.String())
	assert.Equal(t, "nginx (process 12)", Holder{Name: "nginx", PID: 12}.String())
	assert.Equal(t, "another running claude-max-api", Holder{Kind: Ourselves}.String())
}

func listen(t *testing.T, address string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(address, "0"))
	if err != nil {
		t.Skipf("cannot listen on %s: %v", address, err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func portOf(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }
