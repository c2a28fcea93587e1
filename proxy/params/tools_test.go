package params

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/jsonbody"
)

func TestToolsAreCountedBeforeTheyAreRead(t *testing.T) {
	list := func(element string, n int) string { return "[" + strings.Repeat(","+element, n)[1:] + "]" }
	for sent, want := range map[string]string{
		list(`{}`, MostTools):           "",
		list(`{}`, MostTools+1):         "tools comes to 10001 tools, and at most 10000 are taken.",
		list(`{"tools":[{},{}]}`, 3334): "tools comes to 10002 tools, and at most 10000 are taken.",
		`{}`:                            "tools must be an array, got an object.",
	} {
		root, err := jsonbody.Parse([]byte(`{"tools":` + sent + `}`))
		require.Nil(t, err)
		err = ToolList(root.Pick("tools").Get("tools"))
		if want == "" {
			assert.Nil(t, err)
		} else if assert.NotNil(t, err) {
			assert.Equal(t, want, err.Message)
			assert.Equal(t, "tools", err.Param)
		}
	}
}
