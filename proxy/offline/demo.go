package offline

import (
	"fmt"
	"slices"
	"strings"
)

// Demo is the responder of a server that has none of its own. When the last user
// message names a scenario it plays that, see [Scenarios]; otherwise it tells a
// person what arrived. A model that does not exist gets the API's 404: any name
// that does not begin with "claude-", or that contains "nope".
func Demo(req *Request) Reply {
	if !strings.HasPrefix(req.Model, "claude-") || strings.Contains(req.Model, "nope") {
		return noSuchModel(req.Model)
	}
	name, arg, ok := directive(req.LastUserText())
	if !ok {
		return limited(req, words(pleasant(req)), true)
	}
	s, ok := findScenario(name)
	if !ok {
		return limited(req, words(unknownScenario(name)), true)
	}
	return s.play(req, arg)
}

func unknownScenario(name string) string {
	var names []string
	for _, s := range Scenarios() {
		names = append(names, s.Directive())
	}
	return fmt.Sprintf("The offline model has no scenario %q. It has %s.", name, strings.Join(names, ", "))
}

// pleasant is the answer for a person.
func pleasant(req *Request) string {
	out := []string{
		"Hello! This is the offline model: a script on this machine that plays Anthropic's part," +
			" so nothing was sent to the internet and nothing was used up.",
		cameThrough(req) + " and asked for " + req.Model + ".",
		received(req),
	}
	if seen := mediaSeen(req); seen != "" {
		out = append(out, seen)
	}
	last := req.LastUser()
	if results := last.ToolResults(); len(results) > 0 {
		text := Message{Content: results[len(results)-1].Content}.Text()
		out = append(out, fmt.Sprintf("You brought %s; the last one says: %s",
			count(len(results), "tool result", "tool results"), quote(text)))
	}
	if text := personText(last); text != "" {
		out = append(out, "You said: "+quote(text))
	}
	return strings.Join(out, " ")
}

func cameThrough(req *Request) string {
	agent := req.Header.Get("User-Agent")
	if strings.HasPrefix(agent, "claude-cli/") {
		version, _, _ := strings.Cut(strings.TrimPrefix(agent, "claude-cli/"), " ")
		return "Your request came through the real Claude Code CLI, version " + version + ","
	}
	return "Your request came without the Claude Code CLI"
}

func received(req *Request) string {
	all, users := 0, 0
	for _, m := range req.Messages {
		// The CLI's own messages have the role "system".
		if m.Role == "user" || m.Role == "assistant" {
			all++
		}
		if m.Role == "user" {
			users++
		}
	}
	system := "no system prompt of yours"
	if n := len([]rune(clientSystem(req))); n > 0 {
		system = "a system prompt of " + count(n, "character", "characters")
	}
	messages := count(all, "message", "messages")
	if users < all {
		messages += fmt.Sprintf(", %d of them yours,", users)
	}
	text := "It holds " + messages + " and " + system
	if len(req.Tools) > 0 {
		text += ", and offers " + count(len(req.Tools), "tool", "tools")
	}
	return text + "."
}

func mediaSeen(req *Request) string {
	media := req.media()
	if len(media) == 0 {
		return ""
	}
	var types []string
	for _, m := range media {
		kind := m.MediaType
		if kind == "" {
			kind = "by " + m.Type
		}
		types = append(types, kind)
	}
	slices.Sort(types)
	return fmt.Sprintf("I can see %s (%s).",
		count(len(media), "image or document", "images and documents"), strings.Join(slices.Compact(types), ", "))
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// quote shortens a text to one line of at most 160 characters.
func quote(text string) string {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) > 160 {
		runes = append(runes[:159], '…')
	}
	return "“" + string(runes) + "”"
}
