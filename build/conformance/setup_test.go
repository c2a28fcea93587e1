package conformance

import (
	"maps"
	"net/url"
	"os"
	"path/filepath"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// setup gives the arguments of claude-max-api that set up a client for the proxy.
func setup(client, baseURL string, more ...string) []string {
	at, err := url.Parse(baseURL)
	if err != nil {
		panic(err)
	}
	return append([]string{"setup", client, "--listen", at.Hostname(), "--port", at.Port()}, more...)
}

// setUp has claude-max-api change an agent's configuration, which is in a folder of the home, and
// when the agent has done all its errands put it back as it was.
func (h *home) setUp(w workspace, client, baseURL, folder string) {
	h.t.Helper()
	before := h.files(folder)
	h.run(w.proxy, setup(client, baseURL, "--yes")...)
	configured := h.files(folder)
	require.NotEqual(h.t, before, configured)
	h.t.Cleanup(func() {
		for name, text := range configured {
			assert.Equal(h.t, text, h.read(name), "the agent has changed %s", name)
		}
		h.run(w.proxy, setup(client, baseURL, "--undo", "--yes")...)
		after := h.files(folder)
		maps.DeleteFunc(after, func(name, _ string) bool { // what the agent has made
			_, ours := configured[name]
			return !ours
		})
		assert.Equal(h.t, before, after)
	})
}

// files are the texts of the files in a folder of the home, by their paths there.
func (h *home) files(folder string) map[string]string {
	h.t.Helper()
	texts := map[string]string{}
	all, err := os.ReadDir(filepath.Join(h.dir, folder))
	require.NoError(h.t, err)
	for _, entry := range all {
		if name := filepath.Join(folder, entry.Name()); entry.Type().IsRegular() {
			texts[name] = h.read(name)
		}
	}
	return texts
}
