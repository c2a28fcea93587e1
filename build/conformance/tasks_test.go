package conformance

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/offline"
)

// What a person says to an agent, one after the other, in one conversation.
const (
	question = "Which town do all roads lead to?"
	task     = "Read notes.txt, write the number of roads to answer.txt, and copy that file."
)

// errand is what an agent does for a person with one message.
type errand struct {
	name  string
	title string // in the table
	of    string // the only agent's; "" is everybody's
	play  func(t *testing.T, a agent, h *home, program string, p *proxy)
}

// errands are in the order in which they are done.
var errands = []errand{
	{"question", "a question", "", asksAQuestion},
	{"task", "the next turn: read a file, write one, run a command", "", givesATask},
	{"limit", "a rate limit, and another try", "OpenClaw", meetsARateLimit},
	{"broken", "an answer that breaks off, and goes on", "codex", goesOnAfterABreak},
	{"refusal", "a refusal, told as one", "codex", isRefused},
}

func asksAQuestion(t *testing.T, a agent, h *home, program string, p *proxy) {
	p.model.SetRespond(func(r *offline.Request) offline.Reply {
		return offline.Text("To ", "Rome.")
	})
	assert.Equal(t, "To Rome.", a.answer(t, h.run(program, a.says(question, false)...)))

	r := a.asked(t, p.model, question)
	require.Len(t, r, 1)
	inOrder(t, told(t, r[0]), "user: "+question)
}

func givesATask(t *testing.T, a agent, h *home, program string, p *proxy) {
	notes, answer, copied := filepath.Join(h.work, "notes.txt"), filepath.Join(h.work, "answer.txt"), filepath.Join(h.work, "copy.txt")
	h.write("work/notes.txt", "As of today, 42 roads lead to Rome.\n")
	// What it takes from a file and from a command it must have been told by the agent.
	numbers := regexp.MustCompile(`today, (\d+) roads`)
	p.model.SetRespond(func(r *offline.Request) offline.Reply {
		if !slices.Contains(r.ToolNames(), a.tools.run("").tool) {
			return offline.Text("Roads") // a title for the conversation
		}
		switch results(r) {
		case 0:
			return offline.Script(
				offline.Thinking(signature, "First ", "the notes."),
				offline.Text("I read ", "them."),
				a.tools.read(notes).toolUse(t),
			)
		case 1:
			found := numbers.FindStringSubmatch(lastResult(r))
			if found == nil {
				return offline.Text("They are not there: " + lastResult(r))
			}
			return a.tools.write(answer, found[1]+" roads").toolUse(t)
		case 2:
			return a.tools.run("cp " + answer + " " + copied + " && echo copied-$((6*7))").toolUse(t)
		}
		return offline.Text("Done: ", regexp.MustCompile(`copied-\d+`).FindString(lastResult(r)))
	})
	assert.Equal(t, "Done: copied-42", a.answer(t, h.run(program, a.says(task, true)...)))
	assert.Equal(t, "42 roads", h.read("work/answer.txt"))
	assert.Equal(t, "42 roads", h.read("work/copy.txt"))

	requests := a.asked(t, p.model, task)
	require.Len(t, requests, 4)
	last := requests[3]
	assert.Contains(t, string(last.Body), signature, "what the model thought is put back")
	inOrder(t, told(t, last),
		"user: "+question,
		"assistant: To Rome.",
		"user: "+task,
		"assistant: I read them.",
		"call 0: "+a.tools.read(notes).tool,
		"result 0: 42 roads lead to Rome.",
		"call 1: "+a.tools.write(answer, "").tool,
		"result 1: ",
		"call 2: "+a.tools.run("").tool,
		"result 2: copied-42",
	)
}

// asked are the requests that came upstream with what a person has said; agents ask on their
// own account as well, for a conversation's title or what to do next.
func (a agent) asked(t *testing.T, model *offline.Server, said string) (found []*offline.Request) {
	t.Helper()
	for _, r := range model.Requests() {
		if !strings.Contains(r.SystemText(), a.itself) || !strings.Contains(strings.Join(told(t, r), "\n"), said) {
			continue
		}
		for _, one := range []call{a.tools.read(""), a.tools.write("", ""), a.tools.run("")} {
			assert.Contains(t, r.ToolNames(), one.tool)
		}
		assert.NotContains(t, r.ToolNames(), "NotebookEdit", "a tool of Claude Code's own")
		found = append(found, r)
	}
	return found
}

// inOrder looks for lines of a conversation, each with a part of what is wanted; agents say
// more between them. But they have not called anything else.
func inOrder(t *testing.T, lines []string, want ...string) {
	t.Helper()
	rest := lines
	for _, w := range want {
		who, what, _ := strings.Cut(w, ": ")
		at := -1
		for i, line := range rest {
			if said, ok := strings.CutPrefix(line, who+": "); ok && strings.Contains(said, what) {
				at = i
				break
			}
		}
		if !assert.GreaterOrEqual(t, at, 0, "%q is missing in %q", w, rest) {
			return
		}
		rest = rest[at+1:]
	}
	count := func(lines []string) (n int) {
		for _, line := range lines {
			if strings.HasPrefix(line, "call ") {
				n++
			}
		}
		return n
	}
	assert.Equal(t, count(want), count(lines), "calls in %q", lines)
}

func lastResult(r *offline.Request) string {
	var text string
	for _, m := range r.Messages {
		for _, b := range m.ToolResults() {
			text = offline.Message{Content: b.Content}.Text()
		}
	}
	return text
}
