package conformance

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/offline"
)

func jsonSchema(t *testing.T, _ *api, saw seen, model *offline.Server) {
	assert.JSONEq(t, `{"city":"Rome","people":2873000}`, string(saw.Value))
	format := outputFormat(t, only(t, model))
	require.NotNil(t, format, "Anthropic enforces the schema")
	assert.Equal(t, "json_schema", format.Type)
	assert.ElementsMatch(t, []string{"city", "people"}, format.Schema.Required)
	assert.Equal(t, map[string]struct{ Type string }{"city": {"string"}, "people": {"integer"}}, format.Schema.Properties)
}

func jsonObject(t *testing.T, _ *api, saw seen, model *offline.Server) {
	assert.JSONEq(t, `{"city":"Rome","people":2873000}`, string(saw.Value))
	r := only(t, model)
	assert.Nil(t, outputFormat(t, r), "Anthropic knows no JSON without a schema")
	assert.Contains(t, r.SystemText(), "JSON", "so the model is asked for it")
}

type format struct {
	Type   string
	Schema struct {
		Required   []string
		Properties map[string]struct{ Type string }
	}
}

func outputFormat(t *testing.T, r *offline.Request) *format {
	t.Helper()
	var body struct {
		OutputConfig struct{ Format *format } `json:"output_config"`
	}
	require.NoError(t, json.Unmarshal(r.Body, &body))
	return body.OutputConfig.Format
}

func jsonTool(t *testing.T, _ *api, saw seen, model *offline.Server) {
	assert.JSONEq(t, `{"city":"Rome","people":2873000}`, string(saw.Value))
	assert.Equal(t, []string{"town"}, forced(t, "town", model).ToolNames())
}
