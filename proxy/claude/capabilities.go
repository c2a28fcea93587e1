package claude

import (
	"fmt"
	"strconv"
	"strings"

	"claude-max-api-proxy/proxy/claude/transcript"
)

// capabilities is what a version of the CLI can do, as far as it makes a
// difference to us. This is the one place that knows versions; they are the
// oldest ones that were tried out.
type capabilities struct {
	// History: turns of the past can be told as such. Without it they are told as one text,
	// see flattened, and the system prompt wants to be one text, too.
	History bool
	// Holds: it asks for the results of all calls of an answer at once, and waits. Older ones
	// leave it at ten.
	Holds bool
	// ComposedText: a user line may say that a leading "/" is text.
	ComposedText bool
	// LongestDescription of a tool that it leaves whole, in characters.
	LongestDescription int
	// ObjectNames: tools may have the names of what every object in JavaScript has.
	ObjectNames bool
	// Transcripts: a session to resume may be a named pipe; see package transcript.
	Transcripts bool
	// LateModel: a warm process can still be given another model.
	LateModel bool
}

// version is MAJOR.MINOR.PATCH of the CLI.
type version [3]int

var (
	// oldestVersion has no tools of its own when it is told to, and takes parameters late.
	oldestVersion = version{2, 1, 100}
	// These brought the capabilities above.
	historyVersion          = version{2, 1, 120}
	holdVersion             = version{2, 1, 197}
	composedVersion         = version{2, 1, 330}
	lateModelVersion        = version{2, 1, 330}
	longDescriptionsVersion = version{2, 1, 330}
	objectNamesVersion      = version{2, 1, 330}
)

// parseVersion reads "2.1.330", also with something behind it.
func parseVersion(s string) (version, error) {
	var v version
	s, _, _ = strings.Cut(strings.TrimSpace(s), " ")
	s, _, _ = strings.Cut(s, "-")
	parts := strings.Split(s, ".")
	if len(parts) != len(v) {
		return v, fmt.Errorf("%q is not a version of the Claude Code CLI", s)
	}
	for i, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil || n < 0 {
			return v, fmt.Errorf("%q is not a version of the Claude Code CLI", s)
		}
		v[i] = n
	}
	return v, nil
}

func (v version) atLeast(other version) bool {
	for i := range v {
		if v[i] != other[i] {
			return v[i] > other[i]
		}
	}
	return true
}

func (v version) String() string { return fmt.Sprintf("%d.%d.%d", v[0], v[1], v[2]) }

func (v version) capabilities() capabilities {
	return capabilities{
		History:      v.atLeast(historyVersion),
		Holds:        v.atLeast(holdVersion),
		ComposedText: v.atLeast(composedVersion),
		LateModel:    v.atLeast(lateModelVersion),
		ObjectNames:  v.atLeast(objectNamesVersion),

		LongestDescription: longestDescription(v),
		Transcripts:        transcript.Supported && v.atLeast(historyVersion),
	}
}

// Names lists the capabilities that are there, for people.
func (c capabilities) names() []string {
	names := []string{"warm processes", "tool calls"}
	if c.History {
		names = append([]string{"real conversation history"}, names...)
	}
	if c.Transcripts {
		names = append(names, "long history at once")
	}
	if c.ComposedText {
		names = append(names, "text beginning with / unchanged")
	}
	if c.LateModel {
		names = append(names, "one warm process for all models")
	}
	return names
}

// lacks says what makes a difference to answers, for people.
func (c capabilities) lacks() []string {
	if c.History {
		return nil
	}
	return []string{fmt.Sprintf("it cannot be told of a conversation's history, so the model gets it as one text, and answers say so in the header X-Conversation-Replay; update it (`claude update`) to %s or newer", historyVersion)}
}

func longestDescription(v version) int {
	if v.atLeast(longDescriptionsVersion) {
		return 4096
	}
	return 2048
}
