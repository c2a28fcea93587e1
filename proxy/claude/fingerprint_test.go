package claude

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"claude-max-api-proxy/proxy/conversation"
)

// texts are few and short, so that equal requests and near misses are drawn often.
var texts = rapid.SampledFrom([]string{"", "a", "b", "ab", "text", "image", "user", "\x00", "a\n\nb"})

func sources(t *rapid.T) conversation.Source {
	return conversation.Source{URL: texts.Draw(t, "url"), Data: texts.Draw(t, "data"), MediaType: texts.Draw(t, "type")}
}

var blocks = rapid.Custom(func(t *rapid.T) conversation.Block {
	switch rapid.IntRange(0, 3).Draw(t, "block") {
	case 0:
		return conversation.Image{Source: sources(t)}
	case 1:
		return conversation.Document{Source: sources(t), Title: texts.Draw(t, "title"), Context: texts.Draw(t, "context")}
	}
	return conversation.Text{Text: texts.Draw(t, "text")}
})

var requests = rapid.Custom(func(t *rapid.T) *conversation.Request {
	r := &conversation.Request{
		System:    rapid.SliceOfN(texts, 0, 3).Draw(t, "system"),
		MaxTokens: rapid.IntRange(0, 2).Draw(t, "max tokens"),
	}
	for i := range rapid.IntRange(1, 3).Draw(t, "turns") {
		role := conversation.User
		if i%2 == 1 {
			role = conversation.Assistant
		}
		r.Turns = append(r.Turns, conversation.Turn{Role: role, Blocks: rapid.SliceOfN(blocks, 1, 3).Draw(t, "blocks")})
	}
	return r
})

// plain joins the texts of answers, which a client gets as one, before all else.
func plain(r *conversation.Request) *conversation.Request {
	out := *r
	out.System = append([]string{}, r.System...)
	out.Turns = nil
	for _, turn := range r.Turns {
		if turn.Role == conversation.Assistant {
			blocks := []conversation.Block{conversation.Text{Text: turn.PlainText()}}
			for _, b := range turn.Blocks {
				if _, ok := b.(conversation.Text); !ok {
					blocks = append(blocks, b)
				}
			}
			turn.Blocks = blocks
		}
		out.Turns = append(out.Turns, turn)
	}
	return &out
}

// TestFingerprintsAreEqualOnlyForTheSame: a session is reused exactly when the
// conversation that it has heard is the beginning of the new one, to the byte.
func TestFingerprintsAreEqualOnlyForTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := requests.Draw(t, "a"), requests.Draw(t, "b")
		if rapid.Bool().Draw(t, "same") {
			b = plain(a) // a copy, but for the joined texts
		}
		modelA := rapid.SampledFrom([]string{"opus", "sonnet"}).Draw(t, "model a")
		modelB := rapid.SampledFrom([]string{"opus", "sonnet"}).Draw(t, "model b")
		printsA, printsB := fingerprints(modelA, a), fingerprints(modelB, b)
		pa, pb := plain(a), plain(b)
		begins := modelA == modelB && reflect.DeepEqual(pa.System, pb.System)
		for i := range printsA {
			for j := range printsB {
				same := begins && i == j && reflect.DeepEqual(pa.Turns[:i], pb.Turns[:j])
				if same != (printsA[i] == printsB[j]) {
					t.Fatalf("after %d and %d turns: same is %v, the fingerprints say otherwise", i, j, same)
				}
			}
		}
	})
}

func TestFingerprintsDoNotMixUpBoundaries(t *testing.T) {
	user := func(blocks ...conversation.Block) conversation.Turn {
		return conversation.Turn{Role: conversation.User, Blocks: blocks}
	}
	text := func(s string) conversation.Block { return conversation.Text{Text: s} }
	var none fingerprint
	different := []conversation.Turn{
		user(text("ab")),
		user(text("a"), text("b")),
		user(text("b"), text("a")),
		user(text("a")),
		user(text("text"), text("ab")),
		user(conversation.Image{Source: conversation.Source{URL: "ab"}}),
		user(conversation.Image{Source: conversation.Source{Data: "ab"}}),
		user(conversation.Document{Source: conversation.Source{Data: "ab"}}),
		user(conversation.Document{Source: conversation.Source{Data: "ab"}, Title: "t"}),
		user(conversation.Document{Source: conversation.Source{Data: "ab"}, Context: "t"}),
		{Role: conversation.Assistant, Blocks: []conversation.Block{text("ab")}},
	}
	seen := map[fingerprint]int{}
	for i, turn := range different {
		print := none.then(turn)
		j, known := seen[print]
		assert.False(t, known, "%d and %d", i, j)
		seen[print] = i
	}
}

