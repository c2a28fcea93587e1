package conformance

import (
	"os"
	"path/filepath"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// setUp has claude-max-api change an agent's configuration, which is in a folder of the home, and
// when the agent has done all its errands put it back as it was.
func (h *home) setUp(w workspace, p *proxy, client, folder string) {
	h.t.Helper()
	setup := func(how ...string) {
		h.t.Helper()
		said := h.run(w.proxy, append([]string{"setup", client, "--config", p.config, "--yes"}, how...)...)
		assert.NotContains(h.t, said, apiKey)
	}
	before := h.files(folder)
	setup()
	configured := h.files(folder)
	require.NotEqual(h.t, before, configured)
	h.t.Cleanup(func() {
		for name, text := range configured {
			assert.Equal(h.t, text, h.read(name), "the agent has changed %s", name)
		}
		setup("--undo")
		after := h.files(folder)
		for name, text := range before {
			assert.Equal(h.t, text, after[name], name)
			delete(after, name)
		}
		for name := range after { // the agent has made some
			assert.NotContains(h.t, name, "claude", "a file of ours stays")
		}
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
