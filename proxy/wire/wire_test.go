package wire_test

import (
	"encoding/json"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/wire"
)

func TestIDsLookLikeOpenAIsAndDiffer(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id := wire.NewID("chatcmpl-")
		require.Regexp(t, regexp.MustCompile(`^chatcmpl-[0-9A-Za-z]{29}$`), id)
		require.False(t, seen[id])
		seen[id] = true
	}
}

func TestMarshalLeavesCodeReadable(t *testing.T) {
	body := wire.Marshal(map[string]string{"code": "if a < b && c > d {}"})
	assert.Equal(t, `{"code":"if a < b && c > d {}"}`, string(body))
	assert.True(t, json.Valid(body))
}