// TestAnAnswerIsRecognised: what the session remembers of its own answer is what
// the client sends back with the next request, whatever it has made of the calls' ids
// and of the space in their arguments.
func TestAnAnswerIsRecognised(t *testing.T) {
	text := func(s string) conversation.Block { return conversation.Text{Text: s} }
	call := func(id, input string) conversation.Block {
		return conversation.ToolUse{ID: id, Name: "look", Input: json.RawMessage(input)}
	}
	first := &conversation.Request{Turns: []conversation.Turn{{Role: conversation.User, Blocks: []conversation.Block{text("hi")}}}}
	for name, c := range map[string]struct {
		text     string
		calls    []conversation.ToolUse
		sentBack []conversation.Block
		other    bool
	}{
		"text":             {text: "Hello there", sentBack: []conversation.Block{text("Hello "), text("there")}},
		"another text":     {text: "Hello there", sentBack: []conversation.Block{text("Hello")}, other: true},
		"text and a call":  {"Hm", []conversation.ToolUse{{ID: "toolu_1", Name: "look", Input: json.RawMessage(`{"a":1, "b":2.50}`)}}, []conversation.Block{text("Hm"), call("toolu1", `{"b":2.50,"a":1}`)}, false},
		"blank text":       {"\n", []conversation.ToolUse{{ID: "toolu_1", Name: "look"}}, []conversation.Block{call("x", "{}")}, false},
		"another argument": {"", []conversation.ToolUse{{ID: "toolu_1", Name: "look", Input: json.RawMessage(`{"a":9007199254740993}`)}}, []conversation.Block{call("toolu_1", `{"a":9007199254740992}`)}, true},
		"another call":     {"", []conversation.ToolUse{{ID: "toolu_1", Name: "see"}}, []conversation.Block{call("toolu_1", `{}`)}, true},
		"one call more":    {"", []conversation.ToolUse{{ID: "toolu_1", Name: "look"}}, []conversation.Block{call("toolu_1", `{}`), call("toolu_2", `{}`)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			s, a := &session{}, &answer{calls: c.calls}
			a.text.WriteString(c.text)
			s.remember(turn{request: first, prints: fingerprints("opus", first)}, a)
			next := &conversation.Request{Turns: append(first.Turns,
				conversation.Turn{Role: conversation.Assistant, Blocks: c.sentBack},
				conversation.Turn{Role: conversation.User, Blocks: []conversation.Block{text("and?")}},
			)}
			assert.Equal(t, 2, s.turns)
			assert.Equal(t, !c.other, s.seen == fingerprints("opus", next)[2])
		})
	}
}

// TestAnyOtherWordIsAnotherConversation: with tools as well, a match is exact. Each text
// of a conversation is changed in turn, and none goes unnoticed.
func TestAnyOtherWordIsAnotherConversation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const places = 12
		var words [places]string
		for i := range words {
			words[i] = rapid.SampledFrom([]string{"a", "b", "ab", "", "tool_use", "tool_result"}).Draw(t, "word")
		}
		failed := rapid.Bool().Draw(t, "failed")
		conversationOf := func(w [places]string, failed bool) fingerprint {
			input, err := json.Marshal(map[string]string{w[5]: w[6]})
			if err != nil {
				t.Fatal(err)
			}
			prints := fingerprints(w[0], &conversation.Request{
				System: []string{w[1]},
				Tools:  []conversation.Tool{{Name: w[2], Description: w[3], Schema: json.RawMessage(`{"type":"object","title":"` + w[11] + `"}`)}},
				Turns: []conversation.Turn{
					{Role: conversation.User, Blocks: []conversation.Block{conversation.Text{Text: "go"}}},
					{Role: conversation.Assistant, Blocks: []conversation.Block{
						conversation.Text{Text: w[4]}, conversation.ToolUse{ID: "1", Name: w[7], Input: input},
					}},
					{Role: conversation.User, Blocks: []conversation.Block{
						conversation.ToolResult{ID: "1", Blocks: []conversation.Block{conversation.Text{Text: w[8]}, conversation.Text{Text: w[9]}}, IsError: failed},
						conversation.Text{Text: w[10]},
					}},
				},
			})
			return prints[len(prints)-1]
		}
		same := conversationOf(words, failed)
		if same != conversationOf(words, failed) {
			t.Fatal("the same conversation has two fingerprints")
		}
		if same == conversationOf(words, !failed) {
			t.Fatal("a failed call is taken for one that was not")
		}
		for i := range words {
			other := words
			other[i] += "b"
			if same == conversationOf(other, failed) {
				t.Fatalf("place %d: %q is taken for %q", i, other[i], words[i])
			}
		}
		// What moves from one place to the next is noticed, too.
		for i := range places - 1 {
			other := words
			other[i], other[i+1] = words[i]+words[i+1], ""
			if other != words && same == conversationOf(other, failed) {
				t.Fatalf("places %d and %d: %q and %q are taken for %q and none", i, i+1, words[i], words[i+1], other[i])
			}
		}
	})
}
