package setup

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOpenClawIsGivenTheProxyAsAProvider(t *testing.T) {
	text, err := OpenClawConfig("http://localhost:3456/v1", "")
	require.NoError(t, err)
	var patch struct {
		Models struct {
			Providers map[string]struct {
				BaseURL, APIKey, API string
				Models               []struct{ ID string }
			}
		}
		Agents struct {
			Defaults struct{ Model struct{ Primary string } }
		}
	}
	require.NoError(t, json.Unmarshal(text, &patch))
	provider := patch.Models.Providers["claude-proxy"]
	assert.Equal(t, "http://localhost:3456/v1", provider.BaseURL)
	assert.Equal(t, "not-needed", provider.APIKey, "OpenClaw wants one")
	assert.Equal(t, "openai-completions", provider.API)
	assert.Equal(t, "claude-proxy/"+provider.Models[0].ID, patch.Agents.Defaults.Model.Primary)

	text, err = OpenClawConfig("http://localhost:3456/v1", `se"same`)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &patch))
	assert.Equal(t, `se"same`, patch.Models.Providers["claude-proxy"].APIKey)
}
