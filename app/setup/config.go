package setup

import "encoding/json"

// OpenClawConfig gives a patch for `openclaw config patch`: it adds the proxy as a
// provider and makes its first model the agents' own. The key is what the proxy
// wants; without one any will do.
//
// The fields are those of OpenClaw's own configuration, models.providers.
func OpenClawConfig(baseURL, key string) ([]byte, error) {
	if key == "" {
		key = anyKey
	}
	var models []model
	for _, m := range []struct{ id, name string }{
		{"claude-opus-4", "Claude Opus (proxy)"},
		{"claude-sonnet-4", "Claude Sonnet (proxy)"},
		{"claude-haiku-4", "Claude Haiku (proxy)"},
	} {
		models = append(models, model{
			ID: m.id, Name: m.name, Input: []string{"text", "image"}, Reasoning: true,
			ContextWindow: 200000, MaxTokens: 32000, Compat: compat{true, true},
		})
	}
	var p patch
	p.Models.Mode = modeMerge
	p.Models.Providers = map[string]provider{
		providerID: {BaseURL: baseURL, APIKey: key, API: "openai-completions", Models: models},
	}
	p.Agents.Defaults.Model.Primary = providerID + "/" + models[0].ID
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(text, '\n'), nil
}

// providerID is what OpenClaw calls the proxy, as in "claude-proxy/claude-opus-4".
const providerID = "claude-proxy"

// anyKey stands where the proxy wants none: OpenClaw does not do without.
const anyKey = "not-needed"

// modeMerge keeps OpenClaw's own catalogue beside the proxy's models.
const modeMerge = "merge"

type patch struct {
	Models struct {
		Mode      string              `json:"mode"`
		Providers map[string]provider `json:"providers"`
	} `json:"models"`
	Agents struct {
		Defaults struct {
			Model struct {
				Primary string `json:"primary"`
			} `json:"model"`
		} `json:"defaults"`
	} `json:"agents"`
}

type provider struct {
	BaseURL string  `json:"baseUrl"`
	APIKey  string  `json:"apiKey"`
	API     string  `json:"api"`
	Models  []model `json:"models"`
}

type model struct {
	ID            string   `json:"id"`
	Name          string   `json:"name"`
	Input         []string `json:"input"`
	Reasoning     bool     `json:"reasoning"`
	ContextWindow int      `json:"contextWindow"`
	MaxTokens     int      `json:"maxTokens"`
	Compat        compat   `json:"compat"`
}

type compat struct {
	SupportsReasoningEffort  bool `json:"supportsReasoningEffort"`
	SupportsUsageInStreaming bool `json:"supportsUsageInStreaming"`
}
