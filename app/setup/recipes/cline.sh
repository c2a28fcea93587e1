cline auth --provider openai-compatible --modelid claude-opus-4 \
  --baseurl {{.BaseURL}} --apikey {{if .Keyed}}"$CLAUDE_MAX_API_KEY"{{else}}not-needed{{end}}
