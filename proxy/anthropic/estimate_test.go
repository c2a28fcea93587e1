package anthropic

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTheEstimateCountsAllThatTheModelReads(t *testing.T) {
	user := func(blocks string) string { return saying(`{"role":"user","content":[` + blocks + `]}`) }
	const tool = `{"name":"weather","description":"Looks out of the window.","input_schema":{"type":"object","properties":{"city":{"type":"string"}}}}`
	pdf := func(bytes int) string {
		return `{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBERi0x` + strings.Repeat("AAAA", bytes/3) + `"}}`
	}
	for name, test := range map[string]struct {
		body        string
		least, most int
	}{
		"a greeting":       {user(`{"type":"text","text":"Hello, how are you today?"}`), 9, 15},
		"an English page":  {user(`{"type":"text","text":"` + strings.Repeat("The quick brown fox jumps over the lazy dog. ", 50) + `"}`), 500, 750},
		"Chinese":          {user(`{"type":"text","text":"` + strings.Repeat("你好世界", 25) + `"}`), 100, 110},
		"Russian":          {user(`{"type":"text","text":"` + strings.Repeat("привет", 20) + `"}`), 40, 70},
		"a system prompt":  {with(`"system":"` + strings.Repeat("Be brief. ", 35) + `"`), 100, 110},
		"a picture":        {user(`{"type":"image","source":{"type":"url","url":"https://example.com/a.png"}}`), 1600, 1610},
		"a small PDF":      {user(pdf(900)), 3000, 3010},
		"a PDF of 1 MB":    {user(pdf(1_000_000)), 60_000, 64_000},
		"a tool":           {offering(tool, ``), 346 + 30, 346 + 70},
		"a call":           {saying(`{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{"city":"Rome"}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"sunny"}]}`), 346 + 30, 346 + 70},
		"a picture within": {saying(`{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":[{"type":"image","source":{"type":"url","url":"https://example.com/a.png"}}]}]}`), 1950, 2050},
	} {
		got := Estimate(decoded(t, test.body))
		assert.GreaterOrEqual(t, got, test.least, name)
		assert.LessOrEqual(t, got, test.most, name)
	}
	assert.Equal(t, `{"input_tokens":12}`, string(CountBody(12)))
}
