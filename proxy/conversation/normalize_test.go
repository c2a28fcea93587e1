package conversation

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func turn(role Role, texts ...string) Turn {
	t := Turn{Role: role}
	for _, text := range texts {
		t.Blocks = append(t.Blocks, Text{Text: text})
	}
	return t
}

func TestNormalizeGivesWhatTheMessagesAPITakes(t *testing.T) {
	picture := Image{Source: Source{URL: "https://example.com/a.png"}}
	tests := map[string]struct{ in, want []Turn }{
		"alternating turns stay": {
			[]Turn{turn(User, "a"), turn(Assistant, "b"), turn(User, "c")},
			[]Turn{turn(User, "a"), turn(Assistant, "b"), turn(User, "c")},
		},
		"neighbours of one role become one turn, block by block": {
			[]Turn{turn(User, "a"), turn(User, "b"), turn(Assistant, "c"), turn(Assistant, "d")},
			[]Turn{turn(User, "a", "b"), turn(Assistant, "c", "d")},
		},
		"an empty turn is dropped and its neighbours meet": {
			[]Turn{turn(User, "a"), turn(Assistant, ""), turn(User, "b")},
			[]Turn{turn(User, "a", "b")},
		},
		"a turn without blocks is dropped": {
			[]Turn{{Role: Assistant}, turn(User, "a")},
			[]Turn{turn(User, "a")},
		},
		"thinking stays before what is said, and goes where nothing is": {
			[]Turn{
				turn(User, "a"),
				{Assistant, []Block{Thinking{Text: "hm", Signature: "s"}, Text{"b"}, RedactedThinking{"x"}}},
				turn(User, "c"),
				{Assistant, []Block{Thinking{Signature: "t"}, RedactedThinking{"y"}}},
				turn(User, "d"),
			},
			[]Turn{
				turn(User, "a"),
				{Assistant, []Block{Thinking{Text: "hm", Signature: "s"}, Text{"b"}}},
				turn(User, "c", "d"),
			},
		},
		"white space alone is kept at the end of the text before it": {
			[]Turn{turn(User, "a", "\n\n", "b")},
			[]Turn{turn(User, "a\n\n", "b")},
		},
		"white space alone is nothing where no text is before it": {
			[]Turn{turn(User, " ", "a"), turn(Assistant, "\t"), {User, []Block{picture, Text{" "}}}},
			[]Turn{{User, []Block{Text{"a"}, picture}}},
		},
		"white space within a text stays": {
			[]Turn{turn(User, "  a \n")},
			[]Turn{turn(User, "  a \n")},
		},
		"nothing is nothing": {nil, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, test.want, Normalize(test.in))
		})
	}
}

func TestNormalizeLeavesItsInputAlone(t *testing.T) {
	in := []Turn{
		{User, append(make([]Block, 0, 8), Text{"a"})}, // room that append would write into
		turn(User, " "), turn(User, "b"),
	}
	Normalize(in)
	assert.Equal(t, Text{"a"}, in[0].Blocks[0])
	assert.Nil(t, in[0].Blocks[:2][1], "the caller's array was written to")
}
