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
		breaks int
	}
	for name, requests := range map[string][]request{
		"goes on": {
			{wants("s", "a"), 0},
			{wants("s", "a", "b", "c"), 0},
			{wants("s", "a", "b", "c", "d", "e"), 0},
			{wants("s", "a", "b", "c", "d", "e"), 0}, // asked again
		},
		"arrives from elsewhere": {{wants("s", "a", "b", "c"), 0}},
		"another system prompt each time": {
			{wants("s1", "a"), 0},
			{wants("s2", "a", "b", "c"), 1},
			{wants("s3", "a", "b", "c", "d", "e"), 2},
			{wants("s3", "a", "b", "c", "d", "e", "f", "g"), 0},
		},
		"the last words are taken back each time": {
			{wants("s", "a", "b", "c and more"), 0},
			{wants("s", "a", "b", "c", "d", "e and more"), 1},
			{wants("s", "a", "b", "c", "d", "e", "f", "g and more"), 2},
		},
		"changed once": {
			{wants("s", "a", "b", "c"), 0},
			{wants("s", "a", "b", "no, c"), 1},
			{wants("s", "a", "b", "no, c", "d", "e"), 0},
		},
		"a new one with the same first words": {
			{wants("s", "a", "b", "c"), 0},
			{wants("s", "a"), 0},
			{wants("s", "a", "b", "c", "d", "e"), 0},
		},
		"two that begin alike": {
			{wants("s1", "a", "b", "c"), 0},
			{wants("s2", "a", "b", "x"), 1},
			{wants("s1", "a", "b", "c", "d", "e"), 0},
			{wants("s2", "a", "b", "x", "d", "e"), 0},
			{wants("s1", "a", "b", "c", "d", "e", "f", "g"), 0},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var h habits
			for i, r := range requests {
				assert.Equal(t, r.breaks, h.breaks(r.want), "request %d", i)
			}
		})
	}
}

func TestHabitsAreBounded(t *testing.T) {
	var h habits
	for i := range 3 * mostTopics {
		h.breaks(want{turns: make([]conversation.Turn, 3), prints: []fingerprint{{}}, topic: fingerprint{byte(i), byte(i >> 8)}})
	}
	assert.LessOrEqual(t, len(h.topics), mostTopics)
}
