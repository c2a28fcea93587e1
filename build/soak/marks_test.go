package soak

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
)

// A mark is a word that stands in one text of one run and nowhere else. It survives every
// encoding on its way.
var markPattern = regexp.MustCompile(`mark-[0-9a-f]{16}`)

func newMark(random *rand.Rand) string { return fmt.Sprintf("mark-%016x", random.Uint64()) }

// marksIn are the marks of a text, or of the JSON that it became, in their order.
func marksIn(text string) []string { return markPattern.FindAllString(text, -1) }

// answerMark is the mark of the answer to a conversation with these marks: one that nobody
// can say who has not got all of them in their order.
func answerMark(heard []string) string {
	sum := sha256.Sum256([]byte(strings.Join(heard, " ")))
	return "mark-" + hex.EncodeToString(sum[:8])
}

// lastMark tells requests apart: each ends with a text of its own.
func lastMark(heard []string) string {
	if len(heard) == 0 {
		return ""
	}
	return heard[len(heard)-1]
}

// words is the answer of n words to what was heard, in pieces as the model sends them.
func words(heard []string, n int) []string {
	pieces := []string{answerMark(heard)}
	for i := range n {
		pieces = append(pieces, fmt.Sprintf(" word%d", i+1))
	}
	return append(pieces, " end.")
}

// toolCall is a call of the one tool that there is.
type toolCall struct{ ID, Arguments string }

const toolName = "ask"

// calls are n calls by which the model answers what it has heard.
func calls(heard []string, n int) (made []toolCall) {
	for i := range n {
		mark := answerMark(append([]string{fmt.Sprint(i)}, heard...))
		made = append(made, toolCall{"toolu_" + strings.TrimPrefix(mark, "mark-"), `{"question":"` + mark + `"}`})
	}
	return made
}
