package offline_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/offline"
)

func TestAStopSequenceEndsTheTextBeforeItIsSaid(t *testing.T) {
	for name, test := range map[string]struct {
		deltas         []string
		text, sequence string
	}{
		"within a piece":     {[]string{"one STOP two"}, "one ", "STOP"},
		"across pieces":      {[]string{"one S", "TO", "P two"}, "one ", "STOP"},
		"begun, not ended":   {[]string{"one STO", "NE ST"}, "one STONE ST", ""},
		"the first of two":   {[]string{"a END b STOP"}, "a ", "END"},
		"at once":            {[]string{"STOP"}, "", "STOP"},
		"not there":          {[]string{"one ", "two"}, "one two", ""},
		"repeated beginning": {[]string{"SS", "TSTOP"}, "SST", "STOP"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := offline.Start(offline.Config{Respond: func(*offline.Request) offline.Reply {
				return offline.Text(test.deltas...)
			}})
			require.NoError(t, err)
			defer s.Close()
			response, err := http.Post(s.URL()+"/v1/messages", "application/json", strings.NewReader(
				`{"model":"claude-x","max_tokens":9,"messages":[{"role":"user","content":"Hi"}],"stop_sequences":["STOP","END"]}`))
			require.NoError(t, err)
			defer response.Body.Close()
			var answer struct {
				Content []struct{ Text string }
				Reason  string  `json:"stop_reason"`
				Stop    *string `json:"stop_sequence"`
			}
			require.NoError(t, json.NewDecoder(response.Body).Decode(&answer))
			require.Len(t, answer.Content, 1)
			assert.Equal(t, test.text, answer.Content[0].Text)
			if test.sequence == "" {
				assert.Nil(t, answer.Stop)
				assert.Equal(t, "end_turn", answer.Reason)
				return
			}
			require.NotNil(t, answer.Stop)
			assert.Equal(t, test.sequence, *answer.Stop)
			assert.Equal(t, "stop_sequence", answer.Reason)
		})
	}
}
