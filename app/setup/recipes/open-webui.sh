export OPENAI_API_BASE_URL={{.BaseURL}}
export OPENAI_API_KEY={{if .Keyed}}"$CLAUDE_MAX_API_KEY"{{else}}not-needed{{end}}
export ENABLE_OLLAMA_API=false
open-webui serve
