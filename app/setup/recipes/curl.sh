curl -N {{.BaseURL}}/chat/completions \
  -H 'Content-Type: application/json' \
{{- if .Keyed}}
  -H "Authorization: Bearer $CLAUDE_MAX_API_KEY" \
{{- end}}
  -d '{"model": "claude-opus-4", "stream": true, "messages": [{"role": "user", "content": "Hello!"}]}'
