package claude

import (
	"fmt"
	"regexp"
	"strings"

	"claude-max-api-proxy/proxy/conversation"
)

// alias is a name for the newest model of a family.
type alias struct{ name, family string }

// aliases are the names that clients have in their configuration, and the
// families that the CLI knows them as: the newest model of each.
var aliases = []alias{
	{"claude-opus-4", "opus"},
	{"claude-sonnet-4", "sonnet"},
	{"claude-haiku-4", "haiku"},
}

// anyModel is a name that every version of the CLI knows.
const anyModel = "opus"

// listedModel is one entry of the list that the CLI answers `initialize` with.
type listedModel struct {
	Value         string `json:"value"` // what --model takes
	ResolvedModel string `json:"resolvedModel"`
	DisplayName   string `json:"displayName"`
	// What it can do; old CLIs leave out what does not hold for any model.
	SupportsEffort bool                  `json:"supportsEffort"`
	EffortLevels   []conversation.Effort `json:"supportedEffortLevels"`
	ThinkingOff    *bool                 `json:"supportsThinkingOff"`
}

// fullID is what a complete model id looks like, with the prefixes of cloud
// providers. Such a name goes to the CLI as it is, and upstream decides.
var fullID = regexp.MustCompile(`^([a-z0-9][a-z0-9-]*\.)*(anthropic\.)?claude-[a-z0-9][a-z0-9.:@-]*(\[1m\])?$`)

// resolve gives the CLI's name for the model that a client asks for, and the id
// behind it as far as the CLI has told.
func resolve(asked string, listed []listedModel) (value, id string, err *conversation.Error) {
	name := strings.ToLower(strings.TrimSpace(asked))
	for _, a := range aliases {
		if name == a.name {
			name = a.family
		}
	}
	// Backwards: "default" comes first and stands for a model that has a name
	// of its own, which warm processes are started with.
	for i := len(listed) - 1; i >= 0; i-- {
		if m := listed[i]; name == strings.ToLower(m.Value) || name == strings.ToLower(m.ResolvedModel) {
			return m.Value, m.ResolvedModel, nil
		}
	}
	for _, a := range aliases {
		if name == a.family {
			return name, name, nil
		}
	}
	if fullID.MatchString(name) {
		return name, name, nil
	}
	return "", "", &conversation.Error{
		Kind: conversation.ModelNotFound, Param: "model",
		Message: fmt.Sprintf("The model %q does not exist here.", shorten(asked, 100)),
		Hint:    "Use claude-opus-4, claude-sonnet-4 or claude-haiku-4; GET /v1/models lists all names.",
	}
}

// modelList is what GET /v1/models answers: our names, the short ones, and what
// the CLI itself lists.
func modelList(listed []listedModel) []conversation.Model {
	var out []conversation.Model
	have := map[string]bool{}
	add := func(id, display string) {
		if id != "" && !have[id] {
			have[id] = true
			out = append(out, conversation.Model{ID: id, Name: display})
		}
	}
	display := map[string]string{}
	for _, m := range listed {
		display[m.Value] = m.DisplayName
	}
	for _, a := range aliases {
		add(a.name, display[a.family])
	}
	for _, a := range aliases {
		add(a.family, display[a.family])
	}
	for _, m := range listed {
		if m.Value != "default" {
			add(m.Value, m.DisplayName)
		}
	}
	for _, m := range listed {
		add(m.ResolvedModel, m.DisplayName)
	}
	return out
}

// shorten bounds a foreign text that goes into a message.
func shorten(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}
