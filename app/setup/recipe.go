package setup

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"text/template"
)

// Recipe is what one client needs to use the proxy.
type Recipe struct {
	Name  string // as in claude-max-api setup NAME
	Title string
	Where string // where the text goes
	Hint  string // what is good to know besides; "" is nothing
	file  string // its template in recipes/, named as the text's language wants it
}

// Recipes are all clients, OpenClaw first, which has a way of its own.
func Recipes() []Recipe { return slices.Clone(recipes) }

var recipes = []Recipe{
	{Name: "openclaw", Title: "OpenClaw", Where: "its configuration, through openclaw config patch"},
	{
		Name: "codex", Title: "OpenAI's codex", file: "codex.toml",
		Where: "~/.codex/claude.config.toml",
		Hint:  "Start it with: codex --profile claude, from codex 0.134 on. Your config.toml and its model stay as they are.",
	},
	{
		Name: "opencode", Title: "opencode", file: "opencode.json",
		Where: "~/.config/opencode/opencode.json",
		Hint:  "Start it with: opencode --model claude-proxy/claude-opus-4; or choose the model there with /models.",
	},
	{
		Name: "continue", Title: "Continue", file: "continue.yaml",
		Where: "~/.continue/config.yaml; where there is one, its list of models is added to",
		Hint:  "A key stands as CLAUDE_MAX_API_KEY=… in ~/.continue/.env.",
	},
	{
		Name: "cline", Title: "Cline", file: "cline.sh",
		Where: "a shell, for Cline's own command",
		Hint:  "In an editor choose the API provider OpenAI Compatible in Cline's settings, with the same URL, key and model; context window 200000, maximum output 32000, supports images.",
	},
	{
		Name: "aider", Title: "aider", file: "aider.yml",
		Where: "~/.aider.conf.yml, or .aider.conf.yml in a project",
	},
	{
		Name: "open-webui", Title: "Open WebUI", file: "open-webui.sh",
		Where: "the shell that starts it",
		Hint: "It reads these at its first start alone; later the place is Admin Panel, Settings, Connections. " +
			"In Docker on Linux give the container --network=host; elsewhere the host is host.docker.internal, which the proxy takes with --allow-host host.docker.internal. " +
			"Titles, tags and follow-up questions are requests, too; Admin Panel, Settings, Interface turns them off.",
	},
	{Name: "langchain", Title: "LangChain in Python", file: "langchain.py", Where: "a program, after pip install langchain-openai"},
	{Name: "langchain-js", Title: "LangChain in JavaScript", file: "langchain-js.mjs", Where: "a program, after npm install @langchain/openai @langchain/core"},
	{
		Name: "vercel-ai", Title: "Vercel's AI SDK", file: "vercel-ai.mjs",
		Where: "a program, after npm install ai @ai-sdk/openai-compatible",
		Hint:  "Without supportsStructuredOutputs it does not send a schema.",
	},
	{Name: "curl", Title: "curl", file: "curl.sh", Where: "a shell"},
	{Name: "python", Title: "OpenAI's SDK for Python", file: "python.py", Where: "a program, after pip install openai"},
	{Name: "node", Title: "OpenAI's SDK for JavaScript", file: "node.mjs", Where: "a program, after npm install openai"},
	{Name: "anthropic-python", Title: "Anthropic's SDK for Python", file: "anthropic-python.py", Where: "a program, after pip install anthropic"},
	{Name: "anthropic-node", Title: "Anthropic's SDK for JavaScript", file: "anthropic-node.mjs", Where: "a program, after npm install @anthropic-ai/sdk"},
}

// Named gives the recipe of a client. Its error names all there are.
func Named(name string) (Recipe, error) {
	var names []string
	for _, r := range recipes {
		if r.Name == name {
			return r, nil
		}
		names = append(names, r.Name)
	}
	return Recipe{}, fmt.Errorf("there is no recipe for %q, only for %s", name, strings.Join(names, ", "))
}

// Proxy is what a recipe has to say of the proxy. The key is not among it: a recipe
// names the variable [KeyVariable] instead.
type Proxy struct {
	BaseURL string // as http://localhost:3456/v1
	Keyed   bool   // clients must send a key
}

// KeyVariable is where clients find the proxy's key, if it has one.
const KeyVariable = "CLAUDE_MAX_API_KEY"

// Origin is the base URL of Anthropic's clients, which add /v1 themselves.
func (p Proxy) Origin() string { return strings.TrimSuffix(p.BaseURL, "/v1") }

// Family is a name that stands for the newest model of its kind.
type Family struct{ ID, Name string }

// Families are the models that a client is told of: they stay right when Anthropic
// has new ones.
func (Proxy) Families() []Family {
	return []Family{{"claude-opus-4", "Claude Opus"}, {"claude-sonnet-4", "Claude Sonnet"}, {"claude-haiku-4", "Claude Haiku"}}
}

//go:embed recipes
var recipeFiles embed.FS

var recipeTexts = template.Must(template.ParseFS(recipeFiles, "recipes/*"))

// Text is what goes there, and nothing else, so that it can be written to a file.
func (r Recipe) Text(p Proxy) (string, error) {
	var text strings.Builder
	err := recipeTexts.ExecuteTemplate(&text, r.file, p)
	return text.String(), err
}

// files are the clients whose configuration can be set up and put back.
var files = map[string]func(home, text string, getenv func(string) string) File{
	"codex":    codexFile,
	"opencode": openCodeFile,
}

// SetsUp says whether the client is more than told: set up, and put back.
func (r Recipe) SetsUp() bool { return r.file == "" || files[r.Name] != nil }

// File is the client's configuration; getenv reads the client's environment.
func (r Recipe) File(p Proxy, home string, getenv func(string) string) (File, error) {
	text, err := r.Text(p)
	if err != nil {
		return File{}, err
	}
	return files[r.Name](home, text, getenv), nil
}
