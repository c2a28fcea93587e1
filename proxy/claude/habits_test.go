package claude

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"claude-max-api-proxy/proxy/conversation"
)

func wants(system string, texts ...string) want {
	r := says(texts...)
	r.System = []string{system}
	return want{turns: r.Turns, prints: fingerprints("opus", r), topic: topicOf("opus", r)}
}

func TestAConversationIsBrokenWhereItDoesNotGoOnFromItsLastRequest(t *testing.T) {
	type request struct {
		want   want
		broken bool
	}
	for name, requests := range map[string][]request{
		"goes on": {
			{wants("s", "a"), false},
			{wants("s", "a", "b", "c"), false},
			{wants("s", "a", "b", "c", "d", "e"), false},
			{wants("s", "a", "b", "c", "d", "e"), false}, // asked again
		},
		"arrives from elsewhere": {{wants("s", "a", "b", "c"), false}},
		"another system prompt each time": {
			{wants("s1", "a"), false},
			{wants("s2", "a", "b", "c"), true},
			{wants("s3", "a", "b", "c", "d", "e"), true},
			{wants("s3", "a", "b", "c", "d", "e", "f", "g"), false},
		},
		"the last words are taken back each time": {
			{wants("s", "a", "b", "c and more"), false},
			{wants("s", "a", "b", "c", "d", "e and more"), true},
		},
		"a new one with the same first words": {
			{wants("s", "a", "b", "c"), false},
			{wants("s", "a"), false},
			{wants("s", "a", "b", "c", "d", "e"), false},
		},
		"two side by side": {
			{wants("s", "a", "b", "c"), false},
			{wants("s", "x", "b", "c"), false},
			{wants("s", "a", "b", "c", "d", "e"), false},
			{wants("s", "x", "b", "c", "d", "e"), false},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var h habits
			for i, r := range requests {
				assert.Equal(t, r.broken, h.broken(r.want), "request %d", i)
			}
		})
	}
}

func TestHabitsAreBounded(t *testing.T) {
	var h habits
	for i := range 3 * mostTopics {
		h.broken(want{turns: make([]conversation.Turn, 3), prints: []fingerprint{{}}, topic: fingerprint{byte(i), byte(i >> 8)}})
	}
	assert.LessOrEqual(t, len(h.last), mostTopics)
}
