{{if .Keyed}}import os

{{end}}from anthropic import Anthropic

client = Anthropic(base_url="{{.Origin}}", api_key={{if .Keyed}}os.environ["CLAUDE_MAX_API_KEY"]{{else}}"not-needed"{{end}})
message = client.messages.create(
    model="claude-opus-4",
    max_tokens=1024,
    messages=[{"role": "user", "content": "Hello!"}],
)
print("".join(block.text for block in message.content if block.type == "text"))
